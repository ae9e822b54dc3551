//! Who a character is, in the parts by which it is revised.

use serde::{Deserialize, Serialize};

use crate::bounds::{self, OutOfBounds};

/// All parts of a character.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Profile {
    /// Name, description, scenario and the like.
    pub description: Description,
    /// Character traits.
    pub personality: Personality,
    /// What it says first.
    pub greetings: Greetings,
    /// How the model is told to play it.
    pub instructions: Instructions,
    /// What it looks like.
    pub appearance: Appearance,
    /// What it sounds like.
    pub voice: Voice,
}

/// Who and where.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Description {
    /// What it is called.
    pub name: String,
    /// What it is called instead of its name in what it says (`{{char}}`).
    #[serde(default)]
    pub nickname: Option<String>,
    /// Who it is.
    #[serde(default)]
    pub text: String,
    /// The circumstances of the conversation.
    #[serde(default)]
    pub scenario: String,
    /// Words to find it by.
    #[serde(default)]
    pub tags: Vec<String>,
    /// What its author tells people; never part of a prompt.
    #[serde(default)]
    pub creator_notes: String,
    /// Its author.
    #[serde(default)]
    pub creator: String,
    /// Its author's version.
    #[serde(default)]
    pub version: String,
}

/// Character traits.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Personality {
    /// A summary in a few words, as cards have it.
    #[serde(default)]
    pub summary: String,
    /// The same in structure, as the product's specification has it.
    #[serde(default)]
    pub profile: PersonalityProfile,
}

/// The personality profile of the product's specification.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct PersonalityProfile {
    /// Traits, a word or a few each.
    #[serde(default)]
    pub traits: Vec<String>,
    /// Where it comes from.
    #[serde(default)]
    pub background: String,
    /// How it speaks.
    #[serde(default)]
    pub speaking_style: String,
    /// What it does when.
    #[serde(default)]
    pub behavioral_patterns: Vec<BehaviorRule>,
    /// How feelings show.
    #[serde(default)]
    pub emotional_responses: Vec<EmotionalResponse>,
}

/// What a character does when something happens.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct BehaviorRule {
    /// When.
    pub trigger: String,
    /// What.
    pub behavior: String,
}

/// How a feeling shows.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct EmotionalResponse {
    /// Which feeling.
    pub emotion: String,
    /// How it shows.
    pub response: String,
}

/// What it says first.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Greetings {
    /// The first message and its alternates, in order; empty when it waits to be spoken to.
    #[serde(default)]
    pub solo: Vec<String>,
    /// Greetings for conversations with several characters.
    #[serde(default)]
    pub group: Vec<String>,
}

/// How the model is told to play it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Instructions {
    /// Replaces the house's system text; `{{original}}` stands for the latter.
    #[serde(default)]
    pub system: String,
    /// Comes after the history.
    #[serde(default)]
    pub post_history: String,
    /// Examples of dialogue, in blocks that begin with `<START>`.
    #[serde(default)]
    pub examples: String,
    /// A text at a depth of the history.
    #[serde(default)]
    pub depth_prompt: Option<DepthPrompt>,
    /// How readily it speaks among several, from 0 to 1.
    #[serde(default = "half")]
    pub talkativeness: f64,
}

impl Default for Instructions {
    fn default() -> Self {
        Self {
            system: String::new(),
            post_history: String::new(),
            examples: String::new(),
            depth_prompt: None,
            talkativeness: half(),
        }
    }
}

const fn half() -> f64 {
    0.5
}

/// A text at a depth of the history.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DepthPrompt {
    /// The text.
    pub prompt: String,
    /// How many messages from the end; 0 is after the last.
    pub depth: u32,
    /// As whom it speaks.
    pub role: Role,
}

/// As whom a text speaks to the model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// As the house.
    System,
    /// As the person.
    User,
    /// As the character.
    Assistant,
}

impl From<cards::Role> for Role {
    fn from(role: cards::Role) -> Self {
        match role {
            cards::Role::System => Self::System,
            cards::Role::User => Self::User,
            cards::Role::Assistant => Self::Assistant,
        }
    }
}

impl From<Role> for cards::Role {
    fn from(role: Role) -> Self {
        match role {
            Role::System => Self::System,
            Role::User => Self::User,
            Role::Assistant => Self::Assistant,
        }
    }
}

/// What it looks like.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Appearance {
    /// In words.
    #[serde(default)]
    pub text: String,
    /// In a picture.
    #[serde(default)]
    pub avatar: Option<Picture>,
    /// In what else it has: expressions, backgrounds and sounds of its card, and faces that were added to them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub assets: Vec<AssetRef>,
}

/// A picture in the object store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Picture {
    /// SHA-256 of its bytes, in hexadecimal: its address.
    pub digest: String,
    /// Such as `image/png`.
    pub media_type: String,
}

/// Something beside the words of a character, in the object store. What it is called is a stranger's word, a label only.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AssetRef {
    /// What it is for: `emotion`, `background`, `icon`, or a word of the card's own.
    pub kind: String,
    /// What it is called.
    pub name: String,
    /// The extension of its file, as the card has it.
    pub ext: String,
    /// What its bytes are, whatever the card says.
    pub media_type: String,
    /// SHA-256 of its bytes, in hexadecimal: its address.
    pub digest: String,
    /// How many bytes.
    pub size: u64,
}

impl AssetRef {
    /// What expressions are for, in the words of V3. Some cards say `expression`.
    pub const EMOTION: &'static str = "emotion";

    /// Whether it is a face for a feeling.
    pub fn is_expression(&self) -> bool {
        [Self::EMOTION, "expression"].contains(&self.kind.as_str())
    }

    /// Whether it is a face for this feeling.
    pub fn expresses(&self, feeling: &str) -> bool {
        self.is_expression() && self.name == feeling
    }
}

/// What it sounds like.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Voice {
    /// Which service speaks.
    #[serde(default)]
    pub provider: Option<String>,
    /// With which of its voices.
    #[serde(default)]
    pub voice: Option<String>,
    /// In which language, as BCP 47 names it.
    #[serde(default)]
    pub language: Option<String>,
    /// How fast; 1 is normal.
    #[serde(default)]
    pub speed: Option<f64>,
    /// How high; 1 is normal.
    #[serde(default)]
    pub pitch: Option<f64>,
}

/// The card that a character came from, kept whole in the object store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Original {
    /// SHA-256 of its bytes, in hexadecimal: its address.
    pub digest: String,
    /// Such as `image/png` or `application/json`.
    pub media_type: String,
    /// Which version of the card format.
    pub spec: String,
    /// How many bytes.
    pub size: u64,
}

impl Profile {
    /// Holds if every part is bounded.
    pub fn check(&self) -> Result<(), OutOfBounds> {
        self.description.check()?;
        self.personality.check()?;
        self.greetings.check()?;
        self.instructions.check()?;
        self.appearance.check()?;
        self.voice.check()
    }

    /// What it is called in what it says.
    pub fn spoken_name(&self) -> &str {
        self.description.nickname.as_deref().unwrap_or(&self.description.name)
    }
}

impl Description {
    pub(super) fn check(&self) -> Result<(), OutOfBounds> {
        bounds::spoken("the name", &self.name, bounds::NAME)?;
        bounds::text("the nickname", self.nickname.as_deref().unwrap_or_default(), bounds::NAME)?;
        bounds::text("the description", &self.text, bounds::TEXT)?;
        bounds::text("the scenario", &self.scenario, bounds::TEXT)?;
        bounds::texts("tags", &self.tags, bounds::WORD)?;
        bounds::text("the creator's notes", &self.creator_notes, bounds::TEXT)?;
        bounds::text("the creator", &self.creator, bounds::NAME)?;
        bounds::text("the version", &self.version, bounds::NAME)
    }
}

impl Personality {
    pub(super) fn check(&self) -> Result<(), OutOfBounds> {
        let Self { summary, profile } = self;
        bounds::text("the personality", summary, bounds::TEXT)?;
        bounds::texts("traits", &profile.traits, bounds::WORD)?;
        bounds::text("the background", &profile.background, bounds::TEXT)?;
        bounds::text("the speaking style", &profile.speaking_style, bounds::TEXT)?;
        bounds::count("behavioral patterns", profile.behavioral_patterns.len(), bounds::LIST)?;
        bounds::count("emotional responses", profile.emotional_responses.len(), bounds::LIST)?;
        let rules = profile.behavioral_patterns.iter().flat_map(|rule| [&rule.trigger, &rule.behavior]);
        let feelings =
            profile.emotional_responses.iter().flat_map(|feeling| [&feeling.emotion, &feeling.response]);
        rules
            .chain(feelings)
            .try_for_each(|words| bounds::text("a pattern of behaviour", words, bounds::SETTING))
    }
}

impl Greetings {
    pub(super) fn check(&self) -> Result<(), OutOfBounds> {
        bounds::texts("greetings", &self.solo, bounds::TEXT)?;
        bounds::texts("group greetings", &self.group, bounds::TEXT)
    }
}

impl Instructions {
    pub(super) fn check(&self) -> Result<(), OutOfBounds> {
        bounds::text("the system prompt", &self.system, bounds::TEXT)?;
        bounds::text("the post-history instructions", &self.post_history, bounds::TEXT)?;
        bounds::text("the examples", &self.examples, bounds::TEXT)?;
        bounds::range("the talkativeness", self.talkativeness, 0.0, 1.0)?;
        let Some(at_depth) = &self.depth_prompt else { return Ok(()) };
        bounds::text("the depth prompt", &at_depth.prompt, bounds::TEXT)
    }
}

impl Appearance {
    pub(super) fn check(&self) -> Result<(), OutOfBounds> {
        bounds::text("the appearance", &self.text, bounds::TEXT)?;
        bounds::count("assets", self.assets.len(), bounds::ASSETS)?;
        let words =
            self.assets.iter().flat_map(|asset| [&asset.kind, &asset.name, &asset.ext, &asset.media_type]);
        words.into_iter().try_for_each(|word| bounds::text("a word about an asset", word, bounds::WORD))
    }

    /// Holds if its files are not too large together. What comes in with a card, the card's reader has weighed.
    pub(super) fn weigh(&self) -> Result<(), OutOfBounds> {
        let bytes = self.assets.iter().fold(0_u64, |bytes, asset| bytes.saturating_add(asset.size));
        let bytes = usize::try_from(bytes).unwrap_or(usize::MAX);
        bounds::count("bytes of assets", bytes, bounds::ASSET_BYTES)
    }
}

impl Voice {
    pub(super) fn check(&self) -> Result<(), OutOfBounds> {
        for (what, words) in [
            ("the voice provider", &self.provider),
            ("the voice", &self.voice),
            ("the language", &self.language),
        ] {
            bounds::text(what, words.as_deref().unwrap_or_default(), bounds::NAME)?;
        }
        bounds::range("the speed of the voice", self.speed.unwrap_or(1.0), 0.25, 4.0)?;
        bounds::range("the pitch of the voice", self.pitch.unwrap_or(1.0), 0.25, 4.0)
    }
}
