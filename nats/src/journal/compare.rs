//! Holds the log against what a checkpoint saw of it.
//!
//! A log that was restored from an old copy, or made anew, would be projected over newer rows. Whoever keeps a
//! checkpoint asks here first, and stops instead.

use domain::commit::{Epoch, Position};

use super::{Journal, LoadError, opened};
use crate::Cause;

/// The last place of the log that somebody saw.
pub type Seen = Position;

/// The log is not the one that was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Rewound {
    /// It was made anew.
    #[error("the log was made anew: its epoch is {found}, and a checkpoint saw {seen}")]
    OtherEpoch {
        /// What the checkpoint saw.
        seen: Epoch,
        /// What is there.
        found: Epoch,
    },
    /// It has lost its end.
    #[error(
        "the log ends at {last}, and a checkpoint saw {seen}: its end is lost, or an old copy was restored"
    )]
    Shorter {
        /// What the checkpoint saw.
        seen: Position,
        /// Where it ends.
        last: Position,
    },
    /// It went another way.
    #[error("the log holds another commit at {at} than a checkpoint saw: it was forked, or rewritten")]
    Forked {
        /// Where.
        at: Position,
    },
}

/// Why the log could not be found to be the same.
#[derive(Debug, thiserror::Error)]
pub enum CompareError {
    /// It is not.
    #[error(transparent)]
    Rewound(#[from] Rewound),
    /// It cannot be seen.
    #[error("cannot see the log")]
    Unavailable(#[source] Cause),
}

impl Journal {
    /// Whether the log still holds what was seen: of the same epoch, and no shorter.
    pub async fn compare(&self, seen: Seen) -> Result<(), CompareError> {
        if seen.epoch != self.epoch {
            return Err(Rewound::OtherEpoch { seen: seen.epoch, found: self.epoch }.into());
        }
        let last = self.last().await.map_err(|error: LoadError| CompareError::Unavailable(error.into()))?;
        if last.sequence < seen.sequence {
            return Err(Rewound::Shorter { seen, last }.into());
        }
        Ok(())
    }

    /// The same, and the last commit that was seen is the one that it holds there.
    pub async fn compare_commit(&self, seen: Seen, digest: &str) -> Result<(), CompareError> {
        self.compare(seen).await?;
        let message = self.message_at(seen.sequence).await;
        let message = message.map_err(|error| CompareError::Unavailable(error.into()))?;
        match message {
            Some(message) if opened::digest(&message.payload).to_string() == digest => Ok(()),
            Some(_) | None => Err(Rewound::Forked { at: seen }.into()),
        }
    }
}
