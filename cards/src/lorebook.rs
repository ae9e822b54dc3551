//! Lorebooks: what a world knows, entry by entry, in one plain form.
//!
//! Half a dozen programs keep lorebooks, each in its own shape, and SillyTavern's carries what the others lack. This is
//! the form into which all of them are read: SillyTavern's meaning, typed, with every mending done, and with the fields
//! that nobody here knows kept beside, so that a book that passes through loses nothing. Deciding which entries apply to
//! a conversation is the business of others.
//!
//! Books are stored, so names here are for ever and every field has a default. No text holds U+0000.

mod decorator;
mod entry;
mod key;
#[cfg(feature = "parse")]
mod names;
#[cfg(feature = "parse")]
mod read;
#[cfg(feature = "parse")]
mod write;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

pub use decorator::{Decorated, Decorator, Place};
pub use entry::{CharacterFilter, Entry, Logic, Matches, Position};
pub use key::Key;
#[cfg(feature = "parse")]
pub use read::{File, Format, from_tree, of_card, read};
#[cfg(feature = "parse")]
pub(crate) use read::{file as of_file, in_picture, listed, swiftly};
#[cfg(feature = "parse")]
pub use write::{character_book, character_book_entry, write_sillytavern, write_sillytavern_text, write_v3};

/// A lorebook.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Lorebook {
    /// What it is called; blank where the file's name is its only name.
    pub name: String,
    /// What it is about, for people.
    pub description: String,
    /// How many messages are searched for keys, where the book says so.
    pub scan_depth: Option<u32>,
    /// How many tokens its entries may take, where the book says so.
    pub token_budget: Option<u32>,
    /// Whether entries may wake each other, where the book says so.
    pub recursive_scanning: Option<bool>,
    /// What it knows.
    pub entries: Vec<Entry>,
    /// What other programs keep in the book under this name.
    pub extensions: Map<String, Value>,
    /// Fields that nobody here knows, as they were.
    pub rest: Map<String, Value>,
}

#[cfg(all(test, feature = "parse"))]
mod spec;
