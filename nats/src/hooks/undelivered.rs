//! What was not delivered to a hook, however often it was tried: kept for a while, oldest first, to be tried again.

use std::time::Duration;

use async_nats::{
    HeaderMap, Message,
    jetstream::stream::{Config, StorageType},
};
use bytes::Bytes;
use tokio::time::timeout;
use uuid::Uuid;

use super::{HookError, PATIENCE, stream};
use crate::{
    Cause, Nats,
    direct::{Want, number},
};

/// For how long they are kept.
const KEPT_FOR: Duration = Duration::from_secs(30 * 24 * 60 * 60);
/// How many are kept for one hook, and for all; the oldest go first.
const MOST: i64 = 100_000;
/// How many bytes are read at once.
const BYTES: usize = 8 * 1024 * 1024;
/// In which header stands why it was not delivered.
const REASON: &str = "Ink-Reason";
/// In which header stands how often it was tried.
const ATTEMPTS: &str = "Ink-Attempts";

/// An event that was not delivered.
#[derive(Debug, Clone)]
pub struct Failed {
    /// Its place among all that were not; 0 for one that is new.
    pub sequence: u64,
    /// Why not, as a stable name.
    pub reason: String,
    /// How often it was tried.
    pub attempts: u32,
    /// The event.
    pub body: Bytes,
}

/// What one hook has missed.
#[derive(Debug, Clone)]
pub struct Undelivered {
    nats: Nats,
    hook: Uuid,
}

impl Undelivered {
    pub(super) fn new(nats: &Nats, hook: Uuid) -> Self {
        Self { nats: nats.clone(), hook }
    }

    /// Puts an event with them. `id` is the event's own, so that it stands there once.
    pub async fn put(&self, id: Uuid, failed: &Failed) -> Result<(), HookError> {
        let mut headers = HeaderMap::new();
        headers.insert(REASON, failed.reason.as_str());
        headers.insert(ATTEMPTS, failed.attempts.to_string());
        let subject = self.nats.subjects.undelivered(self.hook, id);
        let stored = async {
            let sent = self.nats.jetstream.publish_with_headers(subject, headers, failed.body.clone());
            sent.await?.await?;
            Ok::<_, Cause>(())
        };
        stored.await.map_err(HookError::when("put aside what was not delivered to"))
    }

    /// The oldest of them from a place on, and how many there are behind them.
    pub async fn oldest(&self, from: u64, most: usize) -> Result<(Vec<Failed>, u64), HookError> {
        let subjects = &self.nats.subjects;
        let (stream, subject) = (subjects.undelivered_stream(), subjects.all_undelivered(self.hook));
        let want = Want { stream: &stream, subject: &subject, from: from.max(1), most, bytes: BYTES };
        let page = timeout(PATIENCE, want.get(&self.nats.client)).await;
        let failed = HookError::when("read what was not delivered to");
        let page = page.unwrap_or_else(|elapsed| Err(elapsed.into())).map_err(failed)?;
        let all = page.messages.into_iter().map(|(sequence, message)| read(sequence, message)).collect();
        Ok((all, page.left))
    }

    /// Takes one of them out.
    pub async fn take_out(&self, failed: &Failed) -> Result<(), HookError> {
        let stream = stream(&self.nats, self.nats.subjects.undelivered_stream()).await?;
        let deleted = stream.delete_message(failed.sequence).await;
        deleted.map(drop).map_err(|error| HookError::when("take out what was delivered to")(error.into()))
    }

    pub(super) async fn forget(&self) -> Result<(), HookError> {
        let subjects = &self.nats.subjects;
        let stream = stream(&self.nats, subjects.undelivered_stream()).await?;
        let purged = stream.purge().filter(subjects.all_undelivered(self.hook)).await;
        purged.map(drop).map_err(|error| HookError::when("forget what was not delivered to")(error.into()))
    }
}

fn read(sequence: u64, message: Message) -> Failed {
    let attempts = number(&message, ATTEMPTS).map_or(0, |count| u32::try_from(count).unwrap_or(u32::MAX));
    let reason = message.headers.as_ref().and_then(|headers| headers.get(REASON));
    let reason = reason.map_or_else(String::new, |reason| reason.as_str().to_owned());
    Failed { sequence, reason, attempts, body: message.payload }
}

pub(super) fn config(nats: &Nats) -> Config {
    Config {
        name: nats.subjects.undelivered_stream(),
        description: Some("What was not delivered to webhooks.".to_owned()),
        subjects: vec![nats.subjects.every_undelivered()],
        storage: StorageType::File,
        num_replicas: nats.replicas,
        max_messages_per_subject: 1,
        max_messages: MOST,
        max_age: KEPT_FOR,
        allow_direct: true,
        ..Config::default()
    }
}
