//! Personas: as whom the person spoke. They go before the chats that were held as them; whom they are connected to comes
//! later, and so does what that needs.

mod bonds;

use std::collections::BTreeMap;

use bytes::Bytes;
use cards::{chat::Chat, persona};
use reqwest::Method;
use serde_json::Value;

use super::{Home, Piece, Porter, key, line, text};
use crate::import_tool::tally::{Fate, Line, Trouble};

/// Somebody the person is.
#[derive(Debug, Clone)]
pub(super) struct Persona {
    /// The id that it has here.
    pub(super) id: String,
    /// The file of its picture.
    file: String,
    name: String,
    /// The files of the cards of those with whom the person is it.
    companions: Vec<String>,
    /// The name of the lorebook that goes with it; blank for none.
    lorebook: String,
    has_lorebook: bool,
    has_picture: bool,
}

impl Porter<'_> {
    /// Brings in the personas of SillyTavern's settings; the rest of them is about its own screen and models.
    pub(super) async fn settings(&self, piece: &Piece, bytes: Bytes) {
        let warnings = self.personas_of(piece, &bytes).await;
        let why = "of the settings only the personas are of use here".to_owned();
        let told = line(piece, Fate::LeftOut).because(Trouble::new("of-no-use", why));
        if let Some(warnings) = warnings {
            self.tally.note(Line { warnings, ..told });
        }
    }

    /// Brings in a backup of personas.
    pub(super) async fn personas(&self, piece: &Piece, bytes: Bytes) {
        let Some(warnings) = self.personas_of(piece, &bytes).await else { return };
        if !warnings.is_empty() {
            let why = "what was odd about the personas in it was mended".to_owned();
            let told = line(piece, Fate::LeftOut).because(Trouble::new("mended", why));
            self.tally.note(Line { warnings, ..told });
        }
    }

    /// How often what was odd about the file. None if that was told already.
    async fn personas_of(&self, piece: &Piece, bytes: &[u8]) -> Option<BTreeMap<String, usize>> {
        let read = match persona::read(bytes) {
            Ok(read) => read,
            // Settings of somebody who has none.
            Err(cards::Refusal::NotPersonas) => return Some(BTreeMap::new()),
            Err(refusal) => {
                self.refused(piece, Trouble::from(&refusal));
                return None;
            }
        };
        for refused in &read.refused {
            self.tell(piece, &refused.file, Fate::Refused, |line| {
                line.because(Trouble::from(&refused.refusal))
            });
        }
        let mut warnings = BTreeMap::new();
        read.warnings.iter().for_each(|it| *warnings.entry(it.code.to_string()).or_default() += 1);
        if let Err(trouble) = self.bring_personas(piece, &read).await {
            self.refused(piece, trouble);
            return None;
        }
        Some(warnings)
    }

    async fn bring_personas(&self, piece: &Piece, read: &persona::File) -> Result<(), Trouble> {
        let Some(door) = self.door else {
            read.personas.iter().for_each(|one| self.tell(piece, &one.name, Fate::Ready, |line| line));
            return Ok(());
        };
        if read.personas.is_empty() {
            return Ok(());
        }
        // Nothing else of the settings is sent anywhere.
        let backup = cards::write_json(&persona::write(&read.personas, read.default.as_deref()));
        let (backup, key) = (Bytes::from(backup.clone()), key("personas", &backup));
        let request = || {
            let request = door.request(Method::POST, "personas/import").header("idempotency-key", &key);
            request.header("content-type", "application/json").body(backup.clone())
        };
        let answer = door.ask(request).await?.body;
        for refused in answer["refused"].as_array().into_iter().flatten() {
            let trouble = Trouble::new(&text(refused, "code"), text(refused, "message"));
            self.tell(piece, &text(refused, "file"), Fate::Refused, |line| line.because(trouble));
        }
        for here in answer["personas"].as_array().into_iter().flatten() {
            self.know(piece, read, here);
        }
        Ok(())
    }

    /// Remembers a persona that is here, and tells of it.
    fn know(&self, piece: &Piece, read: &persona::File, here: &Value) {
        let (id, file, name) = (text(here, "id"), text(here, "file"), text(here, "name"));
        let fate = match (here["was_here"] == true, here["differs"] == true) {
            (false, _) => Fate::Imported,
            (true, false) => Fate::Present,
            (true, true) => Fate::LeftOut,
        };
        self.tell(piece, &name, fate, |line| {
            let why = "it was changed here or there, and stays what it is here";
            let differs = (fate == Fate::LeftOut).then(|| Trouble::new("differs-here", why.to_owned()));
            Line { id: Some(id.clone()), error: differs, ..line }
        });
        let Some(told) = read.personas.iter().find(|one| one.file == file) else { return };
        let companions = bonds::companions(told);
        let (lorebook, has_lorebook) = (told.lorebook.clone(), here["lorebook_id"].is_string());
        let has_picture = here["has_picture"] == true;
        let persona = Persona { id, file, name, companions, lorebook, has_lorebook, has_picture };
        self.known().personas.entry(piece.home).or_default().push(persona);
    }

    fn tell(&self, piece: &Piece, name: &str, fate: Fate, more: impl FnOnce(Line) -> Line) {
        let line = Line::new(&format!("{}: {name}", piece.label), "persona", fate);
        self.tally.note(more(Line { name: Some(name.to_owned()), ..line }));
    }

    /// Gives a persona its picture, if it has none here.
    pub(super) async fn portrait(&self, piece: &Piece, bytes: Bytes) {
        let Some(door) = self.door else { return self.tally.note(line(piece, Fate::Ready)) };
        let Some(persona) = self.persona_in(piece.home, &piece.name) else {
            let why = "it is the picture of no persona that came in".to_owned();
            return self.tally.note(line(piece, Fate::LeftOut).because(Trouble::new("no-persona", why)));
        };
        let named = |line| Line { id: Some(persona.id.clone()), name: Some(persona.name.clone()), ..line };
        if persona.has_picture {
            return self.tally.note(named(line(piece, Fate::Present)));
        }
        let path = format!("personas/{}/avatar", persona.id);
        match door.ask(|| door.request(Method::PUT, &path).body(bytes.clone())).await {
            Ok(taken) => {
                let fate = if taken.was_here { Fate::Present } else { Fate::Imported };
                self.tally.note(named(line(piece, fate)));
            }
            Err(trouble) if trouble.code == "persona-retired" => {
                self.tally.note(named(line(piece, Fate::Present)));
            }
            Err(trouble) => self.refused(piece, trouble),
        }
    }

    /// As whom a chat was held: as the persona that it names, or else as one that is called as the person is in it.
    pub(super) fn persona_of(&self, home: Home, chat: &Chat) -> Option<Persona> {
        let file = chat.metadata.get("persona").and_then(Value::as_str);
        let named = file.and_then(|file| self.persona_in(home, file));
        named.or_else(|| self.persona(home, |persona| persona.name == chat.user))
    }

    fn persona(&self, home: Home, is_it: impl Fn(&Persona) -> bool) -> Option<Persona> {
        self.known().personas.get(&home)?.iter().find(|persona| is_it(persona)).cloned()
    }

    /// The persona of this file.
    pub(super) fn persona_in(&self, home: Home, file: &str) -> Option<Persona> {
        self.persona(home, |persona| persona.file == file)
    }
}
