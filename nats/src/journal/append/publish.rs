//! One publish, and what its answer means.
//!
//! The client library knows only 10071 as a conflict and buries the other codes, so the answer is read here.

use async_nats::{
    Request,
    client::{RequestError, RequestErrorKind},
};
use serde::Deserialize;
use tokio::time::Instant;

use super::{AppendError, Journal, Record};
use crate::{Cause, codec};

/// No room, or the disk is broken.
const STORE_FAILED: u32 = 10077;
/// The account or the server has no room left.
const NO_RESOURCES: [u32; 4] = [10002, 10023, 10028, 10047];
/// Another commit was first, or this one is already there, or one of both is on its way.
const LOOK: [u32; 4] = [10071, 10164, 10158, 10201];

/// What one publish came to.
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

#[derive(Deserialize)]
struct Ack {
    #[serde(default)]
    stream: String,
    #[serde(default)]
    seq: u64,
    error: Option<Error>,
}

#[derive(Debug, Deserialize, thiserror::Error)]
#[error("{description} ({err_code})")]
struct Error {
    code: u16,
    err_code: u32,
    #[serde(default)]
    description: String,
}

impl Journal {
    /// Publishes the record once.
    ///
    /// The seam for group commit (issue 5): a writer task takes the record here, alone or with others that wait, and
    /// answers each as if it had been alone. Nothing above or below changes.
    pub(super) async fn publish(&self, record: &Record, until: Instant) -> Answer {
        let within = until.saturating_duration_since(Instant::now());
        let request =
            Request::new().headers(record.headers.clone()).payload(record.body.clone()).timeout(Some(within));
        // A request that waits for a lost link would wait for its whole time.
        let interrupted = self.nats.interrupted();
        tokio::select! {
            answer = self.nats.client.send_request(record.subject.clone(), request) => match answer {
                Ok(message) => self.answer(&message.payload),
                Err(error) => self.failed(error, record.body.len()),
            },
            () = interrupted => Answer::Unclear("the connection was lost before the answer came".into()),
            // Where the link is away and the client's buffer is full, even sending waits.
            () = tokio::time::sleep_until(until) => Answer::Unclear("no answer in time".into()),
        }
    }

    fn answer(&self, payload: &[u8]) -> Answer {
        match serde_json::from_slice(payload) {
            Ok(Ack { error: Some(error), .. }) => refused(error),
            Ok(Ack { stream, seq, error: None }) if *stream == *self.name && seq > 0 => Answer::Stored(seq),
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

fn refused(error: Error) -> Answer {
    let code = error.err_code;
    if code == STORE_FAILED || NO_RESOURCES.contains(&code) {
        return Answer::Refused(AppendError::Full(error.into()));
    }
    // A server that is busy or has lost its leader may still store what it was given.
    if LOOK.contains(&code) || error.code >= 500 {
        return Answer::Unclear(error.into());
    }
    Answer::Refused(AppendError::Refused(error.into()))
}
