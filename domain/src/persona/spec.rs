//! Whom the specs of personas are about.

use super::{PersonaCreated, PersonaEvent, Profile, Source};
use crate::{Private, spec::id, user::UserId};

pub(crate) fn mira() -> UserId {
    id(1)
}

pub(crate) fn vlad() -> UserId {
    id(2)
}

pub(crate) fn captain() -> Profile {
    Profile { name: "Captain".into(), description: "{{user}} commands a ship.".into(), ..Profile::default() }
}

/// Where the captain is brought from.
pub(crate) fn wave() -> Source {
    Source { file: "wave.png".into() }
}

pub(crate) fn created() -> PersonaEvent {
    PersonaCreated { owner: mira(), profile: Box::new(captain()).into(), source: None }.into()
}

pub(crate) fn brought() -> PersonaEvent {
    let source = Some(Private::Known(wave()));
    PersonaCreated { owner: mira(), profile: Box::new(captain()).into(), source }.into()
}
