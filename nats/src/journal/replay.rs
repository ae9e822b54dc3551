//! Replays the log as it is stored, for those who prove things about it: nothing is decoded, and whatever is wrong is
//! told instead of waited out.
//!
//! A follower waits for ever for what the store cannot give. A replay has an end, so whoever hears nothing for a while
//! asks the store for that very message, and says what it answers.

use async_nats::{
    HeaderMap, HeaderValue,
    jetstream::{Message, stream::RawMessageErrorKind},
};
use bytes::Bytes;
use domain::commit::Recorded;
use futures_util::{
    StreamExt,
    stream::{self, BoxStream},
};
use tokio::time::timeout;

use super::{FollowError, Journal, LoadError, Rewound, follow::Follower, opened::Shut};
use crate::Cause;

/// A message of the log, as it is stored.
#[derive(Debug, Clone)]
pub struct Stored {
    /// Its sequence.
    pub sequence: u64,
    /// Where it was published.
    pub subject: String,
    /// What it says, sealed as it is.
    pub body: Bytes,
    headers: Option<HeaderMap>,
}

impl Stored {
    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.as_ref()?.get(name).map(HeaderValue::as_str)
    }
}

/// What is wrong with the log, as far as the store can tell.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// A message is not there.
    #[error("the commit {expected} is missing in the log")]
    Missing {
        /// Which one.
        expected: u64,
        /// What comes in its place, if anything does.
        found: Option<u64>,
    },
    /// The store has the message and cannot read it.
    #[error("the commit {sequence} cannot be read by the store")]
    Damaged {
        /// Which one.
        sequence: u64,
        /// In the store's words.
        source: Cause,
    },
    /// The log ends before it should.
    #[error("the log ends at {last}")]
    Shorter {
        /// Where it ends.
        last: u64,
    },
    /// The log was made anew meanwhile.
    #[error(transparent)]
    Rewound(Rewound),
    /// The log cannot be reached.
    #[error(transparent)]
    Unavailable(LoadError),
}

impl Journal {
    /// Every message after this sequence up to that one, in order, and the first thing that is wrong, which ends it.
    pub fn replay(&self, after: u64, until: u64) -> BoxStream<'static, Result<Stored, ReplayError>> {
        let replay = Replay { follower: Follower::new(self, after), journal: self.clone(), until };
        stream::unfold(Some(replay), |replay| async move {
            let mut replay = replay.filter(|replay| replay.follower.after() < replay.until)?;
            let item = replay.next().await;
            let goes_on = item.is_ok();
            Some((item, goes_on.then_some(replay)))
        })
        .boxed()
    }
}

impl Journal {
    /// The commit in a stored message. What is wrong with it is told in words without any of its own.
    pub async fn open_stored(&self, stored: &Stored) -> Result<Recorded, Cause> {
        let aggregate = self.nats.subjects.aggregate(&stored.subject).ok_or("of no aggregate known here")?;
        let shut = Shut { aggregate, sequence: stored.sequence, body: &stored.body };
        let opened = self.opened(&[shut]).await?.pop();
        Ok(opened.ok_or("it did not open")??)
    }
}

struct Replay {
    follower: Follower,
    journal: Journal,
    until: u64,
}

impl Replay {
    async fn next(&mut self) -> Result<Stored, ReplayError> {
        loop {
            match timeout(2 * self.journal.options.watchdog, self.follower.message()).await {
                Ok(Ok(message)) => return Ok(stored(&message, self.follower.after())),
                Ok(Err(error)) => return Err(of_follower(error)),
                Err(_silence) => self.journal.is_readable(self.follower.after().saturating_add(1)).await?,
            }
        }
    }
}

fn stored(message: &Message, sequence: u64) -> Stored {
    Stored {
        sequence,
        subject: message.subject.as_str().to_owned(),
        body: message.payload.clone(),
        headers: message.headers.clone(),
    }
}

#[expect(clippy::needless_pass_by_value, reason = "it becomes the other one")]
fn of_follower(error: FollowError) -> ReplayError {
    match error {
        FollowError::Hole { expected, found } => {
            ReplayError::Missing { expected: expected.sequence, found: Some(found.sequence) }
        }
        FollowError::Rewound(Rewound::Shorter { last, .. }) => ReplayError::Shorter { last: last.sequence },
        FollowError::Rewound(rewound) => ReplayError::Rewound(rewound),
        // A replay decodes nothing, so these do not come.
        FollowError::Unreadable { position, .. } | FollowError::Stranger { position } => {
            ReplayError::Damaged { sequence: position.sequence, source: "it cannot be read".into() }
        }
    }
}

impl Journal {
    /// Whether the store can give this message; silence has other reasons then.
    async fn is_readable(&self, sequence: u64) -> Result<(), ReplayError> {
        let last = self.last().await.map_err(ReplayError::Unavailable)?.sequence;
        if last < sequence {
            return Err(ReplayError::Shorter { last });
        }
        match self.stream.get_raw_message(sequence).await {
            Err(error) if error.kind() == RawMessageErrorKind::NoMessageFound => {
                Err(ReplayError::Missing { expected: sequence, found: None })
            }
            Err(error) if matches!(error.kind(), RawMessageErrorKind::JetStream(_)) => {
                Err(ReplayError::Damaged { sequence, source: error.into() })
            }
            // It is there, or the server is away: either way the follower goes on.
            Ok(_) | Err(_) => Ok(()),
        }
    }
}
