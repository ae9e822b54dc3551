//! The floor under every durable reply: one commit, synced to the disk and acknowledged, with nobody else writing.
//!
//! It goes to the very nats-server that Innkeeper writes to, on a log of its own, through the same journal.

use std::{sync::Arc, time::Duration};

use domain::{
    commit::{Actor, Commit, Epoch, RecordedEvent},
    user::{UserEvent, UserId, UserRegistered},
};
use innkeeper::{secret::Secret, stamp};
use nats::{Journal, JournalOptions, NatsOptions, Trace, keys::Pocket};
use tokio::time::Instant;

/// About what a message of a person takes up in the log.
const WORDS: usize = 300;

/// Writes commits of one aggregate, one after the other.
pub(crate) struct Writer {
    journal: Journal,
    aggregate: UserId,
    last: u64,
}

impl Writer {
    pub(crate) async fn open(url: &Secret) -> anyhow::Result<Self> {
        let mut options = NatsOptions::new(url.expose());
        options.prefix = "bench".parse()?;
        let nats = nats::connect(&options).await?;
        nats::ensure(&nats, Epoch::new(stamp::number())).await?;
        let journal = Journal::open(&nats, Arc::new(Pocket::default()), JournalOptions::default()).await?;
        Ok(Self { journal, aggregate: stamp::id(), last: 0 })
    }

    /// Appends a commit; how long the acknowledgement took.
    pub(crate) async fn append(&mut self) -> anyhow::Result<Duration> {
        let commit = commit(self.aggregate);
        let began = Instant::now();
        let appended = self.journal.append(self.aggregate.key(), self.last, &commit, &Trace::NONE).await?;
        self.last = appended.position.sequence;
        Ok(began.elapsed())
    }
}

fn commit(whose: UserId) -> Commit {
    let event = UserEvent::from(UserRegistered { name: "x".repeat(WORDS).into() });
    Commit {
        id: stamp::id(),
        command: stamp::id(),
        fingerprint: None,
        at: stamp::now(),
        actor: Actor::House,
        correlation: None,
        causation: None,
        after: 0,
        prev: None,
        whose: Some(whose),
        events: vec![RecordedEvent { id: stamp::id(), event: event.into() }],
    }
}
