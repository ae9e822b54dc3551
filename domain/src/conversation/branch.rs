//! BranchConversation: a new conversation begins where another one stood at a message of its past.
//!
//! The branch takes the words with it, so that it stands on its own, whatever becomes of its source. A long history
//! does not fit into one commit: it comes in by [`AdoptHistory`], in parts that nobody sees, and the branch begins
//! with the last part.

use std::collections::BTreeSet;

use super::{
    AdoptedMessage, Conversation, ConversationBranched, ConversationEvent, ConversationId,
    ConversationRejected, HistoryAdopted, Message, MessageId, Persona, start::check_company,
};
use crate::{Command, Private, bounds, character::CharacterId, user::UserId};

/// Take in a part of the history, before the branch begins.
#[derive(Debug, Clone)]
pub struct AdoptHistory {
    /// Whose conversation it will be.
    pub owner: UserId,
    /// The messages, in order.
    pub messages: Vec<AdoptedMessage>,
}

/// Begin the branch.
#[derive(Debug, Clone)]
pub struct BranchConversation {
    /// Whose it will be.
    pub owner: UserId,
    /// The conversation that it leaves.
    pub source: ConversationId,
    /// The message of it after which.
    pub at: MessageId,
    /// Who takes part, in the order in which they speak.
    pub characters: Vec<CharacterId>,
    /// What it is called.
    pub title: Option<String>,
    /// As whom the owner takes part.
    pub persona: Option<Persona>,
    /// The rest of the history.
    pub messages: Vec<AdoptedMessage>,
}

pub(super) fn check(before: &[Message], messages: &[AdoptedMessage]) -> Result<(), ConversationRejected> {
    bounds::count("messages in a conversation", before.len() + messages.len(), bounds::MESSAGES)?;
    for message in messages {
        bounds::count("variants of a message", message.variants.len(), bounds::VARIANTS.max(bounds::LIST))?;
        message
            .variants
            .iter()
            .try_for_each(|words| bounds::text("a message", words.words(), bounds::REPLY))?;
        let chosen = usize::try_from(message.chosen).unwrap_or(usize::MAX);
        if chosen >= message.variants.len() {
            return Err(ConversationRejected::UnknownVariant);
        }
    }
    Ok(())
}

/// Those that are not here yet, each once.
pub(super) fn news(before: &[Message], messages: &[AdoptedMessage]) -> Vec<AdoptedMessage> {
    let mut known: BTreeSet<_> = before.iter().map(|message| message.id).collect();
    messages.iter().filter(|message| known.insert(message.message)).cloned().collect()
}

impl Command<Conversation> for AdoptHistory {
    const NAME: &'static str = "adopt_history";

    type Rejection = ConversationRejected;

    fn decide(&self, conversation: &Conversation) -> Result<Vec<ConversationEvent>, ConversationRejected> {
        let before = conversation.gathered(self.owner)?;
        check(before, &self.messages)?;
        let messages = news(before, &self.messages);
        if messages.is_empty() {
            return Ok(vec![]);
        }
        Ok(vec![HistoryAdopted { owner: self.owner, messages }.into()])
    }
}

impl Command<Conversation> for BranchConversation {
    const NAME: &'static str = "branch_conversation";

    type Rejection = ConversationRejected;

    fn decide(&self, conversation: &Conversation) -> Result<Vec<ConversationEvent>, ConversationRejected> {
        check_company(&self.characters, self.title.as_deref(), self.persona.as_ref())?;
        if let Conversation::Open(room) = conversation
            && room.owner == self.owner
            && room.characters == self.characters
        {
            return Ok(vec![]);
        }
        let before = conversation.gathered(self.owner)?;
        check(before, &self.messages)?;
        let messages = news(before, &self.messages);
        let Self { owner, source, at, characters, title, persona, .. } = self.clone();
        let (title, persona) = (title.map(Private::Known), persona.map(Private::Known));
        let branched = ConversationBranched { owner, source, at, characters, title, persona }.into();
        let adopted = (!messages.is_empty()).then(|| HistoryAdopted { owner, messages }.into());
        Ok(std::iter::once(branched).chain(adopted).collect())
    }
}

#[cfg(test)]
mod spec {
    use super::*;
    use crate::{
        conversation::{
            Speaker,
            spec::{aqua, mira, vlad},
        },
        spec::{given, given_nothing, id},
    };
    use time::OffsetDateTime;

    fn adopted(number: u128) -> AdoptedMessage {
        AdoptedMessage {
            message: id(number),
            origin: id(number + 1_000),
            speaker: Speaker::User(mira()),
            variants: vec!["Hello".into()],
            chosen: 0,
            at: OffsetDateTime::UNIX_EPOCH,
            name: None,
            hidden: false,
        }
    }

    fn branch(messages: Vec<AdoptedMessage>) -> BranchConversation {
        BranchConversation {
            owner: mira(),
            source: id(30),
            at: id(1_060),
            characters: vec![aqua()],
            title: None,
            persona: None,
            messages,
        }
    }

    fn branched() -> ConversationEvent {
        let BranchConversation { owner, source, at, characters, title, persona, .. } = branch(vec![]);
        let (title, persona) = (title.map(Private::Known), persona.map(Private::Known));
        ConversationBranched { owner, source, at, characters, title, persona }.into()
    }

    fn history(messages: impl Into<Vec<AdoptedMessage>>) -> ConversationEvent {
        HistoryAdopted { owner: mira(), messages: messages.into() }.into()
    }

    #[test]
    fn a_short_history_comes_with_the_branch() {
        given_nothing::<Conversation>()
            .when(branch(vec![adopted(60)]))
            .then([branched(), history([adopted(60)])]);
    }

    #[test]
    fn a_long_history_comes_in_parts() {
        given::<Conversation>([history([adopted(60)])])
            .when(AdoptHistory { owner: mira(), messages: vec![adopted(60), adopted(61)] })
            .then([history([adopted(61)])]);
        given::<Conversation>([history([adopted(60)]), history([adopted(61)])])
            .when(branch(vec![adopted(62)]))
            .then([branched(), history([adopted(62)])]);
    }

    #[test]
    fn no_message_comes_in_twice() {
        given::<Conversation>([history([adopted(60)])])
            .when(branch(vec![adopted(60), adopted(61), adopted(61)]))
            .then([branched(), history([adopted(61)])]);
    }

    #[test]
    fn a_branch_begins_once() {
        given::<Conversation>([branched(), history([adopted(60)])])
            .when(branch(vec![adopted(60)]))
            .then_nothing();
    }

    #[test]
    fn nobody_goes_on_with_what_somebody_else_gathers() {
        let gathering = given::<Conversation>([history([adopted(60)])]);
        gathering
            .when(AdoptHistory { owner: vlad(), messages: vec![adopted(61)] })
            .then_rejected(ConversationRejected::AlreadyHere);
        gathering
            .when(BranchConversation { owner: vlad(), ..branch(vec![]) })
            .then_rejected(ConversationRejected::AlreadyHere);
    }

    #[test]
    fn a_conversation_that_goes_on_takes_no_history_in() {
        given::<Conversation>([branched()])
            .when(AdoptHistory { owner: mira(), messages: vec![adopted(60)] })
            .then_rejected(ConversationRejected::AlreadyHere);
    }
}
