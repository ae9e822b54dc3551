//! StartConversation: a person sits down with one or several characters, one of whom may speak first.

use super::{
    CharacterGreeted, Conversation, ConversationEvent, ConversationRejected, ConversationStarted, MessageId,
    Persona,
};
use crate::{Command, Private, bounds, character::CharacterId, user::UserId};

/// Begin a conversation.
#[derive(Debug, Clone)]
pub struct StartConversation {
    /// Whose it will be.
    pub owner: UserId,
    /// Who takes part, in the order in which they speak.
    pub characters: Vec<CharacterId>,
    /// What it is called.
    pub title: Option<String>,
    /// As whom the owner takes part.
    pub persona: Option<Persona>,
    /// Who speaks first.
    pub greeting: Option<Greeting>,
}

/// What a character says first.
#[derive(Debug, Clone)]
pub struct Greeting {
    /// The message.
    pub message: MessageId,
    /// Who says it.
    pub character: CharacterId,
    /// Its greetings, as variants.
    pub variants: Vec<String>,
    /// Which of them counts, from 0.
    pub chosen: u32,
}

impl StartConversation {
    fn check(&self) -> Result<(), ConversationRejected> {
        check_company(&self.characters, self.title.as_deref(), self.persona.as_ref())?;
        let Some(greeting) = &self.greeting else { return Ok(()) };
        if !self.characters.contains(&greeting.character) {
            return Err(ConversationRejected::NotTakingPart);
        }
        bounds::count("greetings", greeting.variants.len(), bounds::LIST)?;
        greeting.variants.iter().try_for_each(|words| bounds::text("a greeting", words, bounds::REPLY))?;
        let chosen = usize::try_from(greeting.chosen).unwrap_or(usize::MAX);
        if chosen >= greeting.variants.len() {
            return Err(ConversationRejected::UnknownVariant);
        }
        Ok(())
    }

    fn events(&self) -> Vec<ConversationEvent> {
        let Self { owner, characters, title, persona, greeting } = self.clone();
        let (title, persona) = (title.map(Private::Known), persona.map(Private::Known));
        let started = ConversationStarted { owner, characters, title, persona }.into();
        let greeted = greeting.map(|Greeting { message, character, variants, chosen }| {
            let variants = variants.into_iter().map(Private::Known).collect();
            CharacterGreeted { message, character, variants, chosen }.into()
        });
        std::iter::once(started).chain(greeted).collect()
    }
}

/// Holds if these may sit together under this title.
pub(super) fn check_company(
    characters: &[CharacterId],
    title: Option<&str>,
    persona: Option<&Persona>,
) -> Result<(), ConversationRejected> {
    if characters.is_empty() {
        return Err(ConversationRejected::NobodyThere);
    }
    bounds::count("characters in a conversation", characters.len(), bounds::CHARACTERS)?;
    if characters.iter().enumerate().any(|(at, character)| characters[..at].contains(character)) {
        return Err(ConversationRejected::TwiceTheSame);
    }
    bounds::text("the title", title.unwrap_or_default(), bounds::NAME)?;
    check_persona(persona)
}

/// Holds if somebody may take part as this one.
pub(super) fn check_persona(persona: Option<&Persona>) -> Result<(), ConversationRejected> {
    let Some(persona) = persona else { return Ok(()) };
    bounds::spoken("the persona's name", &persona.name, bounds::NAME)?;
    Ok(bounds::text("the persona's description", &persona.description, bounds::TEXT)?)
}

impl Command<Conversation> for StartConversation {
    const NAME: &'static str = "start_conversation";

    type Rejection = ConversationRejected;

    fn decide(&self, conversation: &Conversation) -> Result<Vec<ConversationEvent>, ConversationRejected> {
        self.check()?;
        match conversation {
            Conversation::Unknown => Ok(self.events()),
            Conversation::Open(room) if room.owner == self.owner && room.characters == self.characters => {
                Ok(vec![])
            }
            Conversation::Gathering { .. } | Conversation::Open(_) | Conversation::Closed(_) => {
                Err(ConversationRejected::AlreadyHere)
            }
        }
    }
}

#[cfg(test)]
mod spec {
    use super::*;
    use crate::{
        bounds::OutOfBounds,
        conversation::spec::{aqua, bard, greeted, mira, started},
        spec::{given, given_nothing, id},
    };

    fn start() -> StartConversation {
        StartConversation {
            owner: mira(),
            characters: vec![aqua(), bard()],
            title: None,
            persona: None,
            greeting: None,
        }
    }

    fn greeting() -> Greeting {
        Greeting {
            message: id(50),
            character: aqua(),
            variants: vec!["Splash.".into(), "Drip.".into()],
            chosen: 0,
        }
    }

    #[test]
    fn a_conversation_begins() {
        given_nothing::<Conversation>().when(start()).then([started()]);
    }

    #[test]
    fn a_character_speaks_first() {
        given_nothing::<Conversation>()
            .when(StartConversation { greeting: Some(greeting()), ..start() })
            .then([started(), greeted()]);
    }

    #[test]
    fn the_same_one_twice_says_nothing() {
        given::<Conversation>([started()]).when(start()).then_nothing();
    }

    #[test]
    fn an_empty_room_is_refused() {
        given_nothing::<Conversation>()
            .when(StartConversation { characters: vec![], ..start() })
            .then_rejected(ConversationRejected::NobodyThere);
    }

    #[test]
    fn nobody_sits_down_twice() {
        given_nothing::<Conversation>()
            .when(StartConversation { characters: vec![aqua(), bard(), aqua()], ..start() })
            .then_rejected(ConversationRejected::TwiceTheSame);
    }

    #[test]
    fn a_crowd_is_refused() {
        let crowd = (0..17).map(|number| id(1_000 + number)).collect();
        given_nothing::<Conversation>()
            .when(StartConversation { characters: crowd, ..start() })
            .then_rejected(OutOfBounds::TooMany { what: "characters in a conversation", most: 16 }.into());
    }

    #[test]
    fn a_greeting_is_one_of_its_variants() {
        given_nothing::<Conversation>()
            .when(StartConversation { greeting: Some(Greeting { chosen: 2, ..greeting() }), ..start() })
            .then_rejected(ConversationRejected::UnknownVariant);
    }
}
