//! Which model answers: the settings that a user or a character carries, as plain names and values.
//!
//! What the names mean is the worker's business; the rule here is only that they are bounded. Secrets come already
//! sealed by the edge, so that no event holds one in the clear.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::bounds::{self, OutOfBounds};

/// Settings of a model provider.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProviderChoice {
    /// Values by the name of the setting.
    #[serde(default)]
    pub settings: BTreeMap<String, String>,
    /// The secret values, sealed together by the edge.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sealed: Option<String>,
}

impl ProviderChoice {
    /// Holds if every name and value is bounded.
    pub fn check(&self) -> Result<(), OutOfBounds> {
        bounds::count("provider settings", self.settings.len(), bounds::LIST)?;
        for (name, value) in &self.settings {
            bounds::text("the name of a provider setting", name, bounds::WORD)?;
            bounds::text("a provider setting", value, bounds::SETTING)?;
        }
        bounds::text(
            "the provider's secrets",
            self.sealed.as_deref().unwrap_or_default(),
            bounds::SETTING * 4,
        )
    }
}
