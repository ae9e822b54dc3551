//! What can happen to a character. Names and fields are stored: they are for ever (law 8).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Appearance, Description, Greetings, Instructions, Original, Personality, Profile, Voice};
use crate::{Private, event::events, provider::ProviderChoice, user::UserId};

/// It came in on a card.
#[derive(Debug, Clone, JsonSchema, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "spec"), derive(PartialEq))]
pub struct CharacterImported {
    /// Whose it is.
    pub owner: UserId,
    /// Who it is, as the card was read.
    pub profile: Private<Box<Profile>>,
    /// The card itself.
    pub original: Private<Original>,
}

/// It was made up here.
#[derive(Debug, Clone, JsonSchema, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "spec"), derive(PartialEq))]
pub struct CharacterCreated {
    /// Whose it is.
    pub owner: UserId,
    /// Who it is.
    pub profile: Private<Box<Profile>>,
}

/// Name, description, scenario or tags are other ones now.
#[derive(Debug, Clone, JsonSchema, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "spec"), derive(PartialEq))]
pub struct DescriptionRevised {
    /// The whole part, as it is now.
    pub description: Private<Description>,
}

/// Its personality is another one now.
#[derive(Debug, Clone, JsonSchema, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "spec"), derive(PartialEq))]
pub struct PersonalityRevised {
    /// The whole part, as it is now.
    pub personality: Private<Personality>,
}

/// It greets in other words now.
#[derive(Debug, Clone, JsonSchema, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "spec"), derive(PartialEq))]
pub struct GreetingsRevised {
    /// The whole part, as it is now.
    pub greetings: Private<Greetings>,
}

/// The model is told otherwise now.
#[derive(Debug, Clone, JsonSchema, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "spec"), derive(PartialEq))]
pub struct InstructionsRevised {
    /// The whole part, as it is now.
    pub instructions: Private<Instructions>,
}

/// It looks otherwise now.
#[derive(Debug, Clone, JsonSchema, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "spec"), derive(PartialEq))]
pub struct AppearanceRevised {
    /// The whole part, as it is now.
    pub appearance: Private<Appearance>,
}

/// It sounds otherwise now.
#[derive(Debug, Clone, JsonSchema, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "spec"), derive(PartialEq))]
pub struct VoiceRevised {
    /// The whole part, as it is now.
    pub voice: Private<Voice>,
}

/// It speaks no more.
#[derive(Debug, Clone, Default, PartialEq, Eq, JsonSchema, Serialize, Deserialize)]
pub struct CharacterRetired {}

/// It speaks again.
#[derive(Debug, Clone, Default, PartialEq, Eq, JsonSchema, Serialize, Deserialize)]
pub struct CharacterRestored {}

/// It was said which model speaks for it.
#[derive(Debug, Clone, JsonSchema, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "spec"), derive(PartialEq))]
pub struct CharacterProviderChosen {
    /// The settings, all of them: what is absent is the owner's or the house's.
    pub provider: Private<ProviderChoice>,
}

events! {
    /// What can happen to a character.
    CharacterEvent in Character {
        CharacterImported @ 1,
        CharacterCreated @ 1,
        DescriptionRevised @ 1,
        PersonalityRevised @ 1,
        GreetingsRevised @ 1,
        InstructionsRevised @ 1,
        AppearanceRevised @ 1,
        VoiceRevised @ 1,
        CharacterRetired @ 1,
        CharacterRestored @ 1,
        CharacterProviderChosen @ 1,
    }
}
