//! ImportCharacter: a character comes in on a card.

use super::{Character, CharacterEvent, CharacterImported, NewRejected, Original, Profile};
use crate::{Command, user::UserId};

/// Take a character into the house, as a card describes it.
#[derive(Debug, Clone)]
pub struct ImportCharacter {
    /// Whose it will be.
    pub owner: UserId,
    /// The card as it was read.
    pub profile: Profile,
    /// The card itself.
    pub original: Original,
}

impl Command<Character> for ImportCharacter {
    const NAME: &'static str = "import_character";

    type Rejection = NewRejected;

    fn decide(&self, character: &Character) -> Result<Vec<CharacterEvent>, NewRejected> {
        self.profile.check()?;
        match character {
            Character::Unknown => {
                let Self { owner, profile, original } = self.clone();
                let (profile, original) = (Box::new(profile).into(), original.into());
                Ok(vec![CharacterImported { owner, profile, original }.into()])
            }
            Character::Known(sheet)
                if sheet.owner == self.owner && sheet.original.as_ref() == Some(&self.original) =>
            {
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
        bounds::OutOfBounds,
        character::spec::{aqua, imported, mira, original},
        spec::{given, given_nothing},
    };

    fn import() -> ImportCharacter {
        ImportCharacter { owner: mira(), profile: aqua(), original: original() }
    }

    #[test]
    fn a_card_brings_a_character_in() {
        given_nothing::<Character>().when(import()).then([imported()]);
    }

    #[test]
    fn a_card_brought_twice_changes_nothing() {
        given::<Character>([imported()]).when(import()).then_nothing();
    }

    #[test]
    fn another_card_under_the_same_id_is_refused() {
        let other = Original { digest: "bb".into(), ..original() };
        given::<Character>([imported()])
            .when(ImportCharacter { original: other, ..import() })
            .then_rejected(NewRejected::AlreadyHere);
    }

    #[test]
    fn a_nameless_character_is_refused() {
        let mut nameless = aqua();
        nameless.description.name.clear();
        given_nothing::<Character>()
            .when(ImportCharacter { profile: nameless, ..import() })
            .then_rejected(OutOfBounds::Empty { what: "the name" }.into());
    }
}
