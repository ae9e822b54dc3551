//! The note in an archive of an account: what its files have no room for, and who belongs to whom.

use std::collections::BTreeMap;

use bytes::Bytes;
use reqwest::Method;
use serde_json::json;

use super::{Home, Piece, Porter, line};
use crate::{
    archive::{CharacterNote, ConversationNote, LorebookNote, Manifest},
    import_tool::{
        door::{Door, Taken},
        luggage::Kind,
        tally::{Fate, Line, Trouble},
    },
};

/// What is known of an archive's files, by their places in it.
#[derive(Debug, Default)]
pub(super) struct Notes {
    manifest: Manifest,
    /// The ids that they have here.
    characters: BTreeMap<String, String>,
    lorebooks: BTreeMap<String, String>,
    conversations: BTreeMap<String, String>,
}

/// Where a piece lies in its archive.
fn place(piece: &Piece) -> String {
    let Piece { folder, name, .. } = piece;
    match piece.kind {
        Kind::Character => format!("characters/{name}"),
        Kind::Sprite => format!("characters/{folder}/{name}"),
        Kind::Lorebook => format!("worlds/{name}"),
        Kind::Chat => format!("chats/{folder}/{name}"),
        Kind::GroupChat => format!("group chats/{name}"),
        Kind::Group => format!("groups/{name}"),
        Kind::Portrait => format!("User Avatars/{name}"),
        Kind::Settings | Kind::Personas | Kind::Manifest => name.clone(),
    }
}

impl Porter<'_> {
    /// Takes note of the note.
    pub(super) async fn manifest(&self, piece: &Piece, bytes: Bytes) {
        let Ok(manifest) = serde_json::from_slice::<Manifest>(&bytes) else {
            return self.refused(piece, Trouble::new("bad-json", "the note cannot be read".to_owned()));
        };
        for left in &manifest.left_out {
            let trouble = Trouble::new("not-in-the-archive", left.why.clone());
            let absent = Line::new(&piece.label, "absent", Fate::LeftOut).because(trouble);
            self.tally.note(Line { name: Some(left.name.clone()), ..absent });
        }
        let chosen = |provider: &serde_json::Value| provider.as_object().is_some_and(|it| !it.is_empty());
        if chosen(&manifest.provider) || manifest.characters.iter().any(|note| chosen(&note.provider)) {
            let why = "choose your models again: their keys are in no archive".to_owned();
            self.tally.note(line(piece, Fate::LeftOut).because(Trouble::new("no-keys", why)));
        }
        let notes = Notes { manifest, ..Notes::default() };
        self.known().notes.insert(piece.home, notes);
    }

    /// Remembers what became of a piece, for what is noted of it.
    pub(super) fn arrived(&self, piece: &Piece, id: &str, lorebook: Option<&str>) {
        let mut known = self.known();
        let Some(notes) = known.notes.get_mut(&piece.home) else { return };
        let (place, id) = (place(piece), id.to_owned());
        match piece.kind {
            Kind::Character => {
                notes.lorebooks.extend(lorebook.map(|lorebook| (place.clone(), lorebook.to_owned())));
                notes.characters.insert(place, id);
            }
            Kind::Lorebook => drop(notes.lorebooks.insert(place, id)),
            Kind::Chat | Kind::GroupChat => drop(notes.conversations.insert(place, id)),
            Kind::Sprite
            | Kind::Group
            | Kind::Settings
            | Kind::Personas
            | Kind::Portrait
            | Kind::Manifest => {}
        }
    }

    /// Gives a character what its card had no room for.
    pub(super) async fn fill_up(&self, door: &Door, piece: &Piece, id: &str) -> Result<(), Trouble> {
        let place = place(piece);
        let note = self
            .known()
            .notes
            .get(&piece.home)
            .and_then(|notes| notes.manifest.characters.iter().find(|note| note.file == place).cloned());
        let Some(CharacterNote { appearance, is_without_picture, personality, voice, .. }) = note else {
            return Ok(());
        };
        let mut parts = json!({"appearance": {"text": appearance}});
        if is_without_picture {
            parts["appearance"]["avatar"] = json!(null);
        }
        if personality.is_object() {
            parts["personality"] = json!({"profile": personality});
        }
        if voice.is_object() {
            parts["voice"] = voice;
        }
        let path = format!("characters/{id}");
        unless_at_rest(door.ask(|| door.request(Method::PATCH, &path).json(&parts)).await).map(drop)
    }

    /// What an expression is called whose file could not be called so.
    pub(super) fn feeling(&self, piece: &Piece) -> Option<String> {
        let (known, place) = (self.known(), place(piece));
        let characters = &known.notes.get(&piece.home)?.manifest.characters;
        characters.iter().find_map(|note| note.expressions.get(&place)).cloned()
    }

    /// How a chat was held, and the ids of those who took part.
    pub(super) fn held(&self, piece: &Piece) -> Option<(ConversationNote, Vec<String>)> {
        let (known, place) = (self.known(), place(piece));
        let notes = known.notes.get(&piece.home)?;
        let note = notes.manifest.conversations.iter().find(|note| note.file == place)?;
        let ids = note.characters.iter().map(|place| notes.characters.get(place).cloned());
        Some((note.clone(), ids.collect::<Option<_>>()?))
    }

    /// Gives personas the lorebooks that are noted, and answers how those are put to rest that were.
    async fn settle_personas(&self, door: &Door, home: Home, notes: &Notes) -> Vec<(Method, String)> {
        let mut retired = vec![];
        for note in &notes.manifest.personas {
            let Some(persona) = self.persona_in(home, &note.file) else { continue };
            let place = note.lorebook.as_ref();
            if let Some(lorebook) = place.and_then(|place| notes.lorebooks.get(place)) {
                self.gets_lorebook(door, &persona, lorebook).await;
            }
            if note.is_retired {
                retired.push((Method::DELETE, format!("personas/{}", persona.id)));
            }
        }
        retired
    }

    /// What can only be done once everything is here: links, and what was put to rest.
    pub(super) async fn settle(&self) {
        let Some(door) = self.door else { return };
        let homes: Vec<Home> = self.known().notes.keys().copied().collect();
        for home in homes {
            let Some(notes) = self.known().notes.remove(&home) else { continue };
            let retired = self.settle_personas(door, home, &notes).await;
            for (method, path) in notes.errands().into_iter().chain(retired) {
                let answer = door.ask(|| door.request(method.clone(), &path)).await;
                if let Err(trouble) = unless_at_rest(answer) {
                    self.tally.note(Line::new(&path, "note", Fate::Refused).because(trouble));
                }
            }
        }
    }
}

/// What was put to rest when the archive came in before has all that it is to have.
pub(super) fn unless_at_rest(answer: Result<Taken, Trouble>) -> Result<Option<Taken>, Trouble> {
    match answer {
        Err(trouble) if trouble.code.ends_with("-retired") => Ok(None),
        answer => answer.map(Some),
    }
}

impl Notes {
    fn errands(&self) -> Vec<(Method, String)> {
        let mut errands = vec![];
        for note in &self.manifest.lorebooks {
            let Some(id) = self.lorebooks.get(&note.file) else { continue };
            errands.extend(self.links(note).map(|to| (Method::PUT, format!("lorebooks/{id}/links/{to}"))));
            errands.extend(note.is_retired.then(|| (Method::DELETE, format!("lorebooks/{id}"))));
        }
        let closed = self.manifest.conversations.iter().filter(|note| note.is_closed);
        let closed = closed.filter_map(|note| self.conversations.get(&note.file));
        errands.extend(closed.map(|id| (Method::POST, format!("conversations/{id}/close"))));
        let retired = self.manifest.characters.iter().filter(|note| note.is_retired);
        let retired = retired.filter_map(|note| self.characters.get(&note.file));
        errands.extend(retired.map(|id| (Method::DELETE, format!("characters/{id}"))));
        errands
    }

    fn links(&self, note: &LorebookNote) -> impl Iterator<Item = String> {
        let characters = note.characters.iter().filter_map(|place| self.characters.get(place).cloned());
        note.is_global.then(|| "account".to_owned()).into_iter().chain(characters)
    }
}
