//! What can happen to a lorebook. Names and fields are stored: they are for ever (law 8).

use cards::lorebook::Entry;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Extras, Link, Original, Settings};
use crate::{Private, event::events, user::UserId};

/// It came in from a file; entries that are not here yet follow by [`EntriesAdded`].
#[derive(Debug, Clone, JsonSchema, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "spec"), derive(PartialEq))]
pub struct LorebookImported {
    /// Whose it is.
    pub owner: UserId,
    /// What it is called, and how it is searched.
    pub settings: Private<Settings>,
    /// What other programs keep in it.
    #[serde(default)]
    pub extras: Private<Box<Extras>>,
    /// The file itself, and how many entries it has.
    pub original: Private<Original>,
    /// The first of them.
    pub entries: Vec<Private<Entry>>,
}

/// It was made up here.
#[derive(Debug, Clone, JsonSchema, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "spec"), derive(PartialEq))]
pub struct LorebookCreated {
    /// Whose it is.
    pub owner: UserId,
    /// What it is called, and how it is searched.
    pub settings: Private<Settings>,
}

/// It knows more now: behind what it knew, in this order.
#[derive(Debug, Clone, JsonSchema, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "spec"), derive(PartialEq))]
pub struct EntriesAdded {
    /// What.
    pub entries: Vec<Private<Entry>>,
}

/// An entry is another one now.
#[derive(Debug, Clone, JsonSchema, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "spec"), derive(PartialEq))]
pub struct EntryRevised {
    /// The whole entry, as it is now; its number is the old one's.
    pub entry: Private<Box<Entry>>,
}

/// An entry is no more.
#[derive(Debug, Clone, PartialEq, Eq, JsonSchema, Serialize, Deserialize)]
pub struct EntryRemoved {
    /// Its number.
    pub uid: u64,
}

/// It is called, described or searched otherwise now.
#[derive(Debug, Clone, JsonSchema, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "spec"), derive(PartialEq))]
pub struct LorebookRevised {
    /// All settings, as they are now.
    pub settings: Private<Settings>,
}

/// It is for somebody.
#[derive(Debug, Clone, PartialEq, Eq, JsonSchema, Serialize, Deserialize)]
pub struct LorebookLinked {
    /// For whom.
    pub to: Link,
}

/// It is for somebody no more.
#[derive(Debug, Clone, PartialEq, Eq, JsonSchema, Serialize, Deserialize)]
pub struct LorebookUnlinked {
    /// For whom.
    pub from: Link,
}

/// It is used no more.
#[derive(Debug, Clone, Default, PartialEq, Eq, JsonSchema, Serialize, Deserialize)]
pub struct LorebookRetired {}

/// It is used again.
#[derive(Debug, Clone, Default, PartialEq, Eq, JsonSchema, Serialize, Deserialize)]
pub struct LorebookRestored {}

events! {
    /// What can happen to a lorebook.
    LorebookEvent in Lorebook {
        LorebookImported @ 1,
        LorebookCreated @ 1,
        EntriesAdded @ 1,
        EntryRevised @ 1,
        EntryRemoved @ 1,
        LorebookRevised @ 1,
        LorebookLinked @ 1,
        LorebookUnlinked @ 1,
        LorebookRetired @ 1,
        LorebookRestored @ 1,
    }
}
