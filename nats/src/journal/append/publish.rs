//! One publish, and what its answer means.
//!
//! The client library knows only 10071 as a conflict and buries the other codes, so the answer is read here.

use std::{sync::Arc, time::Duration};

use async_nats::{
    Request,
    client::{RequestError, RequestErrorKind},
};
use bytes::Bytes;
use serde::Deserialize;
use tokio::time::sleep;

use super::{AppendError, record::Record};
use crate::{Cause, Nats, codec};

/// How long the server may take for one publish before nobody waits for its answer any more.
pub(super) const ATTEMPT: Duration = Duration::from_secs(2);

/// No room, or the disk is broken.
const STORE_FAILED: u32 = 10077;
/// The account or the server has no room left.
const NO_RESOURCES: [u32; 4] = [10002, 10023, 10028, 10047];
/// The server takes no more for now, and has dropped it (10167: more waits for the stream than its `max_buffered_msgs`).
const TOO_MANY: u16 = 429;
/// Another commit was first, or this one is already there, or one of both is on its way.
const LOOK: [u32; 4] = [10071, 10164, 10158, 10201];

/// What one publish came to.
#[derive(Debug)]
pub(super) enum Answer {
    /// It is stored there.
    Stored(u64),
    /// It did not reach the log.
    NotTaken(Cause),
    /// It may have reached the log.
    Unclear(Cause),
    /// The log does not want it, unless it has it already.
    Refused(AppendError),
}

/// The way to the log.
#[derive(Debug, Clone)]
pub(super) struct Wire {
    pub(super) nats: Nats,
    /// What the log's stream is called.
    pub(super) stream: Arc<str>,
}

/// What the server answers to a publish.
#[derive(Debug, Deserialize)]
pub(super) struct Ack {
    #[serde(default)]
    stream: String,
    #[serde(default)]
    pub(super) seq: u64,
    #[serde(default)]
    duplicate: bool,
    /// The batch that is stored now, and how many messages it had.
    pub(super) batch: Option<String>,
    pub(super) count: Option<u64>,
    pub(super) error: Option<Error>,
}

/// What the server has against it.
#[derive(Debug, Deserialize, thiserror::Error)]
#[error("{description} ({err_code})")]
pub(super) struct Error {
    pub(super) code: u16,
    pub(super) err_code: u32,
    #[serde(default)]
    description: String,
}

/// Why there is no answer.
pub(super) enum Lost {
    Request(RequestError),
    Other(&'static str),
}

impl Wire {
    /// Publishes a record by itself.
    pub(super) async fn publish(&self, record: &Record) -> Answer {
        let headers = record.headers.clone();
        let request = Request::new().headers(headers).payload(record.body.clone());
        match self.ask(record.subject.clone(), request, ATTEMPT).await {
            Ok(payload) => self.answer(&payload),
            Err(Lost::Request(error)) => self.failed(error, record.body.len()),
            Err(Lost::Other(why)) => Answer::Unclear(why.into()),
        }
    }

    /// Sends a request, and waits for its answer as long as it can come.
    pub(super) async fn ask(
        &self,
        subject: String,
        request: Request,
        within: Duration,
    ) -> Result<Bytes, Lost> {
        // A request that waits for a lost link would wait for its whole time.
        let interrupted = self.nats.interrupted();
        tokio::select! {
            answer = self.nats.client.send_request(subject, request.timeout(Some(within))) => {
                answer.map(|message| message.payload).map_err(Lost::Request)
            }
            () = interrupted => Err(Lost::Other("the connection was lost before the answer came")),
            // Where the link is away and the client's buffer is full, even sending waits.
            () = sleep(within) => Err(Lost::Other("no answer in time")),
        }
    }

    fn answer(&self, payload: &[u8]) -> Answer {
        match serde_json::from_slice(payload) {
            Ok(Ack { error: Some(error), .. }) => refused(error),
            // Deduplication knows ids only: whether it is our commit that was there, the log says.
            Ok(Ack { duplicate: true, .. }) => {
                Answer::Refused(AppendError::Refused("a commit of another aggregate has this id".into()))
            }
            Ok(ack) if ack.is_of(&self.stream) => Answer::Stored(ack.seq),
            Ok(_) => Answer::Refused(AppendError::Refused("the subject belongs to another stream".into())),
            Err(error) => Answer::Unclear(error.into()),
        }
    }

    fn failed(&self, error: RequestError, size: usize) -> Answer {
        match error.kind() {
            RequestErrorKind::NoResponders => Answer::NotTaken(error.into()),
            RequestErrorKind::MaxPayloadExceeded => {
                let limit = codec::MAX_BODY.min(self.nats.client.max_payload());
                Answer::Refused(AppendError::TooLarge { size, limit })
            }
            RequestErrorKind::InvalidSubject => Answer::Refused(AppendError::Refused(error.into())),
            RequestErrorKind::TimedOut | RequestErrorKind::Other => Answer::Unclear(error.into()),
        }
    }
}

impl Ack {
    /// Whether it says that something is stored in this stream.
    pub(super) fn is_of(&self, stream: &str) -> bool {
        self.error.is_none() && self.stream == stream && self.seq > 0
    }
}

fn refused(error: Error) -> Answer {
    let code = error.err_code;
    if error.code == TOO_MANY {
        return Answer::NotTaken(error.into());
    }
    if code == STORE_FAILED || NO_RESOURCES.contains(&code) {
        return Answer::Refused(AppendError::Full(error.into()));
    }
    // A server that is busy or has lost its leader may still store what it was given.
    if LOOK.contains(&code) || error.code >= 500 {
        return Answer::Unclear(error.into());
    }
    Answer::Refused(AppendError::Refused(error.into()))
}

#[cfg(test)]
mod spec {
    use super::*;

    fn answered(code: u16, err_code: u32) -> Answer {
        refused(Error { code, err_code, description: String::new() })
    }

    #[test]
    fn what_the_server_dropped_because_it_is_busy_can_be_sent_again() {
        assert!(matches!(answered(429, 10167), Answer::NotTaken(_)));
    }

    #[test]
    fn where_it_may_be_stored_after_all_the_log_is_asked() {
        for (code, err_code) in [(400, 10071), (400, 10164), (409, 10158), (400, 10201), (503, 10008)] {
            assert!(matches!(answered(code, err_code), Answer::Unclear(_)), "{err_code}");
        }
    }

    #[test]
    fn what_the_server_does_not_want_is_told() {
        assert!(matches!(answered(503, 10077), Answer::Refused(AppendError::Full(_))));
        assert!(matches!(answered(400, 10052), Answer::Refused(AppendError::Refused(_))));
    }
}
