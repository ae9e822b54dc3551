//! Fills an empty log with the commits of a backup, each at the sequence that it had, in the same life of the log: so
//! positions that somebody remembers go on meaning what they meant.
//!
//! While this is under way the stream's metadata says so, and [`check`](crate::check) refuses to open the log. A refill that
//! was stopped goes on where it stopped.

use std::{collections::VecDeque, time::Duration};

use async_nats::{
    HeaderMap,
    jetstream::{
        ErrorCode,
        context::{GetStreamErrorKind, PublishAckFuture},
        stream::Config,
    },
};
use bytes::Bytes;
use domain::commit::Epoch;
use tokio::time::timeout;

use crate::{
    Cause, Nats,
    checks::epoch_of,
    topology::{EPOCH, log_config},
};

/// Under which key of the stream's metadata it stands that the log is being filled.
pub(crate) const REFILLING: &str = "ink.refilling";
/// So many commits are on their way at once.
const ON_THE_WAY: usize = 256;
/// How long one request may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// While the log is filled, commits that repeat each other's id are far apart only in the time of then.
const DUPLICATE_WINDOW: Duration = Duration::from_millis(100);

/// Why the log cannot be filled.
#[derive(Debug, thiserror::Error)]
pub enum RefillError {
    /// It has a history of its own.
    #[error(
        "the log {stream} has a history of its own, of {last} commits: restore into a house that was never opened, such as an empty --data DIR"
    )]
    Inhabited {
        /// The stream.
        stream: String,
        /// Where it ends.
        last: u64,
    },
    /// It is being filled with another one.
    #[error("the log {stream} is being filled from another log's backup; its life is {found}")]
    Other {
        /// The stream.
        stream: String,
        /// Whose commits are in it.
        found: String,
    },
    /// A commit came to lie elsewhere than it was.
    #[error("commit {expected} came to lie at {found}; somebody else writes to the log")]
    Misplaced {
        /// Where it belongs.
        expected: u64,
        /// Where it is.
        found: u64,
    },
    /// The server cannot be reached, or refuses.
    #[error("the log cannot be filled")]
    Unavailable(#[source] Cause),
}

/// A commit to be put back, as it was stored.
#[derive(Debug, Clone)]
pub struct Returned {
    /// Its sequence.
    pub sequence: u64,
    /// Where it was published.
    pub subject: String,
    /// The headers that the journal wrote.
    pub headers: Vec<(&'static str, String)>,
    /// What it says, sealed as it is.
    pub body: Bytes,
}

/// A log that is being filled.
pub struct Refill {
    nats: Nats,
    epoch: Epoch,
    last: u64,
    on_the_way: VecDeque<(u64, PublishAckFuture)>,
}

impl std::fmt::Debug for Refill {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Refill").field("epoch", &self.epoch).field("last", &self.last).finish_non_exhaustive()
    }
}

impl Refill {
    /// Makes the log, or goes on with one that was not finished.
    pub async fn begin(nats: &Nats, epoch: Epoch) -> Result<Self, RefillError> {
        let stream = nats.subjects.log_stream();
        let found = match nats.jetstream.get_stream(&stream).await {
            Ok(found) => found.cached_info().clone(),
            Err(error) if is_missing(&error.kind()) => {
                nats.jetstream.create_stream(filling(nats, epoch)).await.map_err(unavailable)?;
                return Ok(Self::at(nats, epoch, 0));
            }
            Err(error) => return Err(unavailable(error)),
        };
        let last = found.state.last_sequence;
        if !is_refilling(&found.config) {
            if last > 0 {
                return Err(RefillError::Inhabited { stream, last });
            }
            nats.jetstream.update_stream(filling(nats, epoch)).await.map_err(unavailable)?;
        } else if epoch_of(&found.config) != Some(epoch) {
            let found = found.config.metadata.get(EPOCH).cloned().unwrap_or_default();
            return Err(RefillError::Other { stream, found });
        }
        Ok(Self::at(nats, epoch, last))
    }

    fn at(nats: &Nats, epoch: Epoch, last: u64) -> Self {
        Self { nats: nats.clone(), epoch, last, on_the_way: VecDeque::with_capacity(ON_THE_WAY) }
    }

    /// Puts the next commit back. One that is there already is passed over: whether it is the same one, a verification tells.
    pub async fn put(&mut self, commit: Returned) -> Result<(), RefillError> {
        if commit.sequence <= self.last {
            return Ok(());
        }
        let mut headers = HeaderMap::new();
        for (name, value) in &commit.headers {
            headers.insert(*name, value.as_str());
        }
        let sent = self.nats.jetstream.publish_with_headers(commit.subject, headers, commit.body).await;
        self.on_the_way.push_back((commit.sequence, sent.map_err(unavailable)?));
        if self.on_the_way.len() >= ON_THE_WAY { self.arrived().await } else { Ok(()) }
    }

    /// Waits for the first that is on its way.
    async fn arrived(&mut self) -> Result<(), RefillError> {
        let Some((expected, ack)) = self.on_the_way.pop_front() else { return Ok(()) };
        let ack = timeout(PATIENCE, ack).await.map_err(unavailable)?.map_err(unavailable)?;
        if ack.sequence != expected || ack.duplicate {
            return Err(RefillError::Misplaced { expected, found: ack.sequence });
        }
        self.last = expected;
        Ok(())
    }

    /// Waits until all that was put is on the disk. The log stays shut until [`finish`](Self::finish).
    pub async fn flush(&mut self) -> Result<u64, RefillError> {
        while !self.on_the_way.is_empty() {
            self.arrived().await?;
        }
        Ok(self.last)
    }

    /// Gives the log its settings; from then on it may be opened.
    pub async fn finish(mut self) -> Result<(), RefillError> {
        self.flush().await?;
        self.nats.jetstream.update_stream(log_config(&self.nats, self.epoch)).await.map_err(unavailable)?;
        Ok(())
    }
}

/// Whether the log is being filled, or its filling was stopped.
pub(crate) fn is_refilling(config: &Config) -> bool {
    config.metadata.contains_key(REFILLING)
}

fn filling(nats: &Nats, epoch: Epoch) -> Config {
    let mut config = log_config(nats, epoch);
    config.metadata.insert(REFILLING.to_owned(), "true".to_owned());
    config.duplicate_window = DUPLICATE_WINDOW;
    config
}

fn is_missing(kind: &GetStreamErrorKind) -> bool {
    matches!(kind, GetStreamErrorKind::JetStream(why) if why.error_code() == ErrorCode::STREAM_NOT_FOUND)
}

fn unavailable(cause: impl Into<Cause>) -> RefillError {
    RefillError::Unavailable(cause.into())
}
