//! The reasons for which a conversation says no. They are shared by its commands, because they are about the same
//! room: each command's file says which of them it gives.

use crate::{Rejection, Why, bounds::OutOfBounds};

/// Why something cannot happen in a conversation.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ConversationRejected {
    /// There is none of this id, or it is somebody else's.
    #[error("there is no such conversation")]
    UnknownConversation,
    /// The id is taken by another conversation or message.
    #[error("this id is already taken")]
    AlreadyHere,
    /// It is over.
    #[error("this conversation is closed")]
    Closed,
    /// Nobody to talk with.
    #[error("a conversation needs at least one character")]
    NobodyThere,
    /// The same character twice.
    #[error("a character takes part only once")]
    TwiceTheSame,
    /// There is no such message in the story.
    #[error("there is no such message in this conversation")]
    UnknownMessage,
    /// There is no such reply.
    #[error("there is no such reply in this conversation")]
    UnknownReply,
    /// The character does not take part.
    #[error("this character does not take part in the conversation")]
    NotTakingPart,
    /// The character was retired.
    #[error("this character is retired and says nothing; restore it first")]
    CharacterRetired,
    /// A reply of this character to this turn is under way.
    #[error("a reply of this character to this message is already under way")]
    ReplyUnderWay,
    /// A reply is under way in the conversation.
    #[error("somebody is still speaking in this conversation; wait for the end or cancel it, and ask again")]
    SomebodySpeaks,
    /// What was proposed to the person has no variants.
    #[error("this was only proposed and is no message; ask for another impersonation instead")]
    OnlyProposed,
    /// The reply has ended.
    #[error("this reply has already ended")]
    ReplyOver,
    /// A person edits only what they said themselves.
    #[error("only its author may edit a message")]
    NotYourMessage,
    /// The message has no such variant.
    #[error("this message has no such variant")]
    UnknownVariant,
    /// Something is out of bounds.
    #[error(transparent)]
    OutOfBounds(#[from] OutOfBounds),
}

impl Rejection for ConversationRejected {
    fn slug(&self) -> &'static str {
        match self {
            Self::UnknownConversation => "conversation-not-found",
            Self::AlreadyHere => "already-here",
            Self::Closed => "conversation-closed",
            Self::NobodyThere => "nobody-there",
            Self::TwiceTheSame => "character-twice",
            Self::UnknownMessage => "message-not-found",
            Self::UnknownReply => "reply-not-found",
            Self::NotTakingPart => "character-not-taking-part",
            Self::CharacterRetired => "character-retired",
            Self::ReplyUnderWay => "reply-under-way",
            Self::SomebodySpeaks => "somebody-speaks",
            Self::OnlyProposed => "only-proposed",
            Self::ReplyOver => "reply-already-over",
            Self::NotYourMessage => "not-your-message",
            Self::UnknownVariant => "variant-not-found",
            Self::OutOfBounds(_) => "out-of-bounds",
        }
    }

    fn why(&self) -> Why {
        match self {
            Self::UnknownConversation | Self::UnknownMessage | Self::UnknownReply => Why::NotFound,
            Self::AlreadyHere
            | Self::Closed
            | Self::CharacterRetired
            | Self::ReplyUnderWay
            | Self::SomebodySpeaks
            | Self::OnlyProposed
            | Self::ReplyOver
            | Self::NotYourMessage => Why::Conflict,
            Self::NobodyThere
            | Self::TwiceTheSame
            | Self::NotTakingPart
            | Self::UnknownVariant
            | Self::OutOfBounds(_) => Why::Invalid,
        }
    }
}
