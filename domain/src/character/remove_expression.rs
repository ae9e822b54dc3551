//! RemoveExpression: a feeling of a character has no face any more.

use super::{Appearance, AppearanceRevised, ChangeRejected, Character, CharacterEvent};
use crate::{Command, user::UserId};

/// Take away every picture of a feeling, whether it came with the card or beside it.
#[derive(Debug, Clone)]
pub struct RemoveExpression {
    /// Who wants it.
    pub by: UserId,
    /// What the feeling is called.
    pub name: String,
}

impl Command<Character> for RemoveExpression {
    const NAME: &'static str = "remove_expression";

    type Rejection = ChangeRejected;

    fn decide(&self, character: &Character) -> Result<Vec<CharacterEvent>, ChangeRejected> {
        let now = &character.active_of(self.by)?.profile.appearance;
        let others = now.assets.iter().filter(|asset| !asset.expresses(&self.name));
        let appearance = Appearance { assets: others.cloned().collect(), ..now.clone() };
        if appearance == *now {
            return Ok(vec![]);
        }
        Ok(vec![AppearanceRevised { appearance: appearance.into() }.into()])
    }
}

#[cfg(test)]
mod spec {
    use super::*;
    use crate::{
        character::{
            CharacterRetired,
            spec::{asset, imported, mira, showing, vlad},
        },
        spec::given,
    };

    fn no_joy() -> RemoveExpression {
        RemoveExpression { by: mira(), name: "joy".into() }
    }

    #[test]
    fn all_pictures_of_the_feeling_go_and_nothing_else() {
        let (rain, anger) = (asset("background", "joy", "rain"), asset("emotion", "anger", "red"));
        let (joy, glee) = (asset("emotion", "joy", "a"), asset("expression", "joy", "b"));
        given::<Character>([imported(), showing([joy, rain.clone(), glee, anger.clone()])])
            .when(no_joy())
            .then([showing([rain, anger])]);
    }

    #[test]
    fn what_is_not_there_needs_no_removal() {
        given::<Character>([imported(), showing([asset("emotion", "anger", "red")])])
            .when(no_joy())
            .then_nothing();
    }

    #[test]
    fn only_the_owner_of_an_active_character_may() {
        given::<Character>([imported()])
            .when(RemoveExpression { by: vlad(), ..no_joy() })
            .then_rejected(ChangeRejected::UnknownCharacter);
        given::<Character>([imported(), CharacterRetired {}.into()])
            .when(no_joy())
            .then_rejected(ChangeRejected::Retired);
    }
}
