//! What others are told of what happens.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::webhooks::Reach;

/// What analysts read.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct EventsConfig {
    /// Whether anything is published to them.
    pub publish: bool,
    /// How long it is kept; 0s keeps it for ever.
    #[serde(with = "humantime_serde")]
    pub keep_for: Duration,
    /// How many bytes of it are kept; 0 sets no bound.
    pub keep_bytes: u64,
}

impl Default for EventsConfig {
    fn default() -> Self {
        Self { publish: true, keep_for: Duration::from_secs(365 * 24 * 3600), keep_bytes: 0 }
    }
}

/// What is told over HTTP.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct WebhooksConfig {
    /// Whether hooks may go to addresses behind the house's own wall, and over HTTP without TLS.
    pub allow_private: bool,
    /// How long a receiver may take to answer.
    #[serde(with = "humantime_serde")]
    pub timeout: Duration,
    /// How often an event is tried before it is put with what was not delivered.
    pub attempts: u32,
    /// How long it takes until an event is tried again; each time about four times as long as before.
    #[serde(with = "humantime_serde")]
    pub first_wait: Duration,
    /// The longest of these waits.
    #[serde(with = "humantime_serde")]
    pub longest_wait: Duration,
}

impl Default for WebhooksConfig {
    fn default() -> Self {
        Self {
            allow_private: false,
            timeout: Duration::from_secs(15),
            attempts: 10,
            first_wait: Duration::from_secs(5),
            longest_wait: Duration::from_secs(10 * 3600),
        }
    }
}

impl WebhooksConfig {
    /// How far hooks may go.
    pub fn reach(&self) -> Reach {
        if self.allow_private { Reach::Anywhere } else { Reach::Public }
    }
}
