//! ChooseConversationPersona: its owner takes part as somebody else from now on. What was said stays as it was said.

use super::{
    Conversation, ConversationEvent, ConversationPersonaChosen, ConversationRejected, Persona,
    start::check_persona,
};
use crate::{Command, Private, user::UserId};

/// Go on as this one.
#[derive(Debug, Clone)]
pub struct ChooseConversationPersona {
    /// Who wants it.
    pub by: UserId,
    /// As whom; none for nobody in particular.
    pub persona: Option<Persona>,
}

impl Command<Conversation> for ChooseConversationPersona {
    const NAME: &'static str = "choose_conversation_persona";

    type Rejection = ConversationRejected;

    fn decide(&self, conversation: &Conversation) -> Result<Vec<ConversationEvent>, ConversationRejected> {
        let room = conversation.open_to(self.by)?;
        check_persona(self.persona.as_ref())?;
        if room.is_held_as(self.persona.as_ref()) {
            return Ok(vec![]);
        }
        Ok(vec![ConversationPersonaChosen { persona: self.persona.clone().map(Private::Known) }.into()])
    }
}

#[cfg(test)]
mod spec {
    use super::*;
    use crate::{
        bounds::OutOfBounds,
        conversation::{
            ConversationClosed, ConversationStarted,
            spec::{aqua, mira, started, vlad},
        },
        spec::{given, id},
    };

    fn captain() -> Persona {
        Persona { name: "Captain".into(), id: Some(id(40)), ..Persona::default() }
    }

    fn choose(persona: Option<Persona>) -> ChooseConversationPersona {
        ChooseConversationPersona { by: mira(), persona }
    }

    fn chosen(persona: Option<Persona>) -> ConversationEvent {
        ConversationPersonaChosen { persona: persona.map(Private::Known) }.into()
    }

    #[test]
    fn a_persona_is_chosen_once_and_laid_down_once() {
        given::<Conversation>([started()]).when(choose(None)).then_nothing();
        given::<Conversation>([started()]).when(choose(Some(captain()))).then([chosen(Some(captain()))]);
        let chose = given::<Conversation>([started(), chosen(Some(captain()))]);
        chose.when(choose(Some(captain()))).then_nothing();
        chose.when(choose(None)).then([chosen(None)]);
    }

    #[test]
    fn as_whom_a_conversation_began_is_nothing_new_and_who_changed_since_is() {
        let (owner, persona) = (mira(), Some(captain().into()));
        let began = ConversationStarted { owner, characters: vec![aqua()], title: None, persona }.into();
        let here = given::<Conversation>([began]);
        here.when(choose(Some(captain()))).then_nothing();
        let older = Persona { description: "Grey by now.".into(), ..captain() };
        here.when(choose(Some(older.clone()))).then([chosen(Some(older))]);
    }

    #[test]
    fn nobody_is_called_nothing() {
        given::<Conversation>([started()])
            .when(choose(Some(Persona::default())))
            .then_rejected(OutOfBounds::Empty { what: "the persona's name" }.into());
    }

    #[test]
    fn only_the_owner_of_an_open_conversation_may() {
        given::<Conversation>([started()])
            .when(ChooseConversationPersona { by: vlad(), ..choose(None) })
            .then_rejected(ConversationRejected::UnknownConversation);
        given::<Conversation>([started(), ConversationClosed {}.into()])
            .when(choose(Some(captain())))
            .then_rejected(ConversationRejected::Closed);
    }
}
