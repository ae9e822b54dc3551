//! RepaintCharacter: a character gets another picture.
//!
//! What else it looks like stays, whoever changes that at the same time: the part is made of what is known when it is
//! decided, not when it was asked for.

use super::{Appearance, AppearanceRevised, ChangeRejected, Character, CharacterEvent, Picture};
use crate::{Command, user::UserId};

/// Show it by this picture.
#[derive(Debug, Clone)]
pub struct RepaintCharacter {
    /// Who wants it.
    pub by: UserId,
    /// The picture.
    pub avatar: Picture,
}

impl Command<Character> for RepaintCharacter {
    const NAME: &'static str = "repaint_character";

    type Rejection = ChangeRejected;

    fn decide(&self, character: &Character) -> Result<Vec<CharacterEvent>, ChangeRejected> {
        let now = &character.active_of(self.by)?.profile.appearance;
        if now.avatar.as_ref() == Some(&self.avatar) {
            return Ok(vec![]);
        }
        let appearance = Appearance { avatar: Some(self.avatar.clone()), ..now.clone() };
        appearance.check()?;
        Ok(vec![AppearanceRevised { appearance: appearance.into() }.into()])
    }
}

#[cfg(test)]
mod spec {
    use super::*;
    use crate::{
        character::{
            CharacterRetired,
            spec::{imported, mira, vlad},
        },
        spec::given,
    };

    fn sketch() -> Picture {
        Picture { digest: "ab".repeat(32), media_type: "image/png".into() }
    }

    fn repaint() -> RepaintCharacter {
        RepaintCharacter { by: mira(), avatar: sketch() }
    }

    fn looking(text: &str, avatar: Option<Picture>) -> CharacterEvent {
        let appearance = Appearance { text: text.into(), avatar, ..Appearance::default() };
        AppearanceRevised { appearance: appearance.into() }.into()
    }

    #[test]
    fn only_the_picture_changes() {
        given::<Character>([imported(), looking("Blue hair", None)])
            .when(repaint())
            .then([looking("Blue hair", Some(sketch()))]);
    }

    #[test]
    fn the_same_picture_again_says_nothing() {
        given::<Character>([imported(), looking("Blue hair", Some(sketch()))]).when(repaint()).then_nothing();
    }

    #[test]
    fn only_the_owner_of_an_active_character_may() {
        given::<Character>([imported()])
            .when(RepaintCharacter { by: vlad(), ..repaint() })
            .then_rejected(ChangeRejected::UnknownCharacter);
        given::<Character>([imported(), CharacterRetired {}.into()])
            .when(repaint())
            .then_rejected(ChangeRejected::Retired);
    }
}
