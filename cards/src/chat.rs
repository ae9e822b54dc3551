//! Chats: who said what when, with every version of it, in one plain form.
//!
//! SillyTavern keeps a chat as lines of JSON; other programs keep theirs otherwise. This is the form into which all of
//! them are read, so that a conversation can begin where it was left, and from which SillyTavern's lines are written
//! again. What nobody here knows is kept beside, at the level where it was found.
//!
//! Chats are stored, so names here are for ever and every field has a default. No text holds U+0000.

#[cfg(feature = "parse")]
mod date;
#[cfg(feature = "parse")]
mod read;
#[cfg(feature = "parse")]
mod write;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use time::OffsetDateTime;
use time::serde::rfc3339;

#[cfg(feature = "parse")]
pub(crate) use read::recognise;
#[cfg(feature = "parse")]
pub use read::{File, Format, read};
#[cfg(feature = "parse")]
pub use write::write_jsonl;

/// A conversation.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Chat {
    /// What the person is called; blank where the file does not say.
    pub user: String,
    /// What the character is called; blank where the file does not say.
    pub character: String,
    /// When it began, where the file says so.
    #[serde(with = "rfc3339::option")]
    pub created: Option<OffsetDateTime>,
    /// What was said, in order.
    pub turns: Vec<Turn>,
    /// What SillyTavern keeps about the chat: variables, notes, bound books.
    pub metadata: Map<String, Value>,
    /// Other fields about the chat, as they were.
    pub rest: Map<String, Value>,
}

/// One message, with all its versions.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Turn {
    /// Who says it.
    pub speaker: Speaker,
    /// When it was said, where that is known.
    #[serde(with = "rfc3339::option")]
    pub at: Option<OffsetDateTime>,
    /// Its versions, at least one in a chat that was read.
    pub variants: Vec<Variant>,
    /// Which version counts.
    pub chosen: usize,
    /// Whether it is kept from the model.
    pub hidden: bool,
    /// Other fields of the message, as they were.
    pub rest: Map<String, Value>,
}

/// Who says something.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Speaker {
    /// In which part they speak.
    pub part: Part,
    /// Under which name; blank where the file does not say.
    pub name: String,
    /// The file of the character's card, which in a group tells members apart.
    pub avatar: Option<String>,
}

/// The parts of a conversation.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Part {
    /// The person.
    User,
    /// A character.
    #[default]
    Character,
    /// Nobody in particular.
    Narrator,
}

/// One version of a message.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Variant {
    /// What it says.
    pub text: String,
    /// When this version was made, where that is known by itself.
    #[serde(with = "rfc3339::option")]
    pub at: Option<OffsetDateTime>,
    /// What SillyTavern keeps about it: the model, its reasoning, media, notes.
    pub extra: Map<String, Value>,
    /// Other fields of this version, as they were.
    pub rest: Map<String, Value>,
}

impl Chat {
    /// Gives names to those whom the file leaves without.
    pub fn name_the_nameless(&mut self, user: &str, character: &str) {
        fill(&mut self.user, user);
        fill(&mut self.character, character);
        for turn in &mut self.turns {
            match turn.speaker.part {
                Part::User => fill(&mut turn.speaker.name, &self.user),
                Part::Character => fill(&mut turn.speaker.name, &self.character),
                Part::Narrator => {}
            }
        }
    }

    /// The files of the characters' cards, each once, in the order in which they first speak; several mean a group.
    #[must_use]
    pub fn avatars(&self) -> Vec<&str> {
        let mut avatars = Vec::new();
        for avatar in self.turns.iter().filter_map(|turn| turn.speaker.avatar.as_deref()) {
            if !avatars.contains(&avatar) {
                avatars.push(avatar);
            }
        }
        avatars
    }
}

impl Turn {
    /// The version that counts.
    #[must_use]
    pub fn variant(&self) -> Option<&Variant> {
        self.variants.get(self.chosen).or(self.variants.first())
    }

    /// What it says.
    #[must_use]
    pub fn text(&self) -> &str {
        self.variant().map_or("", |variant| &variant.text)
    }
}

fn fill(name: &mut String, with: &str) {
    if name.trim().is_empty() {
        with.clone_into(name);
    }
}
