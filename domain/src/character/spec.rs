//! Whom the specs of characters are about.

use super::{
    Appearance, AppearanceRevised, AssetRef, CharacterEvent, CharacterImported, Description, Greetings,
    Original, Profile,
};
use crate::{spec::id, user::UserId};

pub(crate) fn mira() -> UserId {
    id(1)
}

pub(crate) fn vlad() -> UserId {
    id(2)
}

pub(crate) fn aqua() -> Profile {
    Profile {
        description: Description {
            name: "Aqua".into(),
            text: "A tide that learnt to talk.".into(),
            ..Description::default()
        },
        greetings: Greetings { solo: vec!["Splash.".into(), "Drip.".into()], group: vec![] },
        ..Profile::default()
    }
}

pub(crate) fn original() -> Original {
    Original { digest: "aa".into(), media_type: "image/png".into(), spec: "V2".into(), size: 2 }
}

pub(crate) fn imported() -> CharacterEvent {
    let (profile, original) = (Box::new(aqua()).into(), original().into());
    CharacterImported { owner: mira(), profile, original }.into()
}

/// It has these beside its words.
pub(crate) fn showing(assets: impl IntoIterator<Item = AssetRef>) -> CharacterEvent {
    let appearance = Appearance { assets: assets.into_iter().collect(), ..Appearance::default() };
    AppearanceRevised { appearance: appearance.into() }.into()
}

pub(crate) fn asset(kind: &str, name: &str, digest: &str) -> AssetRef {
    AssetRef { kind: kind.into(), name: name.into(), digest: digest.into(), ..AssetRef::default() }
}
