//! AdoptConversation: a conversation that was said elsewhere is taken in, and goes on here.
//!
//! It comes as a branch does: a long history by [`AdoptHistory`](super::AdoptHistory), in parts that nobody sees, and the
//! conversation begins with the last part. Its id follows from its owner and the file, so whoever brings the same file
//! again means the same conversation, and what became of it since stays.
//!
//! Decides nothing when the conversation is here already, open or closed.

use super::{
    AdoptedMessage, Conversation, ConversationAdopted, ConversationEvent, ConversationRejected,
    HistoryAdopted, Manuscript, Persona,
    branch::{check, news},
    start::check_company,
};
use crate::{Command, Private, character::CharacterId, user::UserId};

/// Take in what was said elsewhere.
#[derive(Debug, Clone)]
pub struct AdoptConversation {
    /// Whose it will be.
    pub owner: UserId,
    /// Who takes part, in the order in which they speak.
    pub characters: Vec<CharacterId>,
    /// What it is called.
    pub title: Option<String>,
    /// As whom the owner takes part.
    pub persona: Option<Persona>,
    /// What it is read from.
    pub manuscript: Manuscript,
    /// The rest of the history.
    pub messages: Vec<AdoptedMessage>,
}

impl Command<Conversation> for AdoptConversation {
    const NAME: &'static str = "adopt_conversation";

    type Rejection = ConversationRejected;

    fn decide(&self, conversation: &Conversation) -> Result<Vec<ConversationEvent>, ConversationRejected> {
        check_company(&self.characters, self.title.as_deref(), self.persona.as_ref())?;
        if conversation.owned_by(self.owner).is_ok() {
            return Ok(vec![]);
        }
        let before = conversation.gathered(self.owner)?;
        check(before, &self.messages)?;
        let messages = news(before, &self.messages);
        let Self { owner, characters, title, persona, manuscript, .. } = self.clone();
        let (title, persona) = (title.map(Private::Known), persona.map(Private::Known));
        let manuscript = manuscript.into();
        let adopted = ConversationAdopted { owner, characters, title, persona, manuscript }.into();
        let history = (!messages.is_empty()).then(|| HistoryAdopted { owner, messages }.into());
        Ok(std::iter::once(adopted).chain(history).collect())
    }
}

#[cfg(test)]
mod spec {
    use time::OffsetDateTime;

    use super::*;
    use crate::{
        conversation::{
            ConversationClosed, Speaker,
            spec::{aqua, mira, vlad},
        },
        spec::{given, given_nothing, id},
    };

    fn said(number: u128) -> AdoptedMessage {
        AdoptedMessage {
            message: id(number),
            origin: id(number),
            speaker: Speaker::Character(aqua()),
            variants: vec!["Splash.".into(), "Drip.".into()],
            chosen: 1,
            at: OffsetDateTime::UNIX_EPOCH,
            name: None,
            hidden: false,
        }
    }

    fn adopt(messages: impl Into<Vec<AdoptedMessage>>) -> AdoptConversation {
        AdoptConversation {
            owner: mira(),
            characters: vec![aqua()],
            title: Some("By the sea".into()),
            persona: None,
            manuscript: Manuscript { digest: "ee55".into(), chat: 0 },
            messages: messages.into(),
        }
    }

    fn adopted() -> ConversationEvent {
        let AdoptConversation { owner, characters, title, persona, manuscript, .. } = adopt([]);
        let (title, persona) = (title.map(Private::Known), persona.map(Private::Known));
        let manuscript = manuscript.into();
        ConversationAdopted { owner, characters, title, persona, manuscript }.into()
    }

    fn history(messages: impl Into<Vec<AdoptedMessage>>) -> ConversationEvent {
        HistoryAdopted { owner: mira(), messages: messages.into() }.into()
    }

    #[test]
    fn what_was_said_elsewhere_goes_on_here() {
        given_nothing::<Conversation>().when(adopt([said(60)])).then([adopted(), history([said(60)])]);
    }

    #[test]
    fn what_came_in_before_it_broke_off_does_not_come_in_again() {
        given::<Conversation>([history([said(60)])])
            .when(adopt([said(60), said(61)]))
            .then([adopted(), history([said(61)])]);
    }

    #[test]
    fn brought_again_it_says_nothing_even_when_it_is_closed() {
        given::<Conversation>([adopted(), history([said(60)])]).when(adopt([said(60)])).then_nothing();
        given::<Conversation>([adopted(), ConversationClosed {}.into()])
            .when(adopt([said(60)]))
            .then_nothing();
    }

    #[test]
    fn nobody_takes_in_what_is_somebody_elses() {
        given::<Conversation>([adopted()])
            .when(AdoptConversation { owner: vlad(), ..adopt([]) })
            .then_rejected(ConversationRejected::AlreadyHere);
    }

    #[test]
    fn a_message_says_one_of_its_variants() {
        given_nothing::<Conversation>()
            .when(adopt([AdoptedMessage { chosen: 2, ..said(60) }]))
            .then_rejected(ConversationRejected::UnknownVariant);
    }
}
