//! RepaintPersona: a persona gets another picture, or none.

use super::{Persona, PersonaEvent, PersonaRejected, PersonaRepainted};
use crate::{Command, Private, character::Picture, user::UserId};

/// Show it by this picture.
#[derive(Debug, Clone)]
pub struct RepaintPersona {
    /// Who wants it.
    pub by: UserId,
    /// The picture; none to show none.
    pub picture: Option<Picture>,
}

impl Command<Persona> for RepaintPersona {
    const NAME: &'static str = "repaint_persona";

    type Rejection = PersonaRejected;

    fn decide(&self, persona: &Persona) -> Result<Vec<PersonaEvent>, PersonaRejected> {
        if persona.active_of(self.by)?.picture == self.picture {
            return Ok(vec![]);
        }
        Ok(vec![PersonaRepainted { picture: self.picture.clone().map(Private::Known) }.into()])
    }
}

#[cfg(test)]
mod spec {
    use super::*;
    use crate::{
        persona::{
            PersonaRetired,
            spec::{created, mira, vlad},
        },
        spec::given,
    };

    fn repaint(picture: Option<Picture>) -> RepaintPersona {
        RepaintPersona { by: mira(), picture }
    }

    fn sketch() -> Picture {
        Picture { digest: "ab".repeat(32), media_type: "image/png".into() }
    }

    fn painted(picture: Option<Picture>) -> PersonaEvent {
        PersonaRepainted { picture: picture.map(Private::Known) }.into()
    }

    #[test]
    fn a_picture_is_given_once_and_taken_away_once() {
        given::<Persona>([created()]).when(repaint(None)).then_nothing();
        given::<Persona>([created()]).when(repaint(Some(sketch()))).then([painted(Some(sketch()))]);
        let painted_one = given::<Persona>([created(), painted(Some(sketch()))]);
        painted_one.when(repaint(Some(sketch()))).then_nothing();
        painted_one.when(repaint(None)).then([painted(None)]);
    }

    #[test]
    fn only_the_owner_of_an_active_persona_may() {
        given::<Persona>([created()])
            .when(RepaintPersona { by: vlad(), ..repaint(Some(sketch())) })
            .then_rejected(PersonaRejected::UnknownPersona);
        given::<Persona>([created(), PersonaRetired {}.into()])
            .when(repaint(Some(sketch())))
            .then_rejected(PersonaRejected::Retired);
    }
}
