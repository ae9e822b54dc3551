//! The log: appends a commit behind the aggregate's last one, loads an aggregate, follows everything.
//!
//! A commit is one message on the literal subject of its aggregate, so the server's check of that subject's last
//! sequence guards the whole aggregate. The journal never reports that an append failed before it has looked whether
//! the commit is there (see `append.rs`).
//!
//! It decides nothing: a conflict is told as such, and to load the difference and decide again is up to `execute`.

mod append;
mod compare;
#[cfg(feature = "cqrs-es")]
mod cqrs;
mod follow;
mod insist;
mod load;
mod opened;
mod replay;

use std::{sync::Arc, time::Duration};

use async_nats::jetstream::stream::{Info, Stream};
use domain::{
    commit::{AggregateKey, Epoch, Position},
    user::UserId,
};

use self::append::Writer;
#[cfg(feature = "cqrs-es")]
pub use self::cqrs::{CqrsContext, CqrsStore};
pub(crate) use self::opened::Shut;
pub use self::{
    append::{AppendError, Appended},
    compare::{CompareError, Rewound, Seen},
    follow::FollowError,
    load::LoadError,
    replay::{ReplayError, Stored},
};
use crate::{
    Cause, Nats,
    checks::epoch_of,
    keys::{self, KeyError, KeyRing},
};

/// What the fingerprints of requests are made for.
const FINGERPRINTS: &str = "fingerprints of requests, 2";

/// How patient the journal is.
#[derive(Debug, Clone)]
pub struct JournalOptions {
    /// After this long, an append or a load gives its caller an answer, whatever the server does.
    pub patience: Duration,
    /// A follower that hears nothing for this long, while the log has grown, starts over.
    pub watchdog: Duration,
}

impl Default for JournalOptions {
    fn default() -> Self {
        Self { patience: Duration::from_secs(10), watchdog: Duration::from_secs(10) }
    }
}

/// The log, cheap to clone.
#[derive(Clone, Debug)]
pub struct Journal {
    nats: Nats,
    stream: Stream<()>,
    name: Arc<str>,
    epoch: Epoch,
    writer: Writer,
    keys: Arc<dyn KeyRing>,
    options: JournalOptions,
}

/// Why the log cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Its stream cannot be seen.
    #[error("cannot see the stream {stream}")]
    Unavailable {
        /// The stream.
        stream: String,
        /// Why not.
        source: Cause,
    },
    /// Its stream has no epoch; [`check`](crate::check) tells how to give it one.
    #[error("the stream {stream} has no epoch")]
    NoEpoch {
        /// The stream.
        stream: String,
    },
}

impl Journal {
    /// Opens the log that [`ensure`](crate::ensure) has made, with the keys of those whose words are in it.
    pub async fn open(
        nats: &Nats,
        keys: Arc<dyn KeyRing>,
        options: JournalOptions,
    ) -> Result<Self, OpenError> {
        let name = nats.subjects.log_stream();
        let unavailable = |source: Cause| OpenError::Unavailable { stream: name.clone(), source };
        let info = nats.jetstream.get_stream(&name).await.map_err(|source| unavailable(source.into()))?;
        let Some(epoch) = epoch_of(&info.cached_info().config) else {
            return Err(OpenError::NoEpoch { stream: name });
        };
        let stream =
            nats.jetstream.get_stream_no_info(&name).await.map_err(|source| unavailable(source.into()))?;
        let name: Arc<str> = name.into();
        let writer = Writer::open(nats, name.clone(), &info.cached_info().config);
        Ok(Self { nats: nats.clone(), stream, name, epoch, writer, keys, options })
    }

    /// The keys of those whose words are in it.
    pub fn keys(&self) -> &Arc<dyn KeyRing> {
        &self.keys
    }

    /// By which a request of this person is known again. It stands in the log in clear, and a short request could be
    /// guessed: so it is made under a key of theirs, and when that is destroyed nobody can try.
    pub async fn fingerprint(&self, person: UserId, request: &str) -> Result<String, KeyError> {
        Ok(keys::marking(&*self.keys, person).await?.mark(FINGERPRINTS, request))
    }

    /// In which life of the log we are.
    pub const fn epoch(&self) -> Epoch {
        self.epoch
    }

    /// The place of this sequence.
    pub const fn at(&self, sequence: u64) -> Position {
        Position { epoch: self.epoch, sequence }
    }

    /// Where the log ends, in the eyes of the stream's leader.
    pub async fn last(&self) -> Result<Position, LoadError> {
        let info = self.insist(self.deadline(), || self.info()).await?;
        Ok(self.at(info.state.last_sequence))
    }

    async fn info(&self) -> Result<Info, Cause> {
        self.stream.get_info().await.map_err(Into::into)
    }

    fn subject(&self, key: AggregateKey) -> String {
        self.nats.subjects.log(key)
    }
}
