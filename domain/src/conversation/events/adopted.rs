//! What can happen to a conversation before it begins here: it takes in what was said before, in another one or elsewhere.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::{Persona, Speaker};
use crate::{Private, character::CharacterId, conversation::MessageId, private::present, user::UserId};

/// A conversation that was said elsewhere was taken in, and goes on here.
#[derive(Debug, Clone, JsonSchema, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "spec"), derive(PartialEq))]
pub struct ConversationAdopted {
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
    /// What it was read from.
    pub manuscript: Private<Manuscript>,
}

/// The file that a conversation was read from, as it came.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manuscript {
    /// SHA-256 of its bytes, under which it is kept.
    pub digest: String,
    /// Which of the chats in it, from 0.
    pub chat: u32,
}

/// A branch, or a conversation from elsewhere, took in what was said before it began.
#[derive(Debug, Clone, JsonSchema, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "spec"), derive(PartialEq))]
pub struct HistoryAdopted {
    /// Whose conversation it will be.
    pub owner: UserId,
    /// The messages, in order.
    pub messages: Vec<AdoptedMessage>,
}

/// A message that was said elsewhere.
#[derive(Debug, Clone, JsonSchema, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "spec"), derive(PartialEq))]
pub struct AdoptedMessage {
    /// Its id here.
    pub message: MessageId,
    /// Its id there.
    pub origin: MessageId,
    /// Who says it.
    pub speaker: Speaker,
    /// All its variants.
    pub variants: Vec<Private<String>>,
    /// Which of them counts, from 0.
    pub chosen: u32,
    /// When it was said.
    #[serde(with = "time::serde::rfc3339")]
    #[schemars(with = "String")]
    pub at: OffsetDateTime,
    /// Under which name, where it is not the speaker's own.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub name: Option<Private<String>>,
    /// Whether the model is not told it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub hidden: bool,
}

#[cfg(test)]
mod spec {
    use super::*;
    use crate::spec::id;

    /// What messages learnt to say later is written only where they say it, so that old ones keep their form.
    #[test]
    fn a_name_and_what_is_hidden_are_written_where_there_is_something_to_say() {
        let form = |message: &AdoptedMessage| serde_json::to_value(message).unwrap();
        let mut message = AdoptedMessage {
            message: id(60),
            origin: id(50),
            speaker: Speaker::Narrator,
            variants: vec!["It rains.".into()],
            chosen: 0,
            at: OffsetDateTime::UNIX_EPOCH,
            name: Some("The weather".into()),
            hidden: true,
        };
        let written = form(&message);
        assert_eq!(written["speaker"], "Narrator");
        assert_eq!((&written["name"], &written["hidden"]), (&"The weather".into(), &true.into()));
        assert_eq!(serde_json::from_value::<AdoptedMessage>(written).unwrap(), message);

        (message.name, message.hidden) = (None, false);
        let written = form(&message);
        assert!(written.get("name").is_none() && written.get("hidden").is_none());
        assert_eq!(serde_json::from_value::<AdoptedMessage>(written).unwrap(), message);
    }
}
