//! RestoreCharacter: a retired character speaks again.

use super::{ChangeRejected, Character, CharacterEvent, CharacterRestored, Standing};
use crate::{Command, user::UserId};

/// Wake a character up.
#[derive(Debug, Clone)]
pub struct RestoreCharacter {
    /// Who wants it.
    pub by: UserId,
}

impl Command<Character> for RestoreCharacter {
    const NAME: &'static str = "restore_character";

    type Rejection = ChangeRejected;

    fn decide(&self, character: &Character) -> Result<Vec<CharacterEvent>, ChangeRejected> {
        match character.owned_by(self.by)?.standing {
            Standing::Active => Ok(vec![]),
            Standing::Retired => Ok(vec![CharacterRestored {}.into()]),
        }
    }
}

#[cfg(test)]
mod spec {
    use super::*;
    use crate::{
        character::{
            CharacterRetired,
            spec::{imported, mira},
        },
        spec::{given, given_nothing},
    };

    #[test]
    fn a_retired_character_comes_back() {
        given::<Character>([imported(), CharacterRetired {}.into()])
            .when(RestoreCharacter { by: mira() })
            .then([CharacterRestored {}.into()]);
    }

    #[test]
    fn an_active_one_is_already_here() {
        given::<Character>([imported()]).when(RestoreCharacter { by: mira() }).then_nothing();
    }

    #[test]
    fn nobody_cannot_be_restored() {
        given_nothing::<Character>()
            .when(RestoreCharacter { by: mira() })
            .then_rejected(ChangeRejected::UnknownCharacter);
    }
}
