//! What can happen to a persona. Names and fields are stored: they are for ever (law 8).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Profile, Source};
use crate::{Private, character::Picture, event::events, private::present, user::UserId};

/// Somebody to be was made up here, or brought from elsewhere.
#[derive(Debug, Clone, JsonSchema, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "spec"), derive(PartialEq))]
pub struct PersonaCreated {
    /// Whose it is.
    pub owner: UserId,
    /// Who it is.
    pub profile: Private<Box<Profile>>,
    /// Where it was brought from.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub source: Option<Private<Source>>,
}

/// It is somebody else in part now.
#[derive(Debug, Clone, JsonSchema, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "spec"), derive(PartialEq))]
pub struct PersonaRevised {
    /// Who it is, all of it.
    pub profile: Private<Box<Profile>>,
}

/// It looks otherwise now.
#[derive(Debug, Clone, JsonSchema, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "spec"), derive(PartialEq))]
pub struct PersonaRepainted {
    /// The picture; none to show none again.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub picture: Option<Private<Picture>>,
}

/// It is chosen no more.
#[derive(Debug, Clone, Default, PartialEq, Eq, JsonSchema, Serialize, Deserialize)]
pub struct PersonaRetired {}

/// It may be chosen again.
#[derive(Debug, Clone, Default, PartialEq, Eq, JsonSchema, Serialize, Deserialize)]
pub struct PersonaRestored {}

events! {
    /// What can happen to a persona.
    PersonaEvent in Persona {
        PersonaCreated @ 1,
        PersonaRevised @ 1,
        PersonaRepainted @ 1,
        PersonaRetired @ 1,
        PersonaRestored @ 1,
    }
}
