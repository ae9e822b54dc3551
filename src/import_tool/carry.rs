//! Carrying pieces in: each kind in its turn, a few at a time.

mod chats;
mod notes;
mod personas;
mod sprites;

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use bytes::Bytes;
use futures_util::{StreamExt, stream};
use reqwest::{
    Method,
    multipart::{Form, Part},
};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::{
    door::{Door, Taken},
    luggage::{self, Home, Kind, Luggage, Piece, Verdict},
    tally::{Fate, Line, Tally, Trouble},
};
use notes::Notes;
use personas::Persona;

/// How many are carried at once; the house reads no more cards at a time anyway.
const AT_ONCE: usize = 4;

/// Who carries, and what is known so far.
pub(super) struct Porter<'a> {
    /// None in a rehearsal.
    door: Option<&'a Door>,
    luggage: &'a Luggage,
    tally: &'a Tally,
    firsts: sprites::Firsts<'a>,
    known: Mutex<Known>,
}

/// What those who come later need to know of those who came.
#[derive(Default)]
struct Known {
    /// The characters of each home, by the file of their card.
    characters: BTreeMap<(Home, String), String>,
    /// The characters of each home, by the folder that SillyTavern looks for their sprites in.
    called: BTreeMap<(Home, String), Vec<String>>,
    /// All characters, by name; of two with one name, none.
    by_name: BTreeMap<String, Option<String>>,
    /// Which characters want which lorebook of their home.
    wants: BTreeMap<(Home, String), Vec<String>>,
    /// The lorebooks of each home, by their file.
    lorebooks: BTreeMap<(Home, String), String>,
    groups: Vec<chats::Circle>,
    personas: BTreeMap<Home, Vec<Persona>>,
    notes: BTreeMap<Home, Notes>,
}

impl<'a> Porter<'a> {
    pub(super) fn new(door: Option<&'a Door>, luggage: &'a Luggage, tally: &'a Tally) -> Self {
        Self { door, luggage, tally, firsts: sprites::firsts(luggage), known: Mutex::default() }
    }

    /// Everything, in the order in which one needs the other.
    pub(super) async fn carry_all(&self) {
        self.tell_what_was_left();
        self.each(Kind::Manifest, |piece, bytes| self.manifest(piece, bytes)).await;
        self.each(Kind::Settings, |piece, bytes| self.settings(piece, bytes)).await;
        self.each(Kind::Personas, |piece, bytes| self.personas(piece, bytes)).await;
        self.each(Kind::Portrait, |piece, bytes| self.portrait(piece, bytes)).await;
        self.each(Kind::Character, |piece, bytes| self.character(piece, bytes)).await;
        self.each(Kind::Sprite, |piece, bytes| self.sprite(piece, bytes)).await;
        self.each(Kind::Lorebook, |piece, bytes| self.lorebook(piece, bytes)).await;
        self.tie().await;
        self.each(Kind::Group, |piece, bytes| self.group(piece, bytes)).await;
        self.each(Kind::Chat, |piece, bytes| self.chat(piece, bytes)).await;
        self.each(Kind::GroupChat, |piece, bytes| self.group_chat(piece, bytes)).await;
        self.settle().await;
        self.tell_of_groups();
    }

    fn tell_what_was_left(&self) {
        for left in &self.luggage.left {
            let fate = match left.verdict {
                Verdict::Refused => Fate::Refused,
                Verdict::NoPlace => Fate::LeftOut,
            };
            self.tally.note(Line::new(&left.label, left.what, fate).because(left.trouble.clone()));
        }
    }

    /// The pieces of a kind, first those on the disk, then those in each archive.
    async fn each<Done, Doing>(&self, kind: Kind, carry: Done)
    where
        Done: Fn(&'a Piece, Bytes) -> Doing,
        Doing: Future<Output = ()>,
    {
        let on_disk = self.luggage.files.iter().filter(|(_, piece)| piece.kind == kind);
        self.a_few(on_disk.map(|(path, piece)| (piece, luggage::read(path))), &carry).await;
        for bundle in &self.luggage.bundles {
            let wanted = |nth: &usize| bundle.pieces.get(nth).filter(|piece| piece.kind == kind);
            if !bundle.pieces.keys().any(|nth| wanted(nth).is_some()) {
                continue;
            }
            let Ok(bytes) = luggage::read_bundle(&bundle.path) else { continue };
            let Ok(files) = cards::unpack(&bytes) else { continue };
            let packed = files.enumerate().filter_map(|(nth, file)| Some((wanted(&nth)?, file.bytes)));
            let packed =
                packed.map(|(piece, bytes)| (piece, bytes.map(Bytes::from).map_err(|no| Trouble::from(&no))));
            self.a_few(packed, &carry).await;
        }
    }

    async fn a_few<Done, Doing>(
        &self,
        pieces: impl Iterator<Item = (&'a Piece, Result<Bytes, Trouble>)>,
        carry: &Done,
    ) where
        Done: Fn(&'a Piece, Bytes) -> Doing,
        Doing: Future<Output = ()>,
    {
        let carried = stream::iter(pieces).map(|(piece, bytes)| async move {
            match bytes {
                Ok(bytes) => carry(piece, bytes).await,
                Err(trouble) => self.refused(piece, trouble),
            }
        });
        carried.buffer_unordered(AT_ONCE).collect::<()>().await;
    }

    async fn character(&self, piece: &Piece, bytes: Bytes) {
        let card = match cards::read(&bytes) {
            Ok(card) => card,
            Err(refusal) => return self.refused(piece, Trouble::from(&refusal)),
        };
        let world = card.tree().pointer("/data/extensions/world").and_then(Value::as_str).map(str::to_owned);
        // A card that brings its book along needs no other copy of it.
        let world = world.filter(|world| !world.is_empty() && card.sheet.lorebook.is_none());
        let name = card.sheet.name.clone();
        drop(card);
        let Some(door) = self.door else {
            self.meet(piece, &name, "rehearsed", world);
            return self.tally.note(Line { name: Some(name), ..line(piece, Fate::Ready) });
        };
        let key = key("character", &bytes);
        let request = || {
            let request = door.request(Method::POST, "characters/import").header("idempotency-key", &key);
            request.header("content-type", "application/octet-stream").body(bytes.clone())
        };
        match door.ask(request).await {
            Ok(taken) => {
                let id = text(&taken.body, "id");
                self.meet(piece, &name, &id, world);
                self.arrived(piece, &id, taken.body["lorebook_id"].as_str());
                match self.fill_up(door, piece, &id).await {
                    Ok(()) => self.took(piece, &taken, id, Some(name)),
                    Err(trouble) => self.refused(piece, trouble),
                }
            }
            Err(trouble) => self.refused(piece, trouble),
        }
    }

    /// Remembers a character for those who ask for it by its file or its name.
    fn meet(&self, piece: &Piece, name: &str, id: &str, world: Option<String>) {
        let mut known = self.known();
        known.characters.insert((piece.home, piece.stem.clone()), id.to_owned());
        known.called.entry((piece.home, sprites::folder(name))).or_default().push(id.to_owned());
        if let Some(world) = world {
            known.wants.entry((piece.home, world)).or_default().push(id.to_owned());
        }
        let named = known.by_name.entry(name.trim().to_lowercase()).or_insert_with(|| Some(id.to_owned()));
        if named.as_deref() != Some(id) {
            *named = None;
        }
    }

    async fn lorebook(&self, piece: &Piece, bytes: Bytes) {
        let Some(door) = self.door else {
            return match cards::lorebook::read(&bytes) {
                Ok(_) => self.tally.note(line(piece, Fate::Ready)),
                Err(refusal) => self.refused(piece, Trouble::from(&refusal)),
            };
        };
        let key = key("lorebook", &bytes);
        let request = || {
            let form = Form::new().part("file", Part::stream(bytes.clone()).file_name(piece.name.clone()));
            door.request(Method::POST, "lorebooks/import").header("idempotency-key", &key).multipart(form)
        };
        match door.ask(request).await {
            Ok(taken) => {
                let (id, name) = (text(&taken.body, "id"), text(&taken.body, "name"));
                self.known().lorebooks.insert((piece.home, piece.stem.clone()), id.clone());
                self.arrived(piece, &id, None);
                match self.link(door, piece, &id).await {
                    Ok(()) => self.took(piece, &taken, id, Some(name)),
                    Err(trouble) => self.refused(piece, trouble),
                }
            }
            Err(trouble) if trouble.code == "not-found" || trouble.code == "method-not-allowed" => {
                let why = "this house takes no lorebooks yet; import again when it does".to_owned();
                self.tally.note(line(piece, Fate::LeftOut).because(Trouble::new("not-yet", why)));
            }
            Err(trouble) => self.refused(piece, trouble),
        }
    }

    /// Gives a lorebook to the characters whose cards ask for it by the name of its file.
    async fn link(&self, door: &Door, piece: &Piece, id: &str) -> Result<(), Trouble> {
        let wanting = self.known().wants.get(&(piece.home, piece.stem.clone())).cloned().unwrap_or_default();
        for character in wanting {
            let path = format!("lorebooks/{id}/links/{character}");
            door.ask(|| door.request(Method::PUT, &path)).await?;
        }
        Ok(())
    }

    fn took(&self, piece: &Piece, taken: &Taken, id: String, name: Option<String>) {
        let fate = if taken.was_here { Fate::Present } else { Fate::Imported };
        let mut warnings = BTreeMap::new();
        for warning in taken.body["warnings"].as_array().into_iter().flatten() {
            *warnings.entry(text(warning, "code")).or_default() += 1;
        }
        self.tally.note(Line { id: Some(id), name, warnings, ..line(piece, fate) });
    }

    fn refused(&self, piece: &Piece, trouble: Trouble) {
        self.tally.note(line(piece, Fate::Refused).because(trouble));
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn line(piece: &Piece, fate: Fate) -> Line {
    Line::new(&piece.label, piece.kind.name(), fate)
}

fn text(body: &Value, field: &str) -> String {
    body.get(field).and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// The same file for the same purpose is the same command.
fn key(purpose: &str, bytes: &[u8]) -> String {
    format!("import-{purpose}-{}", hex::encode(Sha256::digest(bytes)))
}
