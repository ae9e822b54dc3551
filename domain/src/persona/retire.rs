//! RetirePersona: a persona is chosen no more, until it is restored. Conversations that are held as it go on.

use super::{Persona, PersonaEvent, PersonaRejected, PersonaRetired, Standing};
use crate::{Command, user::UserId};

/// Put a persona away.
#[derive(Debug, Clone)]
pub struct RetirePersona {
    /// Who wants it.
    pub by: UserId,
}

impl Command<Persona> for RetirePersona {
    const NAME: &'static str = "retire_persona";

    type Rejection = PersonaRejected;

    fn decide(&self, persona: &Persona) -> Result<Vec<PersonaEvent>, PersonaRejected> {
        match persona.owned_by(self.by)?.standing {
            Standing::Active => Ok(vec![PersonaRetired {}.into()]),
            Standing::Retired => Ok(vec![]),
        }
    }
}

#[cfg(test)]
mod spec {
    use super::*;
    use crate::{
        persona::spec::{created, mira, vlad},
        spec::given,
    };

    #[test]
    fn a_persona_is_retired_once() {
        let retire = || RetirePersona { by: mira() };
        given::<Persona>([created()]).when(retire()).then([PersonaRetired {}.into()]);
        given::<Persona>([created(), PersonaRetired {}.into()]).when(retire()).then_nothing();
    }

    #[test]
    fn somebody_elses_persona_is_unknown() {
        given::<Persona>([created()])
            .when(RetirePersona { by: vlad() })
            .then_rejected(PersonaRejected::UnknownPersona);
    }
}
