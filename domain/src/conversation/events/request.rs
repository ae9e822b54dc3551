//! What can be asked of a model in a conversation. Whatever is asked for ends as a reply does.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::ConversationEvent;
use crate::{
    Private,
    character::CharacterId,
    conversation::{MessageId, ReplyId},
    private::present,
};

/// A character was asked to say something.
#[derive(Debug, Clone, PartialEq, Eq, JsonSchema, Serialize, Deserialize)]
pub struct ReplyRequested {
    /// The reply.
    pub reply: ReplyId,
    /// The message that it is a variant of, or becomes.
    pub message: MessageId,
    /// Who is asked.
    pub character: CharacterId,
    /// The message that it answers; none when the character opens the conversation.
    #[serde(default)]
    pub turn: Option<MessageId>,
    /// The dice of this reply, thrown once at the edge: every chance in its prompt follows from them.
    pub dice: u64,
}

/// It was asked what the person could say next. What comes of it is proposed to them and no message of the story.
#[derive(Debug, Clone, JsonSchema, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "spec"), derive(PartialEq))]
pub struct ImpersonationRequested {
    /// The reply as which it is said.
    pub reply: ReplyId,
    /// The character to whom the person would speak; its model is asked.
    pub character: CharacterId,
    /// The last message of the story, behind which the person would speak; none before anybody spoke.
    #[serde(default)]
    pub turn: Option<MessageId>,
    /// The dice of this reply, thrown once at the edge: every chance in its prompt follows from them.
    pub dice: u64,
    /// What the person wants of it.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub instruction: Option<Private<String>>,
}

/// What was asked of a model, by whichever event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The reply.
    pub reply: ReplyId,
    /// The character whose model is asked.
    pub character: CharacterId,
    /// The message behind which it is said; none before anybody spoke.
    pub turn: Option<MessageId>,
    /// Its dice.
    pub dice: u64,
    /// What is to come of it.
    pub aim: Aim,
}

/// What is to come of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Aim {
    /// The character says this message, or another variant of it.
    Message(MessageId),
    /// The person is proposed what to say, in this way if they want any.
    Impersonation(Option<String>),
}

impl Request {
    /// The message that it is a variant of, or becomes.
    pub fn message(&self) -> Option<MessageId> {
        match self.aim {
            Aim::Message(message) => Some(message),
            Aim::Impersonation(_) => None,
        }
    }
}

impl From<&ReplyRequested> for Request {
    fn from(event: &ReplyRequested) -> Self {
        let ReplyRequested { reply, message, character, turn, dice } = *event;
        Self { reply, character, turn, dice, aim: Aim::Message(message) }
    }
}

impl From<&ImpersonationRequested> for Request {
    fn from(event: &ImpersonationRequested) -> Self {
        let ImpersonationRequested { reply, character, turn, dice, .. } = *event;
        let instruction = event.instruction.as_ref().and_then(Private::known).cloned();
        Self { reply, character, turn, dice, aim: Aim::Impersonation(instruction) }
    }
}

impl ConversationEvent {
    /// What the event asks of a model, if anything.
    pub fn request(&self) -> Option<Request> {
        match self {
            Self::ReplyRequested(event) => Some(event.into()),
            Self::ImpersonationRequested(event) => Some(event.into()),
            Self::ConversationStarted(_)
            | Self::ConversationBranched(_)
            | Self::ConversationAdopted(_)
            | Self::HistoryAdopted(_)
            | Self::CharacterGreeted(_)
            | Self::MessageSent(_)
            | Self::ReplyCompleted(_)
            | Self::ReplyFailed(_)
            | Self::ReplyCancelled(_)
            | Self::VariantChosen(_)
            | Self::MessageEdited(_)
            | Self::MessageDeleted(_)
            | Self::ConversationRenamed(_)
            | Self::ConversationPersonaChosen(_)
            | Self::ConversationClosed(_) => None,
        }
    }
}
