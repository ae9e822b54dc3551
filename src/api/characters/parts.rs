//! The parts of a character, as they are sent and shown. They are the domain's own, told apart here so that a field that
//! nobody knows is refused, and so that the interface can be described.

use domain::character;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::api::part::{nested, part};

nested!(PersonalityProfile = character::PersonalityProfile, Role = character::Role);

part! {
    /// Who and where.
    Description = character::Description {
        /// What it is called.
        #[schema(min_length = 1, max_length = 255)]
        name: String,
        /// What it is called instead of its name in what it says (`{{char}}`).
        #[serde(default)]
        nickname: Option<String>,
        /// Who it is.
        #[serde(default)]
        text: String,
        /// The circumstances of the conversation.
        #[serde(default)]
        scenario: String,
        /// Words to find it by.
        #[serde(default)]
        tags: Vec<String>,
        /// What its author tells people; never part of a prompt.
        #[serde(default)]
        creator_notes: String,
        /// Its author.
        #[serde(default)]
        creator: String,
        /// Its author's version.
        #[serde(default)]
        version: String,
    }
}

part! {
    /// Character traits.
    Personality = character::Personality {
        /// A summary in a few words, as cards have it.
        #[serde(default)]
        summary: String,
        /// The same in structure.
        #[serde(default)]
        profile: PersonalityProfile,
    }
}

part! {
    /// The personality profile of the product's specification.
    PersonalityProfile = character::PersonalityProfile {
        /// Traits, a word or a few each.
        #[serde(default)]
        traits: Vec<String>,
        /// Where it comes from.
        #[serde(default)]
        background: String,
        /// How it speaks.
        #[serde(default)]
        speaking_style: String,
        /// What it does when.
        #[serde(default)]
        behavioral_patterns: Vec<BehaviorRule>,
        /// How feelings show.
        #[serde(default)]
        emotional_responses: Vec<EmotionalResponse>,
    }
}

part! {
    /// What a character does when something happens.
    BehaviorRule = character::BehaviorRule {
        /// When.
        trigger: String,
        /// What.
        behavior: String,
    }
}

part! {
    /// How a feeling shows.
    EmotionalResponse = character::EmotionalResponse {
        /// Which feeling.
        emotion: String,
        /// How it shows.
        response: String,
    }
}

part! {
    /// What it says first.
    Greetings = character::Greetings {
        /// The first message and its alternates, in order; empty when it waits to be spoken to.
        #[serde(default)]
        solo: Vec<String>,
        /// Greetings for conversations with several characters.
        #[serde(default)]
        group: Vec<String>,
    }
}

part! {
    /// How the model is told to play it.
    Instructions = character::Instructions {
        /// Replaces the house's system text; `{{original}}` stands for the latter.
        #[serde(default)]
        system: String,
        /// Comes after the history.
        #[serde(default)]
        post_history: String,
        /// Examples of dialogue, in blocks that begin with `<START>`.
        #[serde(default)]
        examples: String,
        /// A text at a depth of the history.
        #[serde(default)]
        depth_prompt: Option<DepthPrompt>,
        /// How readily it speaks among several.
        #[serde(default = "half")]
        #[schema(minimum = 0, maximum = 1, default = 0.5)]
        talkativeness: f64,
    }
}

fn half() -> f64 {
    0.5
}

part! {
    /// A text at a depth of the history.
    DepthPrompt = character::DepthPrompt {
        /// The text.
        prompt: String,
        /// How many messages from the end; 0 is after the last.
        #[schema(value_type = u64, maximum = 4_294_967_295_u64)]
        depth: u32,
        /// As whom it speaks.
        role: Role,
    }
}

/// As whom a text speaks to the model.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// As the house.
    System,
    /// As the person.
    User,
    /// As the character.
    Assistant,
}

impl From<Role> for character::Role {
    fn from(role: Role) -> Self {
        match role {
            Role::System => Self::System,
            Role::User => Self::User,
            Role::Assistant => Self::Assistant,
        }
    }
}

impl From<character::Role> for Role {
    fn from(role: character::Role) -> Self {
        match role {
            character::Role::System => Self::System,
            character::Role::User => Self::User,
            character::Role::Assistant => Self::Assistant,
        }
    }
}

part! {
    /// What it looks like.
    Appearance = character::Appearance {
        /// In words.
        #[serde(default)]
        text: String,
        /// In a picture; null takes it away. Another one is brought to `/characters/{id}/avatar`.
        #[serde(default)]
        avatar: Option<Picture>,
        /// In what else it has; those that are left out of a new list are taken away.
        #[serde(default)]
        #[schema(max_items = 500)]
        assets: Vec<AssetRef>,
    }
}

part! {
    /// Something beside the words of a character.
    AssetRef = character::AssetRef {
        /// What it is for: `emotion`, `background`, `icon`, or a word of the card's own.
        kind: String,
        /// What it is called.
        name: String,
        /// The extension of its file, as the card has it.
        ext: String,
        /// What its bytes are, whatever the card says.
        media_type: String,
        /// SHA-256 of its bytes, in hexadecimal.
        digest: String,
        /// How many bytes.
        size: u64,
    }
}

part! {
    /// A picture that the house keeps.
    Picture = character::Picture {
        /// SHA-256 of its bytes, in hexadecimal.
        digest: String,
        /// Such as `image/png`.
        media_type: String,
    }
}

part! {
    /// What it sounds like.
    Voice = character::Voice {
        /// Which service speaks.
        #[serde(default)]
        provider: Option<String>,
        /// With which of its voices.
        #[serde(default)]
        voice: Option<String>,
        /// In which language, as BCP 47 names it.
        #[serde(default)]
        language: Option<String>,
        /// How fast; 1 is normal.
        #[serde(default)]
        #[schema(minimum = 0.25, maximum = 4)]
        speed: Option<f64>,
        /// How high; 1 is normal.
        #[serde(default)]
        #[schema(minimum = 0.25, maximum = 4)]
        pitch: Option<f64>,
    }
}

macro_rules! empty_as_in_the_domain {
    ($($name:ident),+) => { $(impl Default for $name {
        fn default() -> Self { character::$name::default().into() }
    })+ };
}
empty_as_in_the_domain!(Personality, PersonalityProfile, Greetings, Instructions, Appearance, Voice);

/// All parts of a character that is made up; those that are left out are empty.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewProfile {
    /// Name, description, scenario and the like.
    pub description: Description,
    /// Character traits.
    #[serde(default)]
    pub personality: Personality,
    /// What it says first.
    #[serde(default)]
    pub greetings: Greetings,
    /// How the model is told to play it.
    #[serde(default)]
    pub instructions: Instructions,
    /// What it looks like.
    #[serde(default)]
    pub appearance: Appearance,
    /// What it sounds like.
    #[serde(default)]
    pub voice: Voice,
}

impl From<NewProfile> for character::Profile {
    fn from(profile: NewProfile) -> Self {
        Self {
            description: profile.description.into(),
            personality: profile.personality.into(),
            greetings: profile.greetings.into(),
            instructions: profile.instructions.into(),
            appearance: profile.appearance.into(),
            voice: profile.voice.into(),
        }
    }
}
