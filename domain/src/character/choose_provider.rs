//! ChooseCharacterProvider: the owner says which model speaks for a character.

use super::{ChangeRejected, Character, CharacterEvent, CharacterProviderChosen};
use crate::{Command, provider::ProviderChoice, user::UserId};

/// Let this model speak for the character, whatever the owner's and the house's settings say.
#[derive(Debug, Clone)]
pub struct ChooseCharacterProvider {
    /// Who wants it.
    pub by: UserId,
    /// The settings; empty to go back to the owner's.
    pub provider: ProviderChoice,
}

impl Command<Character> for ChooseCharacterProvider {
    const NAME: &'static str = "choose_character_provider";

    type Rejection = ChangeRejected;

    fn decide(&self, character: &Character) -> Result<Vec<CharacterEvent>, ChangeRejected> {
        let sheet = character.active_of(self.by)?;
        self.provider.check()?;
        if sheet.provider == self.provider {
            return Ok(vec![]);
        }
        Ok(vec![CharacterProviderChosen { provider: self.provider.clone().into() }.into()])
    }
}

#[cfg(test)]
mod spec {
    use super::*;
    use crate::{
        character::spec::{imported, mira},
        spec::given,
    };

    #[test]
    fn a_choice_is_taken_once() {
        let provider =
            ProviderChoice { settings: [("kind".to_owned(), "demo".to_owned())].into(), sealed: None };
        let choose = || ChooseCharacterProvider { by: mira(), provider: provider.clone() };
        let chosen: CharacterEvent = CharacterProviderChosen { provider: provider.clone().into() }.into();
        given::<Character>([imported()]).when(choose()).then([chosen.clone()]);
        given::<Character>([imported(), chosen]).when(choose()).then_nothing();
    }
}
