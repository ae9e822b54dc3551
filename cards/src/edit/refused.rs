//! Why a card was not edited, and what its owner can do about it.

use thiserror::Error;

use crate::Refusal;

/// An edit that was not made. The file is as it was.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum EditRefused {
    /// The file is no card that can be read, or the outcome would exceed a bound.
    #[error(transparent)]
    Unreadable(#[from] Refusal),
    /// The outcome would be no card.
    #[error("the card could not be read any more after this edit: {0}")]
    Spoiled(Refusal),
    /// The card comes in a form that has no paths of V1, V2 or V3.
    #[error("a card of this format cannot be edited in place; convert it to PNG, JSON or CHARX first")]
    ReadOnly,
    /// The path is not spelt as paths are.
    #[error("the path is not understood; write it like data.name, data.tags[0] or data.extensions[\"a.b\"]")]
    BadPath,
    /// There is nothing at the path, or a list ends before it.
    #[error("the card has nothing at this path; look at the card's JSON and correct it")]
    NoSuchPath,
    /// The path goes on where the card has a text or number, or asks a list for a name.
    #[error("the path goes through something that holds nothing; look at the card's JSON and correct it")]
    NotAContainer,
    /// More edits than [`bounds::EDITS`](crate::bounds::EDITS).
    #[error("these are too many edits at once; make them in several steps")]
    TooMany,
    /// The JSON is in a broken encoding, which could not be given back as it was.
    #[error("the card's JSON is in a broken encoding; save it as UTF-8 and edit it then")]
    Encoding,
}

impl EditRefused {
    /// The refusal's stable spelling, for programs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unreadable(refusal) => refusal.code(),
            Self::Spoiled(_) => "spoiled-by-edit",
            Self::ReadOnly => "read-only-format",
            Self::BadPath => "bad-path",
            Self::NoSuchPath => "no-such-path",
            Self::NotAContainer => "not-a-container",
            Self::TooMany => "too-many-edits",
            Self::Encoding => "broken-encoding",
        }
    }
}
