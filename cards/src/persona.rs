//! Personas: as whom a person talks, with the words that tell models who that is.
//!
//! SillyTavern keeps them in its settings, by the file of each one's picture, and writes them apart as a backup. Pictures
//! lie elsewhere and are in neither.
//!
//! Personas are stored, so names here are for ever and every field has a default. No text holds U+0000.

#[cfg(feature = "parse")]
mod read;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

#[cfg(feature = "parse")]
pub use read::{File, Refused, read, write};
#[cfg(feature = "parse")]
pub(crate) use read::{file as of_file, is_backup};

use crate::sheet::Role;

/// A persona.
#[derive(Debug, Clone, PartialEq)]
pub struct Persona {
    /// The file of its picture, by which SillyTavern knows it.
    pub file: String,
    /// What it is called.
    pub name: String,
    /// What tells it from others of the name.
    pub title: String,
    /// Who it is.
    pub description: String,
    /// Where that stands in prompts.
    pub position: Position,
    /// How many messages come after it, at a depth.
    pub depth: u32,
    /// Who says it, at a depth.
    pub role: Role,
    /// The lorebook that goes with it, by its name; blank for none.
    pub lorebook: String,
    /// Other fields, as they were: to whom it is connected among them.
    pub rest: Map<String, Value>,
}

impl Persona {
    /// The depth of those whose file does not say.
    pub const DEPTH: u32 = 2;
}

impl Default for Persona {
    fn default() -> Self {
        Self {
            file: String::new(),
            name: String::new(),
            title: String::new(),
            description: String::new(),
            position: Position::default(),
            depth: Self::DEPTH,
            role: Role::default(),
            lorebook: String::new(),
            rest: Map::new(),
        }
    }
}

/// Where the description of a persona stands in a prompt.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Position {
    /// Before the description of the character.
    #[default]
    InPrompt,
    /// Above the author's note.
    AboveNote,
    /// Below the author's note.
    BelowNote,
    /// So many messages from the end of the history.
    AtDepth,
    /// Nowhere: only macros bring it in.
    Nowhere,
}
