//! Groups: characters who share a chat, and who of them speaks when.
//!
//! This is what SillyTavern keeps of a group in its folder of groups. Members are named by the files of their cards, for
//! SillyTavern knows them by nothing else. Whoever imports a group finds its characters and chats by these names.
//!
//! Groups are stored, so names here are for ever and every field has a default. No text holds U+0000.

#[cfg(feature = "parse")]
mod read;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

#[cfg(feature = "parse")]
pub use read::{File, read, write};
#[cfg(feature = "parse")]
pub(crate) use read::{file as of_file, is_group};

/// A group.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Group {
    /// SillyTavern's number for it, and the name of its file.
    pub id: String,
    /// What it is called.
    pub name: String,
    /// The files of the members' cards, in their order.
    pub members: Vec<String>,
    /// Those members who do not speak.
    pub disabled_members: Vec<String>,
    /// Its picture: a file's name or a data URL; blank for one made of its members.
    pub avatar_url: String,
    /// Whether somebody may speak twice in a row.
    pub allow_self_responses: bool,
    /// Who speaks next.
    pub activation_strategy: Activation,
    /// Whose cards the model sees.
    pub generation_mode: Generation,
    /// Seconds between turns when they talk on by themselves.
    pub auto_mode_delay: u32,
    /// What is put before each joined card.
    pub generation_mode_join_prefix: String,
    /// What is put after each joined card.
    pub generation_mode_join_suffix: String,
    /// Whether it is a favourite.
    pub fav: bool,
    /// The chat that is open, by the name of its file.
    pub chat_id: String,
    /// Its chats, by the names of their files.
    pub chats: Vec<String>,
    /// Other fields, as they were.
    pub rest: Map<String, Value>,
}

impl Group {
    /// The delay of those whose file does not say.
    pub const AUTO_MODE_DELAY: u32 = 5;
}

impl Default for Group {
    fn default() -> Self {
        Self {
            id: String::new(),
            name: String::new(),
            members: Vec::new(),
            disabled_members: Vec::new(),
            avatar_url: String::new(),
            allow_self_responses: false,
            activation_strategy: Activation::default(),
            generation_mode: Generation::default(),
            auto_mode_delay: Self::AUTO_MODE_DELAY,
            generation_mode_join_prefix: String::new(),
            generation_mode_join_suffix: String::new(),
            fav: false,
            chat_id: String::new(),
            chats: Vec::new(),
            rest: Map::new(),
        }
    }
}

/// Who speaks next.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Activation {
    /// Whoever is named, then whoever feels like it.
    #[default]
    Natural,
    /// Everybody, in order.
    List,
    /// Whoever is told to.
    Manual,
    /// Somebody who has not spoken yet.
    Pooled,
}

/// Whose cards the model sees.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Generation {
    /// The speaker's.
    #[default]
    Swap,
    /// Those of all members who may speak, joined.
    Append,
    /// Those of all members, joined.
    AppendDisabled,
}
