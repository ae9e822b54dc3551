//! A commit: all events of one decision, in one record, with who decided it, when and why.
//!
//! One commit is one message of the log, so a decision is stored whole or not at all. Its form on the wire belongs to
//! the crate `nats`; its meaning is here, because projections and auditors read it too.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    Aggregate, Event, EventBody, Id,
    user::{User, UserEvent, UserId},
};

/// Tags the id of a commit.
#[derive(Debug)]
pub enum CommitTag {}
/// Tags the id of a command.
#[derive(Debug)]
pub enum CommandTag {}
/// Tags the id of an event.
#[derive(Debug)]
pub enum EventTag {}

/// The id of a commit; also its `Nats-Msg-Id`.
pub type CommitId = Id<CommitTag>;
/// The id of a command: the same when it is repeated with the same `Idempotency-Key`.
pub type CommandId = Id<CommandTag>;
/// The id of an event.
pub type EventId = Id<EventTag>;

/// The events of one decision.
#[derive(Debug, Clone)]
#[cfg_attr(any(test, feature = "spec"), derive(PartialEq))]
pub struct Commit {
    /// Its id.
    pub id: CommitId,
    /// The command that was decided.
    pub command: CommandId,
    /// A digest of the request that carried the command, if it can be repeated: the same key with another body is a
    /// mistake of the caller, not a repetition.
    pub fingerprint: Option<String>,
    /// When the edge took the command in.
    pub at: OffsetDateTime,
    /// Who gave the command.
    pub actor: Actor,
    /// The first request of the chain that led here (a trace id).
    pub correlation: Option<String>,
    /// The commit that caused this one, if one did.
    pub causation: Option<CommitId>,
    /// The sequence of the aggregate's previous commit, which it was decided upon; 0 if it is the first. Whoever stands
    /// there can take this one in without asking the log.
    pub after: u64,
    /// SHA-256 of the aggregate's previous commit, as stored; none before the first.
    pub prev: Option<Digest>,
    /// Whose words it holds: the person whose key seals them. None only where it holds nobody's.
    pub whose: Option<UserId>,
    /// What happened, in order.
    pub events: Vec<RecordedEvent>,
}

/// An event with its id.
#[derive(Debug, Clone)]
#[cfg_attr(any(test, feature = "spec"), derive(PartialEq))]
pub struct RecordedEvent {
    /// Its id.
    pub id: EventId,
    /// What happened.
    pub event: Event,
}

/// Who gave a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Actor {
    /// A person, by a key of theirs.
    User(UserId),
    /// The house itself: the worker, the first start.
    House,
}

/// A SHA-256 of something that is stored.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Digest([u8; 32]);

impl Digest {
    /// A digest from its bytes.
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Its bytes.
    pub const fn bytes(self) -> [u8; 32] {
        self.0
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A commit that the log holds.
#[derive(Debug, Clone)]
#[cfg_attr(any(test, feature = "spec"), derive(PartialEq))]
pub struct Recorded {
    /// Where.
    pub position: Position,
    /// Whose.
    pub aggregate: AggregateKey,
    /// What.
    pub commit: Commit,
    /// SHA-256 of it, as stored: the aggregate's next commit names it.
    pub digest: Digest,
}

impl Recorded {
    /// The events of one sort of aggregate.
    pub fn events<A: Aggregate>(&self) -> impl Iterator<Item = &A::Event> {
        self.commit.events.iter().filter_map(|recorded| A::Event::of(&recorded.event))
    }

    /// The person whom it erases, if it erases one: nothing of theirs is to be kept anywhere from here on.
    pub fn erases(&self) -> Option<UserId> {
        let erased = self.events::<User>().any(|event| match event {
            UserEvent::UserErased(_) => true,
            UserEvent::UserRegistered(_)
            | UserEvent::ApiKeyIssued(_)
            | UserEvent::ApiKeyRevoked(_)
            | UserEvent::UserProviderChosen(_)
            | UserEvent::UserPersonaChosen(_) => false,
        });
        erased.then(|| UserId::new(self.aggregate.id))
    }
}

/// The kinds of aggregate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// A person.
    User,
    /// A character.
    Character,
    /// A conversation.
    Conversation,
    /// A lorebook.
    Lorebook,
    /// Somebody as whom a person talks.
    Persona,
    /// What an auditor has read.
    Audit,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::User, Self::Character, Self::Conversation, Self::Lorebook, Self::Persona, Self::Audit];

    /// Its name, as it stands in subjects and tables.
    pub const fn name(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Character => "character",
            Self::Conversation => "conversation",
            Self::Lorebook => "lorebook",
            Self::Persona => "persona",
            Self::Audit => "audit",
        }
    }

    /// The kind of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// Which aggregate: a kind and an id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AggregateKey {
    /// Of which kind.
    pub kind: Kind,
    /// Which one.
    pub id: Uuid,
}

impl fmt::Display for AggregateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.kind.name(), self.id)
    }
}

/// One life of the log. A stream that is deleted and made again counts its sequences anew; its epoch tells the two
/// apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Epoch(u32);

impl Epoch {
    /// An epoch from the number that was drawn when the stream was made.
    pub const fn new(number: u32) -> Self {
        Self(number)
    }
}

impl fmt::Display for Epoch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08x}", self.0)
    }
}

impl FromStr for Epoch {
    type Err = NotAPosition;

    fn from_str(text: &str) -> Result<Self, NotAPosition> {
        if text.len() != 8 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(NotAPosition);
        }
        u32::from_str_radix(text, 16).map(Self).map_err(|_| NotAPosition)
    }
}

/// A place in the log. Printed as `<epoch>-<sequence>`, such as `5f0c2a11-1042`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Position {
    /// In which life of the log.
    pub epoch: Epoch,
    /// The sequence in the stream; the first is 1, and 0 stands before the first.
    pub sequence: u64,
}

/// The text is not a position.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a position: it looks like 5f0c2a11-1042, as answered in Ink-Position")]
pub struct NotAPosition;

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.epoch, self.sequence)
    }
}

impl FromStr for Position {
    type Err = NotAPosition;

    fn from_str(text: &str) -> Result<Self, NotAPosition> {
        let (epoch, sequence) = text.split_once('-').ok_or(NotAPosition)?;
        if sequence.is_empty() || !sequence.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(NotAPosition);
        }
        Ok(Self { epoch: epoch.parse()?, sequence: sequence.parse().map_err(|_| NotAPosition)? })
    }
}

#[cfg(test)]
mod spec {
    use super::*;

    #[test]
    fn a_position_reads_back_as_it_was_printed() {
        let position = Position { epoch: Epoch::new(0x5f0c_2a11), sequence: 1042 };
        assert_eq!(position.to_string(), "5f0c2a11-1042");
        assert_eq!("5f0c2a11-1042".parse(), Ok(position));
    }

    #[test]
    fn what_is_not_a_position_is_refused() {
        for text in ["", "1042", "5f0c2a11", "5f0c2a11-", "5f0c2a11-x", "5f0c2a11-+1", "5f-1", "+f0c2a11-1"] {
            assert_eq!(text.parse::<Position>(), Err(NotAPosition), "{text}");
        }
    }
}
