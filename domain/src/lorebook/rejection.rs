//! The reasons for which the house says no to a lorebook's owner.

use crate::{Rejection, Why, bounds::OutOfBounds};

/// Why a lorebook cannot come in or be changed.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum LorebookRejected {
    /// There is none of this id, or it is somebody else's.
    #[error("there is no such lorebook")]
    UnknownLorebook,
    /// The id is taken by another lorebook.
    #[error("a lorebook of this id is already here")]
    AlreadyHere,
    /// It was retired.
    #[error("this lorebook is retired; restore it first")]
    Retired,
    /// Its import broke off.
    #[error("this lorebook has not come in whole; import its file again first")]
    Incomplete,
    /// It has no entry of this number.
    #[error("the lorebook has no such entry")]
    UnknownEntry,
    /// It has another entry of this number.
    #[error("the lorebook has another entry of the number {uid}; choose a number that is free, or none")]
    EntryAlreadyHere {
        /// Which number.
        uid: u64,
    },
    /// The character is not known, or is somebody else's.
    #[error("there is no such character")]
    UnknownCharacter,
    /// A text, a list or a value is out of bounds.
    #[error(transparent)]
    OutOfBounds(#[from] OutOfBounds),
    /// Something in an entry is out of bounds.
    #[error("entry {uid}: {reason}")]
    BadEntry {
        /// Its number.
        uid: u64,
        /// What is wrong with it.
        reason: OutOfBounds,
    },
}

impl Rejection for LorebookRejected {
    fn slug(&self) -> &'static str {
        match self {
            Self::UnknownLorebook => "lorebook-not-found",
            Self::AlreadyHere => "lorebook-already-here",
            Self::Retired => "lorebook-retired",
            Self::Incomplete => "lorebook-incomplete",
            Self::UnknownEntry => "entry-not-found",
            Self::EntryAlreadyHere { .. } => "entry-already-here",
            Self::UnknownCharacter => "character-not-found",
            Self::OutOfBounds(_) | Self::BadEntry { .. } => "out-of-bounds",
        }
    }

    fn why(&self) -> Why {
        match self {
            Self::UnknownLorebook | Self::UnknownEntry | Self::UnknownCharacter => Why::NotFound,
            Self::AlreadyHere | Self::Retired | Self::Incomplete | Self::EntryAlreadyHere { .. } => {
                Why::Conflict
            }
            Self::OutOfBounds(_) | Self::BadEntry { .. } => Why::Invalid,
        }
    }
}
