//! What can happen in a conversation. Names and fields are stored: they are for ever (law 8).

mod adopted;
mod request;

use std::collections::BTreeMap;

pub use adopted::{AdoptedMessage, ConversationAdopted, HistoryAdopted, Manuscript};
pub use request::{Aim, ImpersonationRequested, ReplyRequested, Request};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{ConversationId, MessageId, ReplyId};
use crate::{
    Private,
    character::CharacterId,
    event::events,
    persona::{PersonaId, Placement},
    private::present,
    user::UserId,
};

/// Who says something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, JsonSchema, Serialize, Deserialize)]
pub enum Speaker {
    /// A person.
    User(UserId),
    /// A character.
    Character(CharacterId),
    /// Nobody who takes part: a narrator, or somebody who is not here. Only what was said elsewhere has such words.
    Narrator,
}

/// As whom the person takes part, as they were when it was said.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Persona {
    /// What they are called.
    pub name: String,
    /// Who they are.
    #[serde(default)]
    pub description: String,
    /// Where that stands in prompts.
    #[serde(default, skip_serializing_if = "Placement::is_usual")]
    pub placement: Placement,
    /// The persona that they are, which may be revised; none if they are it in this conversation only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<PersonaId>,
}

/// A conversation began.
#[derive(Debug, Clone, JsonSchema, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "spec"), derive(PartialEq))]
pub struct ConversationStarted {
    /// Whose it is.
    pub owner: UserId,
    /// Who takes part, in the order in which they speak.
    pub characters: Vec<CharacterId>,
    /// What it is called.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub title: Option<Private<String>>,
    /// As whom the owner takes part.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub persona: Option<Private<Persona>>,
}

/// A conversation began where another one stood at a message of its past.
#[derive(Debug, Clone, JsonSchema, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "spec"), derive(PartialEq))]
pub struct ConversationBranched {
    /// Whose it is.
    pub owner: UserId,
    /// The conversation that it left.
    pub source: ConversationId,
    /// The message of it after which.
    pub at: MessageId,
    /// Who takes part, in the order in which they speak.
    pub characters: Vec<CharacterId>,
    /// What it is called.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub title: Option<Private<String>>,
    /// As whom the owner takes part.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub persona: Option<Private<Persona>>,
}

/// A character spoke first.
#[derive(Debug, Clone, JsonSchema, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "spec"), derive(PartialEq))]
pub struct CharacterGreeted {
    /// The message.
    pub message: MessageId,
    /// Who says it.
    pub character: CharacterId,
    /// Its greetings, as variants.
    pub variants: Vec<Private<String>>,
    /// Which of them counts, from 0.
    pub chosen: u32,
}

/// A person said something.
#[derive(Debug, Clone, JsonSchema, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "spec"), derive(PartialEq))]
pub struct MessageSent {
    /// The message.
    pub message: MessageId,
    /// Who says it.
    pub author: UserId,
    /// What.
    pub text: Private<String>,
}

/// A reply came to its end: a character said something, or what the person could say was proposed.
#[derive(Debug, Clone, JsonSchema, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "spec"), derive(PartialEq))]
pub struct ReplyCompleted {
    /// The reply.
    pub reply: ReplyId,
    /// What.
    pub text: Private<String>,
    /// Which attempt this was, from 1.
    pub attempt: u32,
    /// The run of the worker that said it; stream ids carry it.
    pub run: u32,
    /// What the model was told.
    pub prompt: PromptRecord,
    /// Which back end was asked.
    pub provider: String,
    /// Which model, where it is known.
    #[serde(default)]
    pub model: Option<String>,
    /// Why the model stopped, in its words (`stop`, `length`).
    #[serde(default)]
    pub finish: Option<String>,
    /// What it cost, where the back end told.
    #[serde(default)]
    pub usage: Option<Usage>,
    /// Milliseconds from the request to the last token.
    pub took_ms: u64,
}

/// What went into a prompt, so that it can be assembled again and proved: never the prompt itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, JsonSchema, Serialize, Deserialize)]
pub struct PromptRecord {
    /// SHA-256 of the prompt's messages, in hexadecimal.
    pub hash: String,
    /// The version of the rules by which it was assembled.
    pub assembly: u16,
    /// The sequence of the conversation's last commit that was taken into account.
    pub conversation: u64,
    /// The same for each character that went in.
    pub characters: BTreeMap<CharacterId, u64>,
    /// The same for the persona as whom the person took part, if it has a history.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub persona: Option<u64>,
    /// The first message of the history that had room.
    #[serde(default)]
    pub from: Option<MessageId>,
    /// How many messages of the history went in.
    pub messages: u32,
    /// How many tokens the prompt has, as we count.
    pub tokens: u32,
    /// How many it was allowed to have.
    pub budget: u32,
}

/// What a reply cost, in tokens.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, JsonSchema, Serialize, Deserialize)]
pub struct Usage {
    /// Told.
    pub prompt: u32,
    /// Said.
    pub completion: u32,
}

/// A reply failed.
#[derive(Debug, Clone, JsonSchema, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "spec"), derive(PartialEq))]
pub struct ReplyFailed {
    /// The reply.
    pub reply: ReplyId,
    /// Why, as a stable name in kebab-case.
    pub reason: String,
    /// Why, in a sentence for people.
    pub sentence: Private<String>,
    /// What was said until then; where a character said it, it stays, as an unfinished variant.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub partial: Option<Private<String>>,
    /// Which attempt this was, from 1.
    pub attempt: u32,
}

/// The person did not want the reply any more.
#[derive(Debug, Clone, JsonSchema, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "spec"), derive(PartialEq))]
pub struct ReplyCancelled {
    /// The reply.
    pub reply: ReplyId,
    /// What was said until then; where a character said it, it stays, as an unfinished variant.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub partial: Option<Private<String>>,
}

/// Another variant of a message counts now.
#[derive(Debug, Clone, PartialEq, Eq, JsonSchema, Serialize, Deserialize)]
pub struct VariantChosen {
    /// The message.
    pub message: MessageId,
    /// Which variant, from 0.
    pub variant: u32,
}

/// A person put it in other words.
#[derive(Debug, Clone, JsonSchema, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "spec"), derive(PartialEq))]
pub struct MessageEdited {
    /// The message.
    pub message: MessageId,
    /// What it says now.
    pub text: Private<String>,
}

/// A message left the story.
#[derive(Debug, Clone, PartialEq, Eq, JsonSchema, Serialize, Deserialize)]
pub struct MessageDeleted {
    /// The message.
    pub message: MessageId,
}

/// The conversation is called otherwise now.
#[derive(Debug, Clone, JsonSchema, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "spec"), derive(PartialEq))]
pub struct ConversationRenamed {
    /// How; nothing to call it nothing again.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub title: Option<Private<String>>,
}

/// The person takes part as somebody else now.
#[derive(Debug, Clone, JsonSchema, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "spec"), derive(PartialEq))]
pub struct ConversationPersonaChosen {
    /// As whom; none for nobody in particular.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub persona: Option<Private<Persona>>,
}

/// The conversation is over.
#[derive(Debug, Clone, Default, PartialEq, Eq, JsonSchema, Serialize, Deserialize)]
pub struct ConversationClosed {}

events! {
    /// What can happen in a conversation.
    ConversationEvent in Conversation {
        ConversationStarted @ 1,
        ConversationBranched @ 1,
        ConversationAdopted @ 1,
        HistoryAdopted @ 1,
        CharacterGreeted @ 1,
        MessageSent @ 1,
        ReplyRequested @ 1,
        ImpersonationRequested @ 1,
        ReplyCompleted @ 1,
        ReplyFailed @ 1,
        ReplyCancelled @ 1,
        VariantChosen @ 1,
        MessageEdited @ 1,
        MessageDeleted @ 1,
        ConversationRenamed @ 1,
        ConversationPersonaChosen @ 1,
        ConversationClosed @ 1,
    }
}

#[cfg(test)]
mod spec {
    use serde_json::json;

    use super::*;
    use crate::{persona::Position, spec::id};

    /// What personas learnt to say later is written only where they say it, so that old ones keep their form.
    #[test]
    fn a_place_and_an_id_are_written_where_there_is_something_to_say() {
        let plain = Persona { name: "Mira".into(), description: "A sailor.".into(), ..Persona::default() };
        let old = json!({"name": "Mira", "description": "A sailor."});
        assert_eq!(serde_json::to_value(&plain).unwrap(), old);
        assert_eq!(serde_json::from_value::<Persona>(old).unwrap(), plain);

        let placement = Placement { position: Position::AtDepth, ..Placement::default() };
        let placed = Persona { placement, id: Some(id(40)), ..plain };
        let form = serde_json::to_value(&placed).unwrap();
        assert_eq!(form["placement"], json!({"position": "at_depth", "depth": 2, "role": "system"}));
        assert_eq!(serde_json::from_value::<Persona>(form).unwrap(), placed);
    }
}
