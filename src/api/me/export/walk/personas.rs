//! Personas on their way into the archive: as SillyTavern backs them up, with their pictures beside.
//!
//! For whom somebody is a persona is told as SillyTavern tells it: by connections to the files of cards, here those in the
//! archive. What it is connected to elsewhere stays.

use domain::{character::CharacterId, user::User};
use projections::personas::Retired;
use serde_json::{Value, json};

use super::{Walk, stem};
use crate::{
    api::{
        personas::export::{FOLDER, Leaving, leaving},
        problem::Problem,
    },
    archive::{self, GuiseNote},
};

impl Walk<'_> {
    pub(super) async fn personas(&mut self) -> Result<(), Problem> {
        let chosen = self.house.executor.look::<User, _>(self.user, |user| {
            user.state().person().map(|person| person.guises.clone()).unwrap_or_default()
        });
        let chosen = chosen.await?;
        let (mut personas, mut default) = (vec![], None);
        for Leaving { id, mut persona, picture, lorebook, is_active } in
            leaving(self.house, self.user, Retired::Included).await?
        {
            let file = persona.file.clone();
            let lorebook = lorebook.and_then(|lorebook| self.worlds.get(&lorebook).cloned());
            if let Some(world) = lorebook.as_deref().filter(|place| place.starts_with("worlds/")) {
                persona.lorebook = stem(world).to_owned();
            }
            let with = chosen.with.iter().filter(|(_, guise)| **guise == id).map(|(character, _)| *character);
            self.connect(&mut persona.rest, with);
            if chosen.usual == Some(id) {
                default = Some(file.clone());
            }
            if let Some(picture) = picture {
                match self.house.objects.get(self.user, &picture.digest).await? {
                    Some(bytes) => self.packer.pack(format!("{FOLDER}/{file}"), bytes).await?,
                    None => self.leave("persona", &persona.name, Problem::not_found("not-found", LOST))?,
                }
            }
            self.manifest.personas.push(GuiseNote { file: file.clone(), lorebook, is_retired: !is_active });
            self.guises.insert(id, file);
            personas.push(persona);
        }
        let backup = cards::persona::write(&personas, default.as_deref());
        self.packer.pack(archive::PERSONAS, cards::write_json(&backup)).await?;
        Ok(())
    }

    /// Lets a persona be connected to these characters, and to no others of the archive.
    fn connect(&self, rest: &mut serde_json::Map<String, Value>, with: impl Iterator<Item = CharacterId>) {
        let file = |place: &String| format!("{}.png", stem(place));
        let is_here = |connection: &Value| {
            let id = connection.get("id").and_then(Value::as_str);
            connection.get("type").and_then(Value::as_str) == Some("character")
                && self.places.values().any(|place| id == Some(file(place).as_str()))
        };
        let mut connections = match rest.shift_remove("connections") {
            Some(Value::Array(connections)) => connections,
            _ => vec![],
        };
        connections.retain(|connection| !is_here(connection));
        let files = with.filter_map(|character| self.places.get(&character).map(file));
        connections.extend(files.map(|file| json!({"type": "character", "id": file})));
        if !connections.is_empty() {
            rest.insert("connections".to_owned(), connections.into());
        }
    }
}

/// Why a picture stays behind.
const LOST: &str = "its picture is not in the store any more";
