//! CreateCharacter: a character is made up here, without a card.

use super::{Character, CharacterCreated, CharacterEvent, NewRejected, Profile};
use crate::{Command, user::UserId};

/// Make a character up.
#[derive(Debug, Clone)]
pub struct CreateCharacter {
    /// Whose it will be.
    pub owner: UserId,
    /// Who it is.
    pub profile: Profile,
}

impl Command<Character> for CreateCharacter {
    const NAME: &'static str = "create_character";

    type Rejection = NewRejected;

    fn decide(&self, character: &Character) -> Result<Vec<CharacterEvent>, NewRejected> {
        self.profile.check()?;
        match character {
            Character::Unknown => {
                let Self { owner, profile } = self.clone();
                Ok(vec![CharacterCreated { owner, profile: Box::new(profile).into() }.into()])
            }
            Character::Known(sheet) if sheet.owner == self.owner && sheet.profile == self.profile => {
                Ok(vec![])
            }
            Character::Known(_) => Err(NewRejected::AlreadyHere),
        }
    }
}

#[cfg(test)]
mod spec {
    use super::*;
    use crate::{
        character::spec::{aqua, mira, vlad},
        spec::{given, given_nothing},
    };

    fn created() -> CharacterEvent {
        CharacterCreated { owner: mira(), profile: Box::new(aqua()).into() }.into()
    }

    #[test]
    fn a_character_is_made_up() {
        given_nothing::<Character>()
            .when(CreateCharacter { owner: mira(), profile: aqua() })
            .then([created()]);
    }

    #[test]
    fn the_same_one_twice_says_nothing() {
        given::<Character>([created()])
            .when(CreateCharacter { owner: mira(), profile: aqua() })
            .then_nothing();
    }

    #[test]
    fn an_id_that_is_taken_is_refused() {
        given::<Character>([created()])
            .when(CreateCharacter { owner: vlad(), profile: aqua() })
            .then_rejected(NewRejected::AlreadyHere);
    }
}
