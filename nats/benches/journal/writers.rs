//! Writers at work: each appends one commit behind the other to an aggregate, for a while.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use async_nats::{
    HeaderMap,
    header::{NATS_EXPECTED_LAST_SUBJECT_SEQUENCE, NATS_MESSAGE_ID},
    jetstream::Context,
};
use domain::{
    Id,
    commit::{Actor, AggregateKey, Commit, Kind, RecordedEvent},
    user::{UserEvent, UserRegistered},
};
use nats::{Journal, Prefix, Subjects, Trace, codec, keys::DataKey};
use time::OffsetDateTime;
use tokio::{sync::Mutex, task::JoinSet};
use uuid::Uuid;

use crate::figures::Figures;

/// What is not counted, because it only gets going.
const WARMING: Duration = Duration::from_millis(500);
const COUNTED: Duration = Duration::from_secs(3);
/// About as much text as a message has.
const TEXT: usize = 300;

/// One way to store a commit.
pub(crate) trait Store: Clone + Send + Sync + 'static {
    fn store(&self, key: AggregateKey, after: u64, commit: &Commit) -> impl Future<Output = u64> + Send;
}

#[derive(Clone)]
pub(crate) struct Appending {
    pub(crate) journal: Journal,
}

impl Store for Appending {
    async fn store(&self, key: AggregateKey, after: u64, commit: &Commit) -> u64 {
        self.journal.append(key, after, commit, &Trace::NONE).await.unwrap().position.sequence
    }
}

#[derive(Clone)]
pub(crate) struct Publishing {
    pub(crate) key: DataKey,
    pub(crate) jetstream: Context,
}

impl Store for Publishing {
    async fn store(&self, key: AggregateKey, after: u64, commit: &Commit) -> u64 {
        let mut headers = HeaderMap::new();
        headers.insert(NATS_MESSAGE_ID, commit.id.to_string());
        headers.insert(NATS_EXPECTED_LAST_SUBJECT_SEQUENCE, after.to_string());
        headers.insert("Ink-Types", "UserRegistered");
        let body = codec::encode(key, commit, Some(&self.key)).unwrap();
        let subject = Subjects::new(Prefix::default()).log(key);
        self.jetstream.publish_with_headers(subject, headers, body).await.unwrap().await.unwrap().sequence
    }
}

/// An aggregate, and the sequence of its last commit for whoever writes next.
type Place = Arc<(AggregateKey, Mutex<u64>)>;

/// Aggregates that nobody has written to.
pub(crate) struct Aggregates(u128);

impl Aggregates {
    pub(crate) fn new() -> Self {
        Self(0)
    }

    pub(crate) fn one_each(&mut self, writers: usize) -> Vec<Place> {
        (0..writers).map(|_| self.fresh()).collect()
    }

    pub(crate) fn ten_for(&mut self, writers: usize) -> Vec<Place> {
        self.one_each(10).into_iter().cycle().take(writers).collect()
    }

    fn fresh(&mut self) -> Place {
        self.0 += 1;
        let key = AggregateKey { kind: Kind::User, id: Uuid::from_u128(self.0) };
        Arc::new((key, Mutex::new(0)))
    }
}

/// Lets a writer for each of the places write, and answers how long each commit took.
pub(crate) async fn run(store: &impl Store, places: Vec<Place>) -> Figures {
    let counted = Instant::now() + WARMING;
    let mut writers = JoinSet::new();
    for (writer, place) in places.into_iter().enumerate() {
        writers.spawn(write(store.clone(), writer, place, counted));
    }
    Figures::new(writers.join_all().await.concat(), COUNTED)
}

async fn write(store: impl Store, writer: usize, place: Place, counted: Instant) -> Vec<Duration> {
    let mut waits = Vec::new();
    let (key, last) = &*place;
    for number in 0.. {
        let commit = commit(key.id, writer, number);
        let begun = Instant::now();
        let mut last = last.lock().await;
        *last = store.store(*key, *last, &commit).await;
        let ended = Instant::now();
        if ended >= counted + COUNTED {
            break;
        }
        if ended >= counted {
            waits.push(ended - begun);
        }
    }
    waits
}

pub(crate) fn commit(aggregate: Uuid, writer: usize, number: u128) -> Commit {
    let id =
        |tag: u128| Uuid::from_u128(aggregate.as_u128() << 96 | (writer as u128) << 64 | number << 8 | tag);
    let event = UserEvent::from(UserRegistered { name: "x".repeat(TEXT).into() }).into();
    Commit {
        id: Id::new(id(1)),
        command: Id::new(id(2)),
        fingerprint: None,
        at: OffsetDateTime::UNIX_EPOCH,
        actor: Actor::House,
        correlation: None,
        causation: None,
        after: 0,
        prev: None,
        whose: Some(Id::new(aggregate)),
        events: vec![RecordedEvent { id: Id::new(id(3)), event }],
    }
}
