//! Webhooks, as far as NATS is concerned: what is kept of each, what is to be delivered to it, and what was not.
//!
//! A hook is a setting of whoever runs the house, and no history: the last word on each stands in a stream of its own
//! (`<PREFIX>_WEBHOOKS`), sealed by whoever puts it there. How far a hook is, the server keeps, in a durable consumer of
//! the stream that analysts read; so any number of processes deliver to one hook, and whatever dies, the next one goes on.
//!
//! A consumer lies where analysts come in, and they may take it away. Then it is made anew from the beginning of the hook,
//! and its receiver hears again what it heard: the ids are the old ones.

mod deliveries;
mod undelivered;

use std::time::Duration;

use async_nats::{
    HeaderMap,
    header::NATS_EXPECTED_LAST_SUBJECT_SEQUENCE,
    jetstream::{
        ErrorCode,
        consumer::pull,
        context::PublishErrorKind,
        stream::{Config, ConsumerErrorKind, StorageType, Stream},
    },
};
use bytes::Bytes;
use time::OffsetDateTime;
use tokio::time::timeout;
use uuid::Uuid;

pub use self::{
    deliveries::{Deliveries, Delivery},
    undelivered::{Failed, Undelivered},
};
use crate::{
    Cause, Nats,
    direct::{Want, subject},
    topology,
};

/// How many hooks there can be at most.
pub const MOST_HOOKS: usize = 100;
/// The largest setting of a hook, in bytes.
const LARGEST: usize = 64 * 1024;
/// How long the server may take to tell of all of them.
const PATIENCE: Duration = Duration::from_secs(5);

/// Why something about hooks cannot be done.
#[derive(Debug, thiserror::Error)]
pub enum HookError {
    /// Somebody else has changed the hook, or it is there already.
    #[error("the hook has been changed meanwhile")]
    Overtaken,
    /// NATS does not do it.
    #[error("cannot {doing} hooks")]
    Unavailable {
        /// What was tried.
        doing: &'static str,
        /// Why it failed.
        source: Cause,
    },
}

impl HookError {
    pub(crate) fn when(doing: &'static str) -> impl Fn(Cause) -> Self {
        move |source| Self::Unavailable { doing, source }
    }
}

/// What is kept of a hook.
#[derive(Debug, Clone)]
pub struct KeptHook {
    /// Its id.
    pub id: Uuid,
    /// Which word on it this is; the next one has to name it.
    pub revision: u64,
    /// What was put there.
    pub settings: Bytes,
}

/// By which a later look tells whether anything about hooks has changed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Mark {
    last: u64,
    count: u64,
}

impl Mark {
    /// Whether it is of so many hooks.
    pub fn counts(self, hooks: usize) -> bool {
        usize::try_from(self.count) == Ok(hooks)
    }
}

/// Which events a hook wants, and since when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wants {
    /// The types of events; all of them, if none is named.
    pub types: Vec<String>,
    /// From when on, by the time at which they came to be in the stream.
    pub since: OffsetDateTime,
}

/// How far a hook is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Progress {
    /// How many events it has not heard of yet.
    pub ahead: u64,
    /// How many are being tried, or wait to be tried again.
    pub under_way: u64,
}

/// The hooks of a house, cheap to clone.
#[derive(Debug, Clone)]
pub struct Hooks {
    house: Nats,
    /// Where the stream is that analysts read.
    analysts: Nats,
}

impl Hooks {
    /// Those of this house, which are told what analysts read over there.
    pub fn new(house: &Nats, analysts: &Nats) -> Self {
        Self { house: house.clone(), analysts: analysts.clone() }
    }

    /// Makes the streams that are missing.
    pub async fn ensure(&self) -> Result<(), HookError> {
        for config in [hooks_config(&self.house), undelivered::config(&self.house)] {
            topology::insist(&self.house, config).await.map_err(HookError::when("make the streams of"))?;
        }
        Ok(())
    }

    /// Keeps a hook, in place of the revision that is named; 0 for one that is new.
    pub async fn put(&self, id: Uuid, settings: Bytes, revision: u64) -> Result<(), HookError> {
        let mut headers = HeaderMap::new();
        headers.insert(NATS_EXPECTED_LAST_SUBJECT_SEQUENCE, revision.to_string());
        let subject = self.house.subjects.hook(id);
        let sent = self.house.jetstream.publish_with_headers(subject, headers, settings).await;
        let stored = match sent {
            Ok(sent) => sent.await,
            Err(error) => Err(error),
        };
        match stored {
            Ok(_) => Ok(()),
            Err(error) if error.kind() == PublishErrorKind::WrongLastSequence => Err(HookError::Overtaken),
            Err(error) => Err(HookError::when("keep")(error.into())),
        }
    }

    /// All hooks, in the order of their ids.
    pub async fn all(&self) -> Result<Vec<KeptHook>, HookError> {
        let subjects = &self.house.subjects;
        let (stream, all) = (subjects.hook_stream(), subjects.all_hooks());
        let (most, bytes) = (MOST_HOOKS * 2, MOST_HOOKS * LARGEST);
        let want = Want { stream: &stream, subject: &all, from: 1, most, bytes };
        let page = timeout(PATIENCE, want.get(&self.house.client)).await;
        let page = page.unwrap_or_else(|elapsed| Err(elapsed.into())).map_err(HookError::when("read"))?;
        let mut hooks: Vec<_> = page
            .messages
            .into_iter()
            .filter_map(|(revision, message)| {
                let id = subjects.hook_of(subject(&message)?)?;
                Some(KeptHook { id, revision, settings: message.payload })
            })
            .collect();
        hooks.sort_by_key(|hook| hook.id);
        Ok(hooks)
    }

    /// Where the last word on any hook stands.
    pub async fn mark(&self) -> Result<Mark, HookError> {
        let info = self.kept().await?.get_info().await;
        let state = info.map_err(|error| HookError::when("see")(error.into()))?.state;
        Ok(Mark { last: state.last_sequence, count: state.messages })
    }

    /// Keeps nothing of a hook any more: neither its settings, nor its place, nor what it has missed.
    pub async fn remove(&self, id: Uuid) -> Result<(), HookError> {
        let failed = |error: Cause| HookError::when("remove")(error);
        let purged = self.kept().await?.purge().filter(self.house.subjects.hook(id)).await;
        purged.map_err(|error| failed(error.into()))?;
        match self.told().await?.delete_consumer(&name(id)).await {
            Ok(_) => {}
            Err(error) => match error.kind() {
                ConsumerErrorKind::JetStream(why) if is_missing(why.error_code()) => {}
                _ => return Err(failed(error.into())),
            },
        }
        self.undelivered(id).forget().await
    }

    /// How far a hook is; nothing, if nobody has begun to deliver to it.
    pub async fn progress(&self, id: Uuid) -> Result<Progress, HookError> {
        match self.told().await?.get_consumer::<pull::Config>(&name(id)).await {
            Ok(consumer) => {
                let info = consumer.cached_info();
                Ok(Progress { ahead: info.num_pending, under_way: info.num_ack_pending as u64 })
            }
            Err(_) => Ok(Progress::default()),
        }
    }

    /// What is to be delivered to a hook, from now on, by this process among others.
    pub async fn deliveries(&self, id: Uuid, wants: &Wants) -> Result<Deliveries, HookError> {
        Deliveries::open(&self.analysts, &name(id), wants).await.map_err(HookError::when("deliver to"))
    }

    /// What was not delivered to a hook, however often it was tried.
    pub fn undelivered(&self, id: Uuid) -> Undelivered {
        Undelivered::new(&self.house, id)
    }

    async fn kept(&self) -> Result<Stream<()>, HookError> {
        stream(&self.house, self.house.subjects.hook_stream()).await
    }

    async fn told(&self) -> Result<Stream<()>, HookError> {
        stream(&self.analysts, self.analysts.subjects.event_stream()).await
    }
}

async fn stream(nats: &Nats, name: String) -> Result<Stream<()>, HookError> {
    let stream = nats.jetstream.get_stream_no_info(name).await;
    stream.map_err(|error| HookError::when("see")(error.into()))
}

fn is_missing(code: ErrorCode) -> bool {
    code == ErrorCode::CONSUMER_NOT_FOUND || code == ErrorCode::STREAM_NOT_FOUND
}

/// What its consumer is called.
fn name(id: Uuid) -> String {
    format!("webhook-{id}")
}

fn hooks_config(nats: &Nats) -> Config {
    Config {
        name: nats.subjects.hook_stream(),
        description: Some("Webhooks: the last word on each, sealed.".to_owned()),
        subjects: vec![nats.subjects.all_hooks()],
        storage: StorageType::File,
        num_replicas: nats.replicas,
        max_messages_per_subject: 1,
        allow_direct: true,
        ..Config::default()
    }
}
