//! One thing that a world knows, and when it comes to mind.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::decorator::Decorated;
use super::key::Key;
use crate::sheet::Role;

/// An entry of a lorebook. Where a field is `None`, whoever runs the book decides.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Entry {
    /// Its number, which no other entry of the book has.
    pub uid: u64,
    /// What its author called it, where that is no number.
    pub id: String,
    /// Its name, for people (V2).
    pub name: String,
    /// What it is, for people; SillyTavern's title.
    pub comment: String,
    /// What it says, with its decorators; see [`Entry::decorated`].
    pub content: String,
    /// Whether it may come to mind at all.
    pub enabled: bool,
    /// Words of which one must have been said; see [`Key::of`].
    pub keys: Vec<String>,
    /// Words that must, or must not, have been said as well, if `selective`.
    pub secondary_keys: Vec<String>,
    /// Whether the secondary keys count.
    pub selective: bool,
    /// How the secondary keys count.
    pub logic: Logic,
    /// Whether all keys are patterns, where the book says so (V3).
    pub use_regex: Option<bool>,
    /// Whether upper and lower case differ.
    pub case_sensitive: Option<bool>,
    /// Whether a key must be a word of its own.
    pub match_whole_words: Option<bool>,
    /// How many messages are searched.
    pub scan_depth: Option<u32>,
    /// What is searched besides the messages.
    pub matches: Matches,
    /// Whether it always applies.
    pub constant: bool,
    /// Whether it may be found by what it means.
    pub vectorized: bool,
    /// How often it applies when it could, in percent.
    pub probability: f64,
    /// Whether the probability counts.
    pub use_probability: bool,
    /// Where its content goes.
    pub position: Position,
    /// How many messages come after it, for [`Position::AtDepth`].
    pub depth: u32,
    /// Who says it, for [`Position::AtDepth`].
    pub role: Role,
    /// The outlet it comes out of, for [`Position::Outlet`].
    pub outlet: String,
    /// Lower comes earlier in the prompt, higher is considered first.
    pub order: i64,
    /// Lower is dropped first when the budget is short (V2).
    pub priority: Option<i64>,
    /// Whether it applies even when the budget is spent.
    pub ignore_budget: bool,
    /// Whether other entries cannot wake it.
    pub exclude_recursion: bool,
    /// Whether it cannot wake other entries.
    pub prevent_recursion: bool,
    /// From which round of waking each other it may wake; 0 for any.
    pub delay_until_recursion: u32,
    /// Groups, parted by commas, of which one entry applies at a time.
    pub group: String,
    /// Whether it wins its group by its order instead of by chance.
    pub group_override: bool,
    /// Its chance within its group, against the others' weights.
    pub group_weight: u32,
    /// Whether its group is won by the number of keys found.
    pub use_group_scoring: Option<bool>,
    /// For how many messages it stays once it applied.
    pub sticky: Option<u32>,
    /// For how many messages it rests after it applied.
    pub cooldown: Option<u32>,
    /// How many messages a conversation must have before it applies.
    pub delay: Option<u32>,
    /// The kinds of generation for which it applies; none for all.
    pub triggers: Vec<String>,
    /// For whom it applies.
    pub character_filter: Option<CharacterFilter>,
    /// What is run when it applies.
    pub automation_id: String,
    /// Where it stands in SillyTavern's editor.
    pub display_index: Option<i64>,
    /// Whether SillyTavern's editor shows the comment.
    pub add_memo: bool,
    /// What other programs keep in the entry under this name.
    pub extensions: Map<String, Value>,
    /// Fields that nobody here knows, as they were.
    pub rest: Map<String, Value>,
}

impl Entry {
    /// The order of those whose book does not say.
    pub const ORDER: i64 = 100;
    /// The depth of those whose book does not say.
    pub const DEPTH: u32 = 4;
    /// The weight of those whose book does not say.
    pub const GROUP_WEIGHT: u32 = 100;
    /// The probability of those whose book does not say.
    pub const PROBABILITY: f64 = 100.0;

    /// The keys as what they are: words or patterns.
    pub fn keys(&self) -> impl Iterator<Item = Key<'_>> {
        self.keys.iter().map(|key| Key::of(key))
    }

    /// The content without its decorators, and the decorators.
    #[must_use]
    pub fn decorated(&self) -> Decorated<'_> {
        Decorated::of(&self.content)
    }
}

impl Default for Entry {
    fn default() -> Self {
        Self {
            uid: 0,
            id: String::new(),
            name: String::new(),
            comment: String::new(),
            content: String::new(),
            enabled: true,
            keys: Vec::new(),
            secondary_keys: Vec::new(),
            selective: true,
            logic: Logic::default(),
            use_regex: None,
            case_sensitive: None,
            match_whole_words: None,
            scan_depth: None,
            matches: Matches::default(),
            constant: false,
            vectorized: false,
            probability: Self::PROBABILITY,
            use_probability: true,
            position: Position::default(),
            depth: Self::DEPTH,
            role: Role::default(),
            outlet: String::new(),
            order: Self::ORDER,
            priority: None,
            ignore_budget: false,
            exclude_recursion: false,
            prevent_recursion: false,
            delay_until_recursion: 0,
            group: String::new(),
            group_override: false,
            group_weight: Self::GROUP_WEIGHT,
            use_group_scoring: None,
            sticky: None,
            cooldown: None,
            delay: None,
            triggers: Vec::new(),
            character_filter: None,
            automation_id: String::new(),
            display_index: None,
            add_memo: true,
            extensions: Map::new(),
            rest: Map::new(),
        }
    }
}

/// How secondary keys count.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Logic {
    /// One of them must have been said.
    #[default]
    AndAny,
    /// At least one of them must not have been said.
    NotAll,
    /// None of them may have been said.
    NotAny,
    /// All of them must have been said.
    AndAll,
}

impl Logic {
    /// In the order of SillyTavern's numbers.
    #[cfg(feature = "parse")]
    pub(crate) const ALL: [Self; 4] = [Self::AndAny, Self::NotAll, Self::NotAny, Self::AndAll];
}

/// Where the content of an entry goes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Position {
    /// Before the character's description.
    #[default]
    BeforeCharacter,
    /// After the character's description.
    AfterCharacter,
    /// Above the author's note.
    AuthorNoteTop,
    /// Below the author's note.
    AuthorNoteBottom,
    /// Between the messages, so many before their end.
    AtDepth,
    /// Above the example dialogues.
    ExamplesTop,
    /// Below the example dialogues.
    ExamplesBottom,
    /// Wherever a text names the outlet.
    Outlet,
}

impl Position {
    /// In the order of SillyTavern's numbers.
    #[cfg(feature = "parse")]
    pub(crate) const ALL: [Self; 8] = [
        Self::BeforeCharacter,
        Self::AfterCharacter,
        Self::AuthorNoteTop,
        Self::AuthorNoteBottom,
        Self::AtDepth,
        Self::ExamplesTop,
        Self::ExamplesBottom,
        Self::Outlet,
    ];
}

/// What is searched for an entry's keys besides the messages.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Matches {
    /// The person's description.
    pub persona_description: bool,
    /// The character's description.
    pub character_description: bool,
    /// The character's personality.
    pub character_personality: bool,
    /// The reminder between the last messages.
    pub character_depth_prompt: bool,
    /// The scenario.
    pub scenario: bool,
    /// The creator's notes.
    pub creator_notes: bool,
}

/// For which characters an entry applies.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct CharacterFilter {
    /// Whether it applies for all but those.
    pub is_exclude: bool,
    /// Names of the characters' files, without their ending.
    pub names: Vec<String>,
    /// Tags of characters.
    pub tags: Vec<String>,
}
