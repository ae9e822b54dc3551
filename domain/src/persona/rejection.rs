//! The reasons for which the house says no to a persona's owner.

use crate::{Rejection, Why, bounds::OutOfBounds};

/// Why a persona cannot come in, be changed or be chosen.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum PersonaRejected {
    /// There is none of this id, or it is somebody else's.
    #[error("there is no such persona")]
    UnknownPersona,
    /// The id is taken by another one.
    #[error("a persona of this id is already here")]
    AlreadyHere,
    /// It was retired.
    #[error("this persona is retired; restore it first")]
    Retired,
    /// A text or a value is out of bounds.
    #[error(transparent)]
    OutOfBounds(#[from] OutOfBounds),
}

impl Rejection for PersonaRejected {
    fn slug(&self) -> &'static str {
        match self {
            Self::UnknownPersona => "persona-not-found",
            Self::AlreadyHere => "persona-already-here",
            Self::Retired => "persona-retired",
            Self::OutOfBounds(_) => "out-of-bounds",
        }
    }

    fn why(&self) -> Why {
        match self {
            Self::UnknownPersona => Why::NotFound,
            Self::AlreadyHere | Self::Retired => Why::Conflict,
            Self::OutOfBounds(_) => Why::Invalid,
        }
    }
}
