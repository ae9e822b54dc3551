//! The stream of signed checkpoints. It holds text that others have signed, and knows nothing of what it means.

use std::time::Duration;

use async_nats::{
    HeaderMap,
    header::NATS_MESSAGE_ID,
    jetstream::{consumer::DeliverPolicy, consumer::pull::OrderedConfig, stream::RawMessageErrorKind},
};
use futures_util::StreamExt;
use tokio::time::timeout;

use crate::{Cause, Nats};

/// How long one request or one message may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// Why checkpoints could not be kept or read.
#[derive(Debug, thiserror::Error)]
#[error("the stream of signed checkpoints cannot be {verb}")]
pub struct CheckpointsError {
    verb: &'static str,
    source: Cause,
}

/// The signed checkpoints, cheap to clone.
#[derive(Debug, Clone)]
pub struct SignedCheckpoints {
    nats: Nats,
}

impl SignedCheckpoints {
    /// Those that are kept beside this log; [`ensure`](crate::ensure) has made their stream.
    pub fn new(nats: &Nats) -> Self {
        Self { nats: nats.clone() }
    }

    /// Keeps a note, under an id of its own: a note that is brought twice in a row is kept once.
    pub async fn keep(&self, id: &str, note: &str) -> Result<(), CheckpointsError> {
        let failed = |source: Cause| CheckpointsError { verb: "written", source };
        let mut headers = HeaderMap::new();
        headers.insert(NATS_MESSAGE_ID, id);
        let (subject, body) = (self.nats.subjects.checkpoint(), note.to_owned().into());
        let sent = self.nats.jetstream.publish_with_headers(subject, headers, body).await;
        let ack = sent.map_err(|error| failed(error.into()))?;
        match timeout(PATIENCE, ack).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(failed(error.into())),
            Err(_elapsed) => Err(failed("no answer in time".into())),
        }
    }

    /// The last note.
    pub async fn last(&self) -> Result<Option<String>, CheckpointsError> {
        let failed = |source: Cause| CheckpointsError { verb: "read", source };
        let stream = self.nats.jetstream.get_stream_no_info(self.nats.subjects.checkpoint_stream()).await;
        let stream = stream.map_err(|error| failed(error.into()))?;
        match stream.get_last_raw_message_by_subject(&self.nats.subjects.checkpoint()).await {
            Ok(message) => Ok(Some(text(&message.payload))),
            Err(error) if error.kind() == RawMessageErrorKind::NoMessageFound => Ok(None),
            Err(error) => Err(failed(error.into())),
        }
    }

    /// All notes, the oldest first.
    pub async fn all(&self) -> Result<Vec<String>, CheckpointsError> {
        self.read().await.map_err(|source| CheckpointsError { verb: "read", source })
    }

    async fn read(&self) -> Result<Vec<String>, Cause> {
        let stream = self.nats.jetstream.get_stream(self.nats.subjects.checkpoint_stream()).await?;
        let state = &stream.cached_info().state;
        let (last, mut notes) = (state.last_sequence, vec![]);
        if state.messages == 0 {
            return Ok(notes);
        }
        let config = OrderedConfig { deliver_policy: DeliverPolicy::All, ..OrderedConfig::default() };
        let mut messages = stream.create_consumer(config).await?.messages().await?;
        loop {
            let message = timeout(PATIENCE, messages.next()).await?.ok_or("the consumer ended")??;
            notes.push(text(&message.payload));
            if message.info()?.stream_sequence >= last {
                return Ok(notes);
            }
        }
    }
}

/// What is no text is no note either, and whoever opens it says so.
fn text(payload: &[u8]) -> String {
    String::from_utf8_lossy(payload).into_owned()
}
