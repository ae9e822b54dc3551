//! What can happen to a user. Names and fields are stored: they are for ever (law 8).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{KeyId, Rights};
use crate::{Private, character::CharacterId, event::events, persona::PersonaId, provider::ProviderChoice};

/// Somebody came into the house.
#[derive(Debug, Clone, JsonSchema, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "spec"), derive(PartialEq))]
pub struct UserRegistered {
    /// What they are called.
    pub name: Private<String>,
}

/// They were given a key.
#[derive(Debug, Clone, JsonSchema, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "spec"), derive(PartialEq))]
pub struct ApiKeyIssued {
    /// Which one.
    pub key: KeyId,
    /// SHA-256 of the key, in hexadecimal; the key itself is nowhere.
    pub hash: String,
    /// What it is for, in their words.
    pub label: Private<String>,
    /// What it may do beside what every key may.
    #[serde(default, skip_serializing_if = "Rights::is_none")]
    pub rights: Rights,
}

/// A key of theirs opens the door no more.
#[derive(Debug, Clone, PartialEq, Eq, JsonSchema, Serialize, Deserialize)]
pub struct ApiKeyRevoked {
    /// Which one.
    pub key: KeyId,
}

/// They chose which model answers them.
#[derive(Debug, Clone, JsonSchema, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "spec"), derive(PartialEq))]
pub struct UserProviderChosen {
    /// The settings, all of them: what is absent is the house's.
    pub provider: Private<ProviderChoice>,
}

/// They chose as whom they talk where they do not say.
#[derive(Debug, Clone, PartialEq, Eq, JsonSchema, Serialize, Deserialize)]
pub struct UserPersonaChosen {
    /// With this character; none for with everybody else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub with: Option<CharacterId>,
    /// As whom; none for nobody in particular.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub persona: Option<PersonaId>,
}

/// They were forgotten: the key to their words was destroyed, and nobody will ever be known under this id again.
#[derive(Debug, Clone, Default, PartialEq, Eq, JsonSchema, Serialize, Deserialize)]
pub struct UserErased {}

events! {
    /// What can happen to a user.
    UserEvent in User {
        UserRegistered @ 1,
        ApiKeyIssued @ 1,
        ApiKeyRevoked @ 1,
        UserProviderChosen @ 1,
        UserPersonaChosen @ 1,
        UserErased @ 1,
    }
}
