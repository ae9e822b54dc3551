//! What the product uses of a card: plain, typed, complete.
//!
//! A sheet is a view. Everything that real cards leave out, misspell or give the wrong type has been settled by the
//! time it exists, so that nobody downstream asks again. What it leaves out is not lost: the card's tree keeps it.
//! No text of a sheet holds U+0000, which Postgres cannot store.
//!
//! Sheets are stored, so names here are for ever and every field has a default.

mod book;

pub use book::Book;

use serde::{Deserialize, Serialize};

/// A character, as described by its card.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Sheet {
    /// Who this is; never blank on a sheet that was read from a card.
    pub name: String,
    /// What to call them instead of `name` where the text says `{{char}}` (V3).
    pub nickname: Option<String>,
    /// Who they are, as the model is told.
    pub description: String,
    /// Their personality, in short.
    pub personality: String,
    /// Where and how the conversation takes place.
    pub scenario: String,
    /// What they say first.
    pub first_message: String,
    /// Example dialogues, parted by `<START>`.
    pub example_messages: String,
    /// The author's words to the person who uses the card; never part of a prompt.
    pub creator_notes: String,
    /// Replaces the user's own system prompt unless blank; `{{original}}` stands for the replaced one.
    pub system_prompt: String,
    /// Replaces the user's own closing instructions unless blank; `{{original}}` stands for the replaced ones.
    pub post_history_instructions: String,
    /// Other first messages to choose from.
    pub alternate_greetings: Vec<String>,
    /// First messages that only make sense in a group (V3).
    pub group_only_greetings: Vec<String>,
    /// Words to find the character by; never part of a prompt.
    pub tags: Vec<String>,
    /// Who made the card.
    pub creator: String,
    /// The author's own version of the card.
    pub character_version: String,
    /// A reminder that is put between the last messages.
    pub depth_prompt: Option<DepthPrompt>,
    /// How readily they speak in a group, from 0 to 1.
    pub talkativeness: f32,
    /// The card's own lorebook as the card has it, except that `entries` is always a list.
    pub lorebook: Option<Book>,
}

impl Sheet {
    /// The talkativeness of those whose card does not say.
    pub const TALKATIVENESS: f32 = 0.5;
}

impl Default for Sheet {
    fn default() -> Self {
        Self {
            name: String::new(),
            nickname: None,
            description: String::new(),
            personality: String::new(),
            scenario: String::new(),
            first_message: String::new(),
            example_messages: String::new(),
            creator_notes: String::new(),
            system_prompt: String::new(),
            post_history_instructions: String::new(),
            alternate_greetings: Vec::new(),
            group_only_greetings: Vec::new(),
            tags: Vec::new(),
            creator: String::new(),
            character_version: String::new(),
            depth_prompt: None,
            talkativeness: Self::TALKATIVENESS,
            lorebook: None,
        }
    }
}

/// A reminder that is put into the conversation, so many messages before its end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DepthPrompt {
    /// What it says; never blank.
    pub prompt: String,
    /// How many messages come after it.
    #[serde(default = "DepthPrompt::default_depth")]
    pub depth: u32,
    /// Who says it.
    #[serde(default)]
    pub role: Role,
}

impl DepthPrompt {
    /// The depth of those whose card does not say.
    pub const DEPTH: u32 = 4;

    fn default_depth() -> u32 {
        Self::DEPTH
    }
}

/// In whose name a text is put before the model.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// The house itself.
    #[default]
    System,
    /// The person.
    User,
    /// The character.
    Assistant,
}

#[cfg(feature = "parse")]
impl Role {
    /// SillyTavern writes words; its lorebooks write the same roles as numbers, and cards mix the two.
    pub(crate) fn of(value: &serde_json::Value) -> Option<Self> {
        let word = value.as_str().map(|word| word.trim().to_ascii_lowercase());
        match (word.as_deref(), value.as_u64()) {
            (Some("system" | "0"), _) | (_, Some(0)) => Some(Self::System),
            (Some("user" | "1"), _) | (_, Some(1)) => Some(Self::User),
            (Some("assistant" | "2"), _) | (_, Some(2)) => Some(Self::Assistant),
            _ => None,
        }
    }
}
