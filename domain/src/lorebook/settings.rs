//! What a lorebook is besides its entries: its settings, what other programs keep in it, and the file that it came from.

use cards::lorebook::Lorebook;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::check;
use crate::bounds::{self, OutOfBounds};

/// What a lorebook is called, and how it is searched. Where a number is `None`, whoever runs the book decides.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// What it is called.
    pub name: String,
    /// What it is about, for people.
    #[serde(default)]
    pub description: String,
    /// How many messages are searched for keys.
    #[serde(default)]
    pub scan_depth: Option<u32>,
    /// How many tokens its entries may take.
    #[serde(default)]
    pub token_budget: Option<u32>,
    /// Whether entries may wake each other.
    #[serde(default)]
    pub recursive_scanning: Option<bool>,
}

/// What other programs keep in a lorebook, outside of its entries.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Extras {
    /// Under this name.
    #[serde(default)]
    pub extensions: Map<String, Value>,
    /// In fields that nobody here knows.
    #[serde(default)]
    pub rest: Map<String, Value>,
}

/// The file that a lorebook came from, kept whole in the object store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Original {
    /// SHA-256 of its bytes, in hexadecimal: its address.
    pub digest: String,
    /// Whose shape it has, such as `sillytavern`.
    pub format: String,
    /// How many bytes.
    pub size: u64,
    /// How many entries were read from it.
    pub entries: usize,
}

impl Settings {
    /// Holds if every text is bounded.
    pub fn check(&self) -> Result<(), OutOfBounds> {
        bounds::spoken("the name", &self.name, bounds::NAME)?;
        bounds::text("the description", &self.description, bounds::TEXT)
    }
}

impl Extras {
    /// Holds if everything in it is bounded.
    pub fn check(&self) -> Result<(), OutOfBounds> {
        check::extras(self)
    }
}

impl super::Book {
    /// The book in the form in which it is written to files.
    pub fn to_plain(&self) -> Lorebook {
        let (settings, extras) = (self.settings.clone(), self.extras.clone());
        Lorebook {
            name: settings.name,
            description: settings.description,
            scan_depth: settings.scan_depth,
            token_budget: settings.token_budget,
            recursive_scanning: settings.recursive_scanning,
            entries: self.entries.iter().cloned().collect(),
            extensions: extras.extensions,
            rest: extras.rest,
        }
    }
}
