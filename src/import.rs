//! Bringing files in, whoever brings them: what a file holds is read here, and given to the write path command by command.
//!
//! Nobody's request is known here: the caller stamps each command with its envelope, so that a repeated request repeats
//! the same commands and whatever broke off is finished.

pub mod card;
pub mod character;
pub mod lorebook;
pub mod persona;

use domain::{character::NewRejected, lorebook::LorebookRejected};
use nats::ObjectError;
use serde::Serialize;
use utoipa::ToSchema;

use crate::execute::ExecuteError;

/// Why a file that was read did not come in.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The character did not.
    #[error("the character cannot be taken in")]
    Character(#[from] ExecuteError<NewRejected>),
    /// The lorebook did not.
    #[error("the lorebook cannot be taken in")]
    Lorebook(#[from] ExecuteError<LorebookRejected>),
    /// The file cannot be kept.
    #[error("the file cannot be kept")]
    Objects(#[from] ObjectError),
}

/// Something odd about a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct CardWarning {
    /// What kind of oddity, as a stable name.
    #[schema(example = "turned-into-list")]
    pub code: String,
    /// Where in the file.
    #[schema(example = "data.tags")]
    pub at: String,
    /// What was done about it, for people.
    pub message: String,
}

impl From<cards::Warning> for CardWarning {
    fn from(warning: cards::Warning) -> Self {
        Self { code: warning.code.to_string(), at: warning.at, message: warning.message }
    }
}
