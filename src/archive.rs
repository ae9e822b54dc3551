//! What an archive of an account says of itself, beside the files in it: what those have no room for.
//!
//! The files lie as in SillyTavern's folder of a user, so that other programs find their way in it too. Written by
//! `GET /me/export`, read by `innkeeper import`. Archives are kept by people: names here are for ever, every field has a
//! default, and a field that nobody knows any more is passed over. There is no secret in it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Where it stands in the archive.
pub const PLACE: &str = "innkeeper.json";

/// Where the personas stand, as SillyTavern backs them up.
pub const PERSONAS: &str = "personas.json";

/// The whole note.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Manifest {
    /// What the person is called.
    pub name: String,
    /// Which model answers them: settings that are no secrets.
    pub provider: Value,
    /// Their characters.
    pub characters: Vec<CharacterNote>,
    /// Their lorebooks.
    pub lorebooks: Vec<LorebookNote>,
    /// Their conversations.
    pub conversations: Vec<ConversationNote>,
    /// Their personas.
    pub personas: Vec<GuiseNote>,
    /// What is not in the archive, and why.
    pub left_out: Vec<LeftOut>,
}

/// What a card has no room for.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct CharacterNote {
    /// The place of the card in the archive.
    pub file: String,
    /// Looks in words.
    pub appearance: String,
    /// Whether it has no picture: that of the card is then one that every card needs.
    pub is_without_picture: bool,
    /// The structured personality, as the interface has it.
    pub personality: Value,
    /// The voice, as the interface has it.
    pub voice: Value,
    /// Which model speaks for it: settings that are no secrets.
    pub provider: Value,
    /// Whether it was retired.
    pub is_retired: bool,
    /// What its expressions are called that lie beside the card under another name, by their places in the archive.
    pub expressions: BTreeMap<String, String>,
}

/// For whom a lorebook is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct LorebookNote {
    /// Its place in the archive, or that of the card that it is in.
    pub file: String,
    /// What it is called.
    pub name: String,
    /// Whether it is for every conversation.
    pub is_global: bool,
    /// The places of the cards of the characters that it is for.
    pub characters: Vec<String>,
    /// Whether it was retired.
    pub is_retired: bool,
}

/// How a conversation was held.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ConversationNote {
    /// Its place in the archive.
    pub file: String,
    /// What it is called, if anything.
    pub title: Option<String>,
    /// The places of the cards of those who take part, in the order in which they speak.
    pub characters: Vec<String>,
    /// By which file of a card each of them is told apart in the chat; blank where by none.
    pub avatars: Vec<String>,
    /// As whom the person takes part.
    pub persona: Option<PersonaNote>,
    /// Whether it was closed.
    pub is_closed: bool,
}

/// What a backup of personas has no room for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct GuiseNote {
    /// The file by which the backup knows it.
    pub file: String,
    /// The place of the lorebook that goes with it, or that of the card that it is in.
    pub lorebook: Option<String>,
    /// Whether it was retired.
    pub is_retired: bool,
}

/// Somebody the person was.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PersonaNote {
    /// What they are called.
    pub name: String,
    /// Who they are.
    pub description: String,
    /// The file by which the backup of personas knows them; none if they are it in this conversation only.
    pub file: Option<String>,
}

/// Something that is not in the archive.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct LeftOut {
    /// What it is: `character`, `expression`, `lorebook`, `persona` or `conversation`.
    pub what: String,
    /// What it is called.
    pub name: String,
    /// Why.
    pub why: String,
}
