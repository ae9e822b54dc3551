//! Several commits in one atomic batch publish (ADR-50), for the sake of one fsync.
//!
//! The batch is nothing but a shared fsync: its commits belong to different aggregates and stand alone. (The stream of
//! analysts goes the same way; there the whole batch follows what is expected of its first message.) The server
//! takes all of them or none, and does not say which one it minds; so whatever it answers but yes, they are published
//! one by one.
//!
//! Only the last message asks for an answer. A batch that never comes to its last message is forgotten by the server
//! after ten seconds.

use std::time::Duration;

use async_nats::{
    HeaderMap, Request,
    header::{NATS_BATCH_COMMIT, NATS_BATCH_COMMIT_FINAL, NATS_BATCH_ID, NATS_BATCH_SEQUENCE},
};
use tokio::time::timeout;

use super::{
    publish::{ATTEMPT, Ack, Lost, Wire},
    record::Record,
};

/// What one commit more may take, where a server syncs each commit of a batch by itself (before 2.15.1).
const EACH: Duration = Duration::from_millis(10);
/// The stream takes no batches.
const DISABLED: u32 = 10174;

/// What one batch came to.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// All of it is stored, one behind the other; the first is there.
    Stored(u64),
    /// None of it is stored, because of one of them or because of the batch.
    Apart(String),
    /// The stream takes no batches at all.
    Never,
    /// All of it may be stored, or nothing.
    Unclear(String),
}

impl Wire {
    /// Publishes records as one batch of this name. No two are of one aggregate.
    pub(crate) async fn publish_together(&self, name: &str, records: &[&Record]) -> Outcome {
        let Some((last, others)) = records.split_last() else { return Outcome::Apart("it is empty".into()) };
        let within = ATTEMPT + EACH * u32::try_from(records.len()).unwrap_or(u32::MAX);
        match timeout(within, self.send(name, others)).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => return Outcome::Apart(error.to_string()),
            Err(_elapsed) => return Outcome::Unclear("the connection takes nothing".to_owned()),
        }
        let mut headers = headers(name, records.len(), last);
        headers.insert(NATS_BATCH_COMMIT, NATS_BATCH_COMMIT_FINAL);
        let request = Request::new().headers(headers).payload(last.body.clone());
        match self.ask(last.subject.clone(), request, within).await {
            Ok(payload) => self.outcome(&payload, name, records.len()),
            Err(Lost::Request(error)) => Outcome::Unclear(error.to_string()),
            Err(Lost::Other(why)) => Outcome::Unclear(why.to_owned()),
        }
    }

    async fn send(&self, name: &str, records: &[&Record]) -> Result<(), async_nats::PublishError> {
        for (record, sequence) in records.iter().zip(1..) {
            let headers = headers(name, sequence, record);
            let (subject, body) = (record.subject.clone(), record.body.clone());
            self.nats.client.publish_with_headers(subject, headers, body).await?;
        }
        Ok(())
    }

    fn outcome(&self, payload: &[u8], name: &str, size: usize) -> Outcome {
        let ack = match serde_json::from_slice::<Ack>(payload) {
            Ok(ack) => ack,
            Err(error) => return Outcome::Unclear(error.to_string()),
        };
        if let Some(error) = &ack.error {
            return match error.err_code {
                DISABLED => Outcome::Never,
                _ if error.code >= 500 => Outcome::Unclear(error.to_string()),
                _ => Outcome::Apart(error.to_string()),
            };
        }
        let size = size as u64;
        let whole = ack.is_of(&self.stream) && ack.batch.as_deref() == Some(name) && ack.count == Some(size);
        match ack.seq.checked_sub(size) {
            Some(before) if whole => Outcome::Stored(before + 1),
            _ => Outcome::Unclear("the answer is to something else".to_owned()),
        }
    }
}

fn headers(name: &str, sequence: usize, record: &Record) -> HeaderMap {
    let mut headers = record.headers.clone();
    headers.insert(NATS_BATCH_ID, name);
    headers.insert(NATS_BATCH_SEQUENCE, sequence.to_string());
    headers
}
