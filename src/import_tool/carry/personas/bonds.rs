//! What goes with personas, once it is here: the characters with whom the person is one of them, and their lorebooks.
//!
//! What was chosen here stays: only what nothing is chosen for yet is chosen.

use cards::persona;
use reqwest::Method;
use serde_json::{Map, Value, json, map::Entry};

use super::Persona;
use crate::import_tool::{
    carry::{Home, Porter},
    door::Door,
    tally::{Fate, Line, Trouble},
};

/// The files of the cards that a persona is connected to. SillyTavern connects them to groups as well, which are here only
/// where they talk.
pub(super) fn companions(persona: &persona::Persona) -> Vec<String> {
    let connections = persona.rest.get("connections").and_then(Value::as_array).into_iter().flatten();
    let text = |connection: &Value, field: &str| Some(connection.get(field)?.as_str()?.to_owned());
    connections
        .filter(|connection| text(connection, "type").as_deref() == Some("character"))
        .filter_map(|connection| text(connection, "id"))
        .collect()
}

impl Porter<'_> {
    /// Ties personas to what goes with them.
    pub(in crate::import_tool::carry) async fn tie(&self) {
        let Some(door) = self.door else { return };
        let personas: Vec<(Home, Persona)> = {
            let known = self.known();
            let all =
                known.personas.iter().flat_map(|(home, all)| all.iter().map(|one| (*home, one.clone())));
            all.filter(|(_, one)| !one.companions.is_empty() || !one.lorebook.is_empty()).collect()
        };
        if personas.is_empty() {
            return;
        }
        let mut chosen = match door.ask(|| door.request(Method::GET, "personas/default")).await {
            Ok(answer) => answer.body["characters"].as_object().cloned().unwrap_or_default(),
            Err(trouble) => return self.fails("personas/default", trouble),
        };
        for (home, persona) in personas {
            self.tie_to_characters(door, home, &persona, &mut chosen).await;
            self.tie_to_lorebook(door, home, &persona).await;
        }
    }

    async fn tie_to_characters(
        &self,
        door: &Door,
        home: Home,
        persona: &Persona,
        chosen: &mut Map<String, Value>,
    ) {
        for card in &persona.companions {
            let stem = card.rsplit_once('.').map_or(card.as_str(), |(stem, _)| stem).to_owned();
            let Some(character) = self.known().characters.get(&(home, stem)).cloned() else { continue };
            // Of several that are connected to it, the first.
            let Entry::Vacant(place) = chosen.entry(&character) else { continue };
            place.insert(persona.id.as_str().into());
            let path = format!("personas/default?character_id={character}");
            let body = json!({"persona_id": persona.id});
            let answer = door.ask(|| door.request(Method::PUT, &path).json(&body)).await;
            self.unless_at_rest(&path, answer.err());
        }
    }

    async fn tie_to_lorebook(&self, door: &Door, home: Home, persona: &Persona) {
        let world = (home, persona.lorebook.clone());
        let lorebook = self.known().lorebooks.get(&world).cloned();
        if let Some(lorebook) = lorebook {
            self.gets_lorebook(door, persona, &lorebook).await;
        }
    }

    /// Gives a persona the lorebook that goes with it, if it has none here.
    pub(in crate::import_tool::carry) async fn gets_lorebook(
        &self,
        door: &Door,
        persona: &Persona,
        lorebook: &str,
    ) {
        if persona.has_lorebook {
            return;
        }
        let path = format!("personas/{}", persona.id);
        let body = json!({"lorebook_id": lorebook});
        let answer = door.ask(|| door.request(Method::PATCH, &path).json(&body)).await;
        self.unless_at_rest(&path, answer.err());
    }

    /// What was put to rest when it came in before has all that it is to have.
    fn unless_at_rest(&self, path: &str, trouble: Option<Trouble>) {
        if let Some(trouble) = trouble.filter(|trouble| trouble.code != "persona-retired") {
            self.fails(path, trouble);
        }
    }

    fn fails(&self, path: &str, trouble: Trouble) {
        self.tally.note(Line::new(path, "note", Fate::Refused).because(trouble));
    }
}

#[cfg(test)]
mod spec {
    use super::*;

    #[test]
    fn only_characters_are_companions() {
        let connections = json!([
            {"type": "character", "id": "Aqua.png"}, {"type": "group", "id": "7"}, {"type": "character"}, 3,
        ]);
        let mut persona = persona::Persona::default();
        assert!(companions(&persona).is_empty());
        persona.rest.insert("connections".to_owned(), connections);
        assert_eq!(companions(&persona), ["Aqua.png"]);
    }
}
