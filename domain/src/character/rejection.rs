//! The reasons for which the house says no to a character's owner.

use crate::{Rejection, Why, bounds::OutOfBounds};

/// Why a character cannot come in.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum NewRejected {
    /// The id is taken by another character.
    #[error("a character of this id is already here")]
    AlreadyHere,
    /// A text or a list is out of bounds.
    #[error(transparent)]
    OutOfBounds(#[from] OutOfBounds),
}

impl Rejection for NewRejected {
    fn slug(&self) -> &'static str {
        match self {
            Self::AlreadyHere => "character-already-here",
            Self::OutOfBounds(_) => "out-of-bounds",
        }
    }

    fn why(&self) -> Why {
        match self {
            Self::AlreadyHere => Why::Conflict,
            Self::OutOfBounds(_) => Why::Invalid,
        }
    }
}

/// Why a character cannot be changed.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ChangeRejected {
    /// There is none of this id, or it is somebody else's.
    #[error("there is no such character")]
    UnknownCharacter,
    /// It was retired.
    #[error("this character is retired; restore it first")]
    Retired,
    /// A text or a list is out of bounds.
    #[error(transparent)]
    OutOfBounds(#[from] OutOfBounds),
}

impl Rejection for ChangeRejected {
    fn slug(&self) -> &'static str {
        match self {
            Self::UnknownCharacter => "character-not-found",
            Self::Retired => "character-retired",
            Self::OutOfBounds(_) => "out-of-bounds",
        }
    }

    fn why(&self) -> Why {
        match self {
            Self::UnknownCharacter => Why::NotFound,
            Self::Retired => Why::Conflict,
            Self::OutOfBounds(_) => Why::Invalid,
        }
    }
}
