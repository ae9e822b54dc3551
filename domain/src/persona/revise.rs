//! RevisePersona: a persona is somebody else in part. Conversations that are held as it hear of it from their next reply.

use super::{Persona, PersonaEvent, PersonaRejected, PersonaRevised, Profile};
use crate::{Command, user::UserId};

/// Let it be this one.
#[derive(Debug, Clone)]
pub struct RevisePersona {
    /// Who wants it.
    pub by: UserId,
    /// All of it.
    pub profile: Profile,
}

impl Command<Persona> for RevisePersona {
    const NAME: &'static str = "revise_persona";

    type Rejection = PersonaRejected;

    fn decide(&self, persona: &Persona) -> Result<Vec<PersonaEvent>, PersonaRejected> {
        let guise = persona.active_of(self.by)?;
        self.profile.check()?;
        if guise.profile == self.profile {
            return Ok(vec![]);
        }
        Ok(vec![PersonaRevised { profile: Box::new(self.profile.clone()).into() }.into()])
    }
}

#[cfg(test)]
mod spec {
    use super::*;
    use crate::{
        bounds::OutOfBounds,
        persona::{
            PersonaRetired, Placement, Position,
            spec::{captain, created, mira, vlad},
        },
        spec::given,
    };

    fn deeper() -> Profile {
        let placement = Placement { position: Position::AtDepth, depth: 4, ..Placement::default() };
        Profile { placement, ..captain() }
    }

    fn revise(profile: Profile) -> RevisePersona {
        RevisePersona { by: mira(), profile }
    }

    #[test]
    fn a_persona_is_revised_once() {
        let revised: PersonaEvent = PersonaRevised { profile: Box::new(deeper()).into() }.into();
        given::<Persona>([created()]).when(revise(deeper())).then([revised.clone()]);
        given::<Persona>([created(), revised]).when(revise(deeper())).then_nothing();
    }

    #[test]
    fn its_name_cannot_be_taken_away() {
        given::<Persona>([created()])
            .when(revise(Profile::default()))
            .then_rejected(OutOfBounds::Empty { what: "the name" }.into());
    }

    #[test]
    fn somebody_elses_persona_and_a_retired_one_stay_as_they_are() {
        given::<Persona>([created()])
            .when(RevisePersona { by: vlad(), ..revise(deeper()) })
            .then_rejected(PersonaRejected::UnknownPersona);
        given::<Persona>([created(), PersonaRetired {}.into()])
            .when(revise(deeper()))
            .then_rejected(PersonaRejected::Retired);
    }
}
