//! AddExpression: a character gets a face for a feeling, beside those of its card.
//!
//! Expressions are told apart by name, as in the folders of SillyTavern: the new face takes the place of whatever the
//! character showed under that name. The part is made of what is known when it is decided, as in
//! [`super::RepaintCharacter`].

use super::{Appearance, AppearanceRevised, AssetRef, ChangeRejected, Character, CharacterEvent, Picture};
use crate::{Command, bounds, user::UserId};

/// Show a feeling by this picture.
#[derive(Debug, Clone)]
pub struct AddExpression {
    /// Who wants it.
    pub by: UserId,
    /// What the feeling is called.
    pub name: String,
    /// The picture.
    pub picture: Picture,
    /// How many bytes the picture has.
    pub size: u64,
}

impl AddExpression {
    fn face(&self) -> AssetRef {
        let Picture { digest, media_type } = self.picture.clone();
        AssetRef {
            kind: AssetRef::EMOTION.to_owned(),
            name: self.name.clone(),
            ext: media_type.rsplit('/').next().unwrap_or_default().to_owned(),
            media_type,
            digest,
            size: self.size,
        }
    }

    /// The assets with the face where the first of its name was, or at the end.
    fn among(&self, assets: &[AssetRef]) -> Vec<AssetRef> {
        let first = assets.iter().position(|asset| asset.expresses(&self.name)).unwrap_or(assets.len());
        let (before, behind) = assets.split_at(first);
        let others = behind.iter().filter(|asset| !asset.expresses(&self.name));
        before.iter().cloned().chain([self.face()]).chain(others.cloned()).collect()
    }
}

impl Command<Character> for AddExpression {
    const NAME: &'static str = "add_expression";

    type Rejection = ChangeRejected;

    fn decide(&self, character: &Character) -> Result<Vec<CharacterEvent>, ChangeRejected> {
        let now = &character.active_of(self.by)?.profile.appearance;
        bounds::spoken("the name of an expression", &self.name, bounds::WORD)?;
        let shown = now.assets.iter().filter(|asset| asset.expresses(&self.name));
        if shown.map(|asset| &asset.digest).eq([&self.picture.digest]) {
            return Ok(vec![]);
        }
        let appearance = Appearance { assets: self.among(&now.assets), ..now.clone() };
        appearance.check()?;
        appearance.weigh()?;
        Ok(vec![AppearanceRevised { appearance: appearance.into() }.into()])
    }
}

#[cfg(test)]
mod spec {
    use super::*;
    use crate::{
        bounds::OutOfBounds,
        character::{
            CharacterRetired,
            spec::{asset, imported, mira, showing, vlad},
        },
        spec::given,
    };

    fn smile() -> AddExpression {
        let picture = Picture { digest: "new".into(), media_type: "image/webp".into() };
        AddExpression { by: mira(), name: "joy".into(), picture, size: 3 }
    }

    fn face() -> AssetRef {
        AssetRef {
            ext: "webp".into(),
            media_type: "image/webp".into(),
            size: 3,
            ..asset("emotion", "joy", "new")
        }
    }

    #[test]
    fn a_face_comes_beside_those_of_the_card() {
        let rain = asset("background", "joy", "rain");
        given::<Character>([imported(), showing([rain.clone()])])
            .when(smile())
            .then([showing([rain, face()])]);
    }

    #[test]
    fn it_takes_the_place_of_all_that_expressed_the_same() {
        let (old, older) = (asset("emotion", "joy", "old"), asset("expression", "joy", "older"));
        let (anger, fear) = (asset("emotion", "anger", "red"), asset("emotion", "fear", "pale"));
        given::<Character>([imported(), showing([anger.clone(), old, fear.clone(), older])])
            .when(smile())
            .then([showing([anger, face(), fear])]);
    }

    #[test]
    fn the_same_face_again_says_nothing() {
        given::<Character>([imported(), showing([face()])]).when(smile()).then_nothing();
        let of_the_card = asset("expression", "joy", "new");
        given::<Character>([imported(), showing([of_the_card])]).when(smile()).then_nothing();
    }

    #[test]
    fn only_the_owner_of_an_active_character_may() {
        given::<Character>([imported()])
            .when(AddExpression { by: vlad(), ..smile() })
            .then_rejected(ChangeRejected::UnknownCharacter);
        given::<Character>([imported(), CharacterRetired {}.into()])
            .when(smile())
            .then_rejected(ChangeRejected::Retired);
    }

    #[test]
    fn without_a_name_or_beyond_the_bounds_it_is_refused() {
        let nameless = OutOfBounds::Empty { what: "the name of an expression" };
        given::<Character>([imported()])
            .when(AddExpression { name: " ".into(), ..smile() })
            .then_rejected(nameless.into());
        let full: Vec<_> = (0..bounds::ASSETS).map(|nth| asset("emotion", &nth.to_string(), "x")).collect();
        let too_many = OutOfBounds::TooMany { what: "assets", most: bounds::ASSETS };
        given::<Character>([imported(), showing(full)]).when(smile()).then_rejected(too_many.into());
        let too_large = OutOfBounds::TooMany { what: "bytes of assets", most: bounds::ASSET_BYTES };
        given::<Character>([imported()])
            .when(AddExpression { size: u64::MAX, ..smile() })
            .then_rejected(too_large.into());
    }
}
