//! Personas: as whom the person spoke. A house keeps them with the conversations that were held as them.

use std::collections::BTreeSet;

use bytes::Bytes;
use serde_json::Value;

use super::{Home, Piece, Porter, line};
use crate::import_tool::tally::{Fate, Line, Trouble};

/// Somebody the person was.
#[derive(Debug, Clone)]
pub(super) struct Persona {
    pub(super) name: String,
    pub(super) description: String,
    /// Where it was found.
    pub(super) label: String,
    /// What became of the conversations that were held as it.
    pub(super) fates: BTreeSet<Fate>,
}

impl Porter<'_> {
    /// Takes note of the personas in SillyTavern's settings; the rest of them is about its own screen and models.
    pub(super) async fn settings(&self, piece: &Piece, bytes: Bytes) {
        let Ok(settings) = serde_json::from_slice::<Value>(&bytes) else {
            return self.refused(piece, Trouble::new("bad-json", "the settings are not JSON".to_owned()));
        };
        self.known().personas.insert(piece.home, personas(&settings, &piece.label));
        let why = "of the settings only the personas are of use here".to_owned();
        self.tally.note(line(piece, Fate::LeftOut).because(Trouble::new("of-no-use", why)));
    }

    /// The persona of this name, in the home of a chat.
    pub(super) fn persona(&self, home: Home, name: &str) -> Option<Persona> {
        self.known().personas.get(&home)?.iter().find(|persona| persona.name == name).cloned()
    }

    /// Remembers that a persona shared the fate of a conversation.
    pub(super) fn came_along(&self, home: Home, name: &str, fate: Fate) {
        let mut known = self.known();
        let mut personas = known.personas.get_mut(&home).into_iter().flatten();
        if let Some(persona) = personas.find(|persona| persona.name == name) {
            persona.fates.insert(fate);
        }
    }

    pub(super) fn tell_of_personas(&self) {
        for persona in self.known().personas.values().flatten() {
            let Persona { name, label, fates, .. } = persona;
            let came = match fates.first() {
                Some(fate @ (Fate::Imported | Fate::Present | Fate::Ready)) => {
                    Line::new(label, "persona", *fate)
                }
                Some(Fate::Refused | Fate::LeftOut) | None => Line::new(label, "persona", Fate::LeftOut)
                    .because(Trouble::new(
                        "no-conversation",
                        format!("a persona is kept with its conversations, and none came in that was held as {name}"),
                    )),
            };
            self.tally.note(Line { name: Some(name.clone()), ..came });
        }
    }
}

/// The personas in the settings: names and descriptions, each by the file of its picture.
fn personas(settings: &Value, label: &str) -> Vec<Persona> {
    let of = |field: &str| settings.pointer(&format!("/power_user/{field}")).and_then(Value::as_object);
    let descriptions = of("persona_descriptions");
    let describe = |picture: &str| {
        let description = descriptions?.get(picture)?.get("description")?.as_str()?;
        Some(description.to_owned())
    };
    let named =
        of("personas").into_iter().flatten().filter_map(|(picture, name)| Some((picture, name.as_str()?)));
    named
        .map(|(picture, name)| Persona {
            name: name.to_owned(),
            description: describe(picture).unwrap_or_default(),
            label: format!("{label}: {name}"),
            fates: BTreeSet::new(),
        })
        .collect()
}

#[cfg(test)]
mod spec {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_persona_is_a_name_and_a_description_by_one_picture() {
        let settings = json!({"power_user": {
            "personas": {"a.png": "Mira", "b.png": "Captain", "c.png": 7},
            "persona_descriptions": {"a.png": {"description": "A sailor.", "position": 0}},
        }});
        let found = personas(&settings, "settings.json");
        let told: Vec<_> = found.iter().map(|one| (one.name.as_str(), one.description.as_str())).collect();
        assert_eq!(told, [("Mira", "A sailor."), ("Captain", "")]);
        assert!(personas(&Value::Null, "").is_empty());
    }
}
