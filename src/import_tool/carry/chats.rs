//! Chats: each goes to the character, or the group, that it was held with.

use std::collections::BTreeMap;

use bytes::Bytes;
use cards::chat::Chat;
use domain::bounds;
use reqwest::{
    Method,
    multipart::{Form, Part},
};
use serde_json::Value;

use super::{Home, Persona, Piece, Porter, line, text};
use crate::{
    archive::{ConversationNote, PersonaNote},
    import_tool::{
        luggage::Kind,
        tally::{Fate, Line, Trouble},
    },
};

/// A group, and what became of its chats.
pub(super) struct Circle {
    home: Home,
    label: String,
    name: String,
    members: Vec<String>,
    chats: Vec<String>,
    fates: BTreeMap<Fate, usize>,
}

/// With whom a chat was held.
struct Held {
    /// Their ids.
    characters: Vec<String>,
    /// The files of their cards.
    avatars: Vec<String>,
    title: Option<String>,
    persona: As,
}

/// As whom the person spoke.
enum As {
    /// As a persona of theirs, by its id.
    Persona(String),
    /// As somebody of this conversation only.
    Here(PersonaNote),
    /// As whom the chat says.
    Told,
    /// As nobody in particular.
    Nobody,
}

impl From<Option<Persona>> for As {
    fn from(persona: Option<Persona>) -> Self {
        persona.map_or(Self::Told, |persona| Self::Persona(persona.id))
    }
}

impl Porter<'_> {
    /// Takes note of a group: it comes in with its chats.
    pub(super) async fn group(&self, piece: &Piece, bytes: Bytes) {
        match cards::group::read(&bytes) {
            Ok(file) => {
                let cards::group::Group { name, members, chats, .. } = file.group;
                let (home, label, fates) = (piece.home, piece.label.clone(), BTreeMap::new());
                self.known().groups.push(Circle { home, label, name, members, chats, fates });
            }
            Err(refusal) => self.refused(piece, Trouble::from(&refusal)),
        }
    }

    pub(super) fn tell_of_groups(&self) {
        for circle in &self.known().groups {
            let fate = circle.fates.keys().min().copied();
            let group = Line::new(&circle.label, Kind::Group.name(), fate.unwrap_or(Fate::LeftOut));
            let none =
                Trouble::new("no-chat", "a group comes in with its chats, and none was found".to_owned());
            let group = if fate.is_none() { group.because(none) } else { group };
            self.tally.note(Line { name: Some(circle.name.clone()), ..group });
        }
    }

    pub(super) async fn chat(&self, piece: &Piece, bytes: Bytes) {
        let chat = match first(&bytes) {
            Ok(chat) => chat,
            Err(trouble) => return self.refused(piece, trouble),
        };
        if piece.home == 0 && chat.avatars().len() > 1 {
            return self.group_chat(piece, bytes).await;
        }
        if let Some(held) = self.noted(piece) {
            self.bring(piece, bytes, held).await;
            return;
        }
        match self.character_of(piece, &chat).await {
            Some(character) => {
                let persona = self.persona_of(piece.home, &chat).into();
                let title = Some(piece.stem.clone());
                let held = Held { characters: vec![character], avatars: vec![], title, persona };
                self.bring(piece, bytes, held).await;
            }
            None => self.refused(piece, nobody(&format!("{}.png", piece.folder))),
        }
    }

    pub(super) async fn group_chat(&self, piece: &Piece, bytes: Bytes) {
        let chat = match first(&bytes) {
            Ok(chat) => chat,
            Err(trouble) => return self.refused(piece, trouble),
        };
        let held = self.noted(piece).unwrap_or_else(|| self.company_of(piece, &chat));
        if held.characters.is_empty() {
            return self.refused(piece, nobody("its members"));
        }
        let fate = self.bring(piece, bytes, held).await;
        let mut known = self.known();
        if let Some(circle) = known.groups.iter_mut().find(|circle| circle.holds(piece)) {
            *circle.fates.entry(fate).or_default() += 1;
        }
    }

    /// As an archive of an account notes it.
    fn noted(&self, piece: &Piece) -> Option<Held> {
        let (note, characters) = self.held(piece)?;
        let ConversationNote { title, persona, avatars, .. } = note;
        let persona = persona.map_or(As::Nobody, |note| {
            let file = note.file.as_deref();
            let known = file.and_then(|file| self.persona_in(piece.home, file));
            known.map_or(As::Here(note), |persona| As::Persona(persona.id))
        });
        Some(Held { characters, avatars, title, persona })
    }

    /// The character in whose folder the chat lies, or of whom it speaks, or one of that name who is here already.
    async fn character_of(&self, piece: &Piece, chat: &Chat) -> Option<String> {
        let names = [&piece.folder, &chat.character].map(|name| name.trim().to_lowercase());
        {
            let known = self.known();
            let by_file = known.characters.get(&(piece.home, piece.folder.clone())).cloned();
            let by_name = || names.iter().find_map(|name| known.by_name.get(name).cloned().flatten());
            let found = if piece.home == 0 { by_name() } else { by_file.or_else(by_name) };
            if found.is_some() {
                return found;
            }
        }
        self.resident(&chat.character).await
    }

    /// The one character of this name in the house.
    async fn resident(&self, name: &str) -> Option<String> {
        let (door, name) = (self.door?, name.trim());
        if name.is_empty() {
            return None;
        }
        let page = door.ask(|| door.search("characters", name)).await.ok()?;
        let items = page.body["items"].as_array()?.iter();
        let mut same = items.filter(|item| text(item, "name").to_lowercase() == name.to_lowercase());
        let (only, None) = (same.next()?, same.next()) else { return None };
        Some(text(only, "id"))
    }

    /// The members of the group that the chat belongs to; of a chat without one, those who speak in it.
    fn company_of(&self, piece: &Piece, chat: &Chat) -> Held {
        let persona = self.persona_of(piece.home, chat).into();
        let known = self.known();
        let circle = known.groups.iter().find(|circle| circle.holds(piece));
        let members: Vec<String> = match circle {
            Some(circle) => circle.members.clone(),
            None => chat.avatars().into_iter().map(str::to_owned).collect(),
        };
        let title = circle.map(|circle| circle.name.clone()).filter(|name| !name.is_empty());
        let title = title.unwrap_or_else(|| piece.stem.clone());
        let mut held = Held { characters: vec![], avatars: vec![], title: Some(title), persona };
        for avatar in members {
            let stem = avatar.rsplit_once('.').map_or(avatar.as_str(), |(stem, _)| stem);
            let by_file = known.characters.get(&(piece.home, stem.to_owned()));
            let by_name = || known.by_name.get(&stem.to_lowercase()).and_then(Option::as_ref);
            let Some(id) = by_file.or_else(by_name).filter(|id| !held.characters.contains(id)) else {
                continue;
            };
            held.characters.push(id.clone());
            held.avatars.push(avatar);
        }
        held
    }

    async fn bring(&self, piece: &Piece, bytes: Bytes, held: Held) -> Fate {
        let Some(door) = self.door else {
            self.tally.note(Line { name: held.title, ..line(piece, Fate::Ready) });
            return Fate::Ready;
        };
        let path = format!("conversations/import?character_id={}", held.characters.join(","));
        let title = held.title.map(|title| title[..title.floor_char_boundary(bounds::NAME)].to_owned());
        let request = || {
            let mut form = Form::new().part("file", Part::stream(bytes.clone()));
            if let Some(title) = &title {
                form = form.text("title", title.clone());
            }
            let form = held.persona.on(form);
            let form = held.avatars.iter().fold(form, |form, avatar| form.text("avatar", avatar.clone()));
            door.request(Method::POST, &path).multipart(form)
        };
        match door.ask(request).await {
            Ok(taken) => {
                let id = taken.body.pointer("/conversations/0/id").and_then(Value::as_str);
                let id = id.unwrap_or_default().to_owned();
                self.arrived(piece, &id, None);
                self.took(piece, &taken, id, title);
                if taken.was_here { Fate::Present } else { Fate::Imported }
            }
            Err(trouble) => {
                self.refused(piece, trouble);
                Fate::Refused
            }
        }
    }
}

impl As {
    /// The form, with what it says of this.
    fn on(&self, form: Form) -> Form {
        match self {
            Self::Persona(id) => form.text("persona_id", id.clone()),
            Self::Here(note) if note.name.len() <= bounds::NAME => {
                let description = &note.description;
                let description = &description[..description.floor_char_boundary(bounds::TEXT)];
                let form = form.text("persona_name", note.name.clone());
                form.text("persona_description", description.to_owned())
            }
            Self::Nobody => form.text("persona_name", ""),
            Self::Here(_) | Self::Told => form,
        }
    }
}

impl Circle {
    fn holds(&self, piece: &Piece) -> bool {
        self.home == piece.home && self.chats.contains(&piece.stem)
    }
}

fn first(bytes: &[u8]) -> Result<Chat, Trouble> {
    let file = cards::chat::read(bytes).map_err(|refusal| Trouble::from(&refusal))?;
    Ok(file.chats.into_iter().next().unwrap_or_default())
}

fn nobody(card: &str) -> Trouble {
    let message = format!("whoever this was held with is not here; bring {card} in along with it");
    Trouble::new("character-not-here", message)
}
