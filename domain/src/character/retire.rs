//! RetireCharacter: a character speaks no more, until it is restored.

use super::{ChangeRejected, Character, CharacterEvent, CharacterRetired, Standing};
use crate::{Command, user::UserId};

/// Let a character rest.
#[derive(Debug, Clone)]
pub struct RetireCharacter {
    /// Who wants it.
    pub by: UserId,
}

impl Command<Character> for RetireCharacter {
    const NAME: &'static str = "retire_character";

    type Rejection = ChangeRejected;

    fn decide(&self, character: &Character) -> Result<Vec<CharacterEvent>, ChangeRejected> {
        match character.owned_by(self.by)?.standing {
            Standing::Active => Ok(vec![CharacterRetired {}.into()]),
            Standing::Retired => Ok(vec![]),
        }
    }
}

#[cfg(test)]
mod spec {
    use super::*;
    use crate::{
        character::spec::{imported, mira, vlad},
        spec::given,
    };

    #[test]
    fn a_character_is_retired_once() {
        given::<Character>([imported()])
            .when(RetireCharacter { by: mira() })
            .then([CharacterRetired {}.into()]);
        given::<Character>([imported(), CharacterRetired {}.into()])
            .when(RetireCharacter { by: mira() })
            .then_nothing();
    }

    #[test]
    fn somebody_elses_character_is_unknown() {
        given::<Character>([imported()])
            .when(RetireCharacter { by: vlad() })
            .then_rejected(ChangeRejected::UnknownCharacter);
    }
}
