//! A conversation: a person and one or several characters, and everything that was said.
//!
//! ```text
//!            StartConversation                      SendMessage, RequestReply, RegenerateReply, CompleteReply,
//! Unknown ───────────────────────► Open ◄─────────┐ FailReply, CancelReply, ChooseVariant, EditMessage,
//!    │                              ▲ │ └─────────┘ DeleteMessage, RenameConversation,
//!    │ AdoptHistory                 │ │               ChooseConversationPersona, RequestImpersonation
//!    └────────► Gathering ──────────┘ └──────► Closed
//!               BranchConversation,            CloseConversation
//!               AdoptConversation
//! ```
//!
//! Invariants:
//! - a conversation has one owner, and for everybody else it does not exist;
//! - its characters are fixed when it starts; only those take part, and a retired one says nothing;
//! - one reply is under way for each character and turn, and for each message;
//! - a reply ends once: completed, failed or cancelled;
//! - what the person could say is asked for while nobody speaks; it ends as a reply does, and is no message;
//! - a variant is only ever of a message that exists, and a person edits only what they said themselves;
//! - a deleted message stays in the log and leaves the story; replies to it that are under way are cancelled;
//! - every text and list is bounded.
//!
//! Nothing is decided when a command is repeated. The state holds ids and counts, not texts: those are in the
//! [`Transcript`].

mod adopt;
mod branch;
mod cancel_reply;
mod choose_persona;
mod choose_variant;
mod close;
mod complete_reply;
mod delete_message;
mod edit_message;
mod events;
mod fail_reply;
mod regenerate_reply;
mod rejection;
mod rename;
mod request_impersonation;
mod request_reply;
mod room;
mod send_message;
#[cfg(test)]
pub(crate) mod spec;
mod start;
mod transcript;

pub use adopt::AdoptConversation;
pub use branch::{AdoptHistory, BranchConversation};
pub use cancel_reply::CancelReply;
pub use choose_persona::ChooseConversationPersona;
pub use choose_variant::ChooseVariant;
pub use close::CloseConversation;
pub use complete_reply::CompleteReply;
pub use delete_message::DeleteMessage;
pub use edit_message::EditMessage;
pub use events::{
    AdoptedMessage, Aim, CharacterGreeted, ConversationAdopted, ConversationBranched, ConversationClosed,
    ConversationEvent, ConversationPersonaChosen, ConversationRenamed, ConversationStarted, HistoryAdopted,
    ImpersonationRequested, Manuscript, MessageDeleted, MessageEdited, MessageSent, Persona, PromptRecord,
    ReplyCancelled, ReplyCompleted, ReplyFailed, ReplyRequested, Request, Speaker, Usage, VariantChosen,
};
pub use fail_reply::FailReply;
pub use regenerate_reply::RegenerateReply;
pub use rejection::ConversationRejected;
pub use rename::RenameConversation;
pub use request_impersonation::RequestImpersonation;
pub use request_reply::{Candidate, RequestReply};
pub use room::{Fate, Message, Reply, Room, Stage};
pub use send_message::SendMessage;
pub use start::{Greeting, StartConversation};
pub use transcript::{Heard, Line, Proposal, Transcript, Variant};

use serde::{Deserialize, Serialize};

use crate::{Aggregate, Id, commit::Kind, user::UserId};

/// The id of a conversation.
pub type ConversationId = Id<Conversation>;

/// Tags the id of a message.
#[derive(Debug)]
pub enum MessageTag {}
/// The id of a message.
pub type MessageId = Id<MessageTag>;

/// Tags the id of a reply.
#[derive(Debug)]
pub enum ReplyTag {}
/// The id of a reply: of one attempt of a character to say something, which becomes a variant of a message; or to propose
/// to the person what to say, which becomes none.
pub type ReplyId = Id<ReplyTag>;

/// A conversation, as decisions need to know it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub enum Conversation {
    /// Nothing was ever said under this id.
    #[default]
    Unknown,
    /// It takes in its history and has not begun.
    Gathering {
        /// Whose it will be.
        owner: UserId,
        /// The messages so far.
        messages: Vec<Message>,
    },
    /// It goes on.
    Open(Box<Room>),
    /// It is over.
    Closed(Box<Room>),
}

impl Conversation {
    /// What has gathered here so far, for whoever would begin the conversation.
    fn gathered(&self, by: UserId) -> Result<&[Message], ConversationRejected> {
        match self {
            Self::Unknown => Ok(&[]),
            Self::Gathering { owner, messages } if *owner == by => Ok(messages),
            Self::Gathering { .. } | Self::Open(_) | Self::Closed(_) => {
                Err(ConversationRejected::AlreadyHere)
            }
        }
    }

    /// The room, open or closed.
    pub fn room(&self) -> Option<&Room> {
        match self {
            Self::Unknown | Self::Gathering { .. } => None,
            Self::Open(room) | Self::Closed(room) => Some(room),
        }
    }

    /// The room, if this user owns it; a stranger's is as good as none.
    pub fn owned_by(&self, user: UserId) -> Result<&Room, ConversationRejected> {
        self.room().filter(|room| room.owner == user).ok_or(ConversationRejected::UnknownConversation)
    }

    /// The room, if this user owns it and it is open.
    fn open_to(&self, user: UserId) -> Result<&Room, ConversationRejected> {
        self.owned_by(user)?;
        self.open()
    }

    fn open(&self) -> Result<&Room, ConversationRejected> {
        match self {
            Self::Unknown | Self::Gathering { .. } => Err(ConversationRejected::UnknownConversation),
            Self::Open(room) => Ok(room),
            Self::Closed(_) => Err(ConversationRejected::Closed),
        }
    }
}

impl Aggregate for Conversation {
    type Event = ConversationEvent;

    const KIND: Kind = Kind::Conversation;

    fn whose(&self, _id: ConversationId) -> Option<UserId> {
        match self {
            Self::Unknown => None,
            Self::Gathering { owner, .. } => Some(*owner),
            Self::Open(room) | Self::Closed(room) => Some(room.owner),
        }
    }

    fn evolve(&mut self, event: &ConversationEvent) {
        match (&mut *self, event) {
            (Self::Unknown, ConversationEvent::ConversationStarted(event)) => {
                *self = Self::Open(Box::new(Room::started(event)));
            }
            (Self::Unknown, ConversationEvent::HistoryAdopted(event)) => {
                let messages = event.messages.iter().map(Message::adopted).collect();
                *self = Self::Gathering { owner: event.owner, messages };
            }
            (Self::Gathering { messages, .. }, ConversationEvent::HistoryAdopted(event)) => {
                messages.extend(event.messages.iter().map(Message::adopted));
            }
            (Self::Unknown, ConversationEvent::ConversationBranched(event)) => {
                *self = Self::Open(Box::new(Room::branched(event, vec![])));
            }
            (Self::Gathering { messages, .. }, ConversationEvent::ConversationBranched(event)) => {
                *self = Self::Open(Box::new(Room::branched(event, std::mem::take(messages))));
            }
            (Self::Unknown, ConversationEvent::ConversationAdopted(event)) => {
                *self = Self::Open(Box::new(Room::adopted(event, vec![])));
            }
            (Self::Gathering { messages, .. }, ConversationEvent::ConversationAdopted(event)) => {
                *self = Self::Open(Box::new(Room::adopted(event, std::mem::take(messages))));
            }
            (Self::Open(room), ConversationEvent::ConversationClosed(_)) => {
                *self = Self::Closed(std::mem::take(room));
            }
            (Self::Open(room) | Self::Closed(room), event) => room.evolve(event),
            (Self::Unknown | Self::Gathering { .. }, _) => {}
        }
    }
}
