//! What surrounds a command: who gives it, when, under which id; and what is answered when it was accepted.

use domain::{
    commit::{Actor, CommandId, CommitId, Position},
    user::UserId,
};
use time::OffsetDateTime;

use crate::stamp;

/// What the edge stamps on a command.
#[derive(Debug, Clone)]
pub struct Envelope {
    /// The command's id: the same when it is repeated.
    pub command: CommandId,
    /// A digest of the request, if it can be repeated. What is stored of it nobody can make from the request alone.
    pub fingerprint: Option<String>,
    /// Who gives it.
    pub actor: Actor,
    /// When it came in.
    pub at: OffsetDateTime,
    /// The trace that it belongs to, as a W3C `traceparent`.
    pub correlation: Option<String>,
    /// The commit that led to it.
    pub causation: Option<CommitId>,
    /// Which version the caller knows.
    pub expected: Expected,
}

/// Which version of the aggregate the caller knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expected {
    /// The command holds for any.
    Any,
    /// Only for this one (`If-Match`).
    Version(u64),
}

impl Envelope {
    /// A command that a person gives.
    pub fn from_user(user: UserId) -> Self {
        Self::new(Actor::User(user), stamp::id())
    }

    /// A command that the house gives itself, under an id that follows from what it is about.
    pub fn from_house(command: CommandId) -> Self {
        Self::new(Actor::House, command)
    }

    fn new(actor: Actor, command: CommandId) -> Self {
        Self {
            command,
            fingerprint: None,
            actor,
            at: stamp::now(),
            correlation: None,
            causation: None,
            expected: Expected::Any,
        }
    }
}

/// A command was carried out, or had nothing to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Accepted {
    /// Where in the log its outcome can be read.
    pub position: Position,
    /// The aggregate's version now: its `ETag`.
    pub version: u64,
    /// What came of it.
    pub outcome: Outcome,
}

/// What came of an accepted command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Something happened.
    Decided,
    /// It was so already.
    Nothing,
    /// The same command had been carried out before.
    Repeated,
}
