//! RestorePersona: a retired persona may be chosen again.

use super::{Persona, PersonaEvent, PersonaRejected, PersonaRestored, Standing};
use crate::{Command, user::UserId};

/// Take a persona out again.
#[derive(Debug, Clone)]
pub struct RestorePersona {
    /// Who wants it.
    pub by: UserId,
}

impl Command<Persona> for RestorePersona {
    const NAME: &'static str = "restore_persona";

    type Rejection = PersonaRejected;

    fn decide(&self, persona: &Persona) -> Result<Vec<PersonaEvent>, PersonaRejected> {
        match persona.owned_by(self.by)?.standing {
            Standing::Active => Ok(vec![]),
            Standing::Retired => Ok(vec![PersonaRestored {}.into()]),
        }
    }
}

#[cfg(test)]
mod spec {
    use super::*;
    use crate::{
        persona::{
            PersonaRetired,
            spec::{created, mira},
        },
        spec::{given, given_nothing},
    };

    fn restore() -> RestorePersona {
        RestorePersona { by: mira() }
    }

    #[test]
    fn a_retired_persona_comes_back_once() {
        given::<Persona>([created(), PersonaRetired {}.into()])
            .when(restore())
            .then([PersonaRestored {}.into()]);
        given::<Persona>([created()]).when(restore()).then_nothing();
    }

    #[test]
    fn none_cannot_be_restored() {
        given_nothing::<Persona>().when(restore()).then_rejected(PersonaRejected::UnknownPersona);
    }
}
