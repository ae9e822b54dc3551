//! Who a persona is, where its words stand in prompts, and where it was brought from.

pub use cards::persona::Position;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{
    bounds::{self, OutOfBounds},
    character::Role,
    lorebook::{LorebookId, weighed},
};

/// Who a persona is.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Profile {
    /// What it is called, also in prompts.
    pub name: String,
    /// What tells it from others of the name, for its owner.
    #[serde(default)]
    pub title: String,
    /// Who it is, in the words that models are told.
    #[serde(default)]
    pub description: String,
    /// Where those words stand.
    #[serde(default)]
    pub placement: Placement,
    /// The lorebook that goes with it.
    #[serde(default)]
    pub lorebook: Option<LorebookId>,
    /// What other programs keep of it, as they spelt it.
    #[serde(default)]
    pub rest: Map<String, Value>,
}

/// Where the description of a persona stands in a prompt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Placement {
    /// At which place.
    #[serde(default)]
    pub position: Position,
    /// How many messages come after it, at a depth.
    #[serde(default = "depth")]
    pub depth: u32,
    /// As whom it speaks, at a depth.
    #[serde(default = "role")]
    pub role: Role,
}

/// As SillyTavern has it where nothing is said.
const fn depth() -> u32 {
    cards::persona::Persona::DEPTH
}

const fn role() -> Role {
    Role::System
}

impl Default for Placement {
    fn default() -> Self {
        Self { position: Position::InPrompt, depth: depth(), role: role() }
    }
}

impl Placement {
    /// Whether it is as it is where nothing is said.
    pub fn is_usual(&self) -> bool {
        *self == Self::default()
    }
}

/// Where a persona was brought from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// The file of its picture, by which other programs know it.
    pub file: String,
}

impl Profile {
    /// Holds if everything in it is bounded.
    pub fn check(&self) -> Result<(), OutOfBounds> {
        bounds::spoken("the name", &self.name, bounds::NAME)?;
        bounds::text("the title", &self.title, bounds::NAME)?;
        bounds::text("the description", &self.description, bounds::TEXT)?;
        weighed("what other programs keep of the persona", &self.rest, bounds::EXTRAS).map(drop)
    }
}

impl Source {
    /// Holds if its words are bounded.
    pub fn check(&self) -> Result<(), OutOfBounds> {
        bounds::spoken("the name of the persona's file", &self.file, bounds::NAME)
    }
}
