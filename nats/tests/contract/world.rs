//! A server with a log, and commits to put in it.

use std::{sync::Arc, time::Duration};

use domain::{
    Id,
    commit::{Actor, AggregateKey, Commit, Epoch, Kind, Position, RecordedEvent},
    user::{UserEvent, UserRegistered},
};
use nats::{AppendError, Journal, JournalOptions, Nats, NatsOptions, Trace, connect, ensure, keys::Pocket};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::server::Server;

pub(crate) const EPOCH: Epoch = Epoch::new(0x5f0c_2a11);

pub(crate) struct World {
    pub(crate) server: Server,
    pub(crate) nats: Nats,
    pub(crate) keys: Arc<Pocket>,
    pub(crate) journal: Journal,
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::on(Server::start()).await
    }

    pub(crate) async fn on(server: Server) -> Self {
        let nats = connected(&server).await;
        ensure(&nats, EPOCH).await.unwrap();
        let keys = Arc::new(Pocket::default());
        let journal = Journal::open(&nats, keys.clone(), JournalOptions::default()).await.unwrap();
        Self { server, nats, keys, journal }
    }

    /// Another process on the same log.
    pub(crate) async fn another(&self) -> Journal {
        let nats = connected(&self.server).await;
        Journal::open(&nats, self.keys.clone(), JournalOptions::default()).await.unwrap()
    }

    /// The journal, with less patience.
    pub(crate) async fn impatient(&self, patience: Duration) -> Journal {
        let options = JournalOptions { patience, ..JournalOptions::default() };
        Journal::open(&self.nats, self.keys.clone(), options).await.unwrap()
    }

    /// The server, without us between.
    pub(crate) async fn raw(&self) -> async_nats::jetstream::Context {
        async_nats::jetstream::new(async_nats::connect(self.server.url()).await.unwrap())
    }

    /// Appends one commit after another to an aggregate, and answers the last place.
    pub(crate) async fn fill(&self, key: AggregateKey, numbers: std::ops::Range<u128>) -> u64 {
        let mut last = 0;
        for number in numbers {
            last = append(&self.journal, key, last, &commit(number)).await.unwrap().sequence;
        }
        last
    }
}

pub(crate) async fn connected(server: &Server) -> Nats {
    connect(&NatsOptions::new(server.url())).await.unwrap()
}

pub(crate) async fn append(
    journal: &Journal,
    key: AggregateKey,
    expected: u64,
    commit: &Commit,
) -> Result<Position, AppendError> {
    journal.append(key, expected, commit, &Trace::NONE).await.map(|appended| appended.position)
}

pub(crate) const fn user(number: u128) -> AggregateKey {
    AggregateKey { kind: Kind::User, id: Uuid::from_u128(number) }
}

pub(crate) const fn conversation(number: u128) -> AggregateKey {
    AggregateKey { kind: Kind::Conversation, id: Uuid::from_u128(number) }
}

pub(crate) fn commit(number: u128) -> Commit {
    saying(number, "Mira")
}

pub(crate) fn saying(number: u128, name: &str) -> Commit {
    let event = UserEvent::from(UserRegistered { name: name.into() }).into();
    Commit {
        id: Id::new(Uuid::from_u128(number)),
        command: Id::new(Uuid::from_u128(number + 1_000_000)),
        fingerprint: None,
        at: OffsetDateTime::UNIX_EPOCH,
        actor: Actor::House,
        correlation: None,
        causation: None,
        after: 0,
        prev: None,
        whose: Some(Id::new(Uuid::from_u128(1))),
        events: vec![RecordedEvent { id: Id::new(Uuid::from_u128(number + 2_000_000)), event }],
    }
}
