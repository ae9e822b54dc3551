//! One event of every sort that can happen to a persona, with something in every field.

use serde_json::json;

use super::id;
use crate::{
    Private,
    character::{Picture, Role},
    conversation,
    persona::{
        PersonaCreated, PersonaEvent, PersonaRepainted, PersonaRestored, PersonaRetired, PersonaRevised,
        Placement, Position, Profile, Source,
    },
};

/// All of them.
pub(super) fn samples() -> Vec<PersonaEvent> {
    let picture = Picture { digest: "dd44".into(), media_type: "image/png".into() };
    let source = Source { file: "1700000000000-Mira.png".into() };
    vec![
        PersonaCreated {
            owner: id(1),
            profile: Box::new(profile()).into(),
            source: Some(Private::Known(source)),
        }
        .into(),
        PersonaRevised { profile: Box::new(profile()).into() }.into(),
        PersonaRepainted { picture: Some(picture.into()) }.into(),
        PersonaRetired {}.into(),
        PersonaRestored {}.into(),
    ]
}

/// The same one, as a conversation is held as it.
pub(super) fn chosen() -> conversation::Persona {
    let Profile { name, description, placement, .. } = profile();
    conversation::Persona { name, description, placement, id: Some(id(40)) }
}

fn profile() -> Profile {
    Profile {
        name: "Mira".into(),
        title: "By the sea".into(),
        description: "A sailor.".into(),
        placement: Placement { position: Position::AtDepth, depth: 4, role: Role::User },
        lorebook: Some(id(80)),
        rest: [("connections".to_owned(), json!([{"type": "group", "id": "tide"}]))].into_iter().collect(),
    }
}
