//! How a reply is asked for.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// How the model is to choose its words.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SamplingConfig {
    /// From 0 to 2.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub temperature: Option<f64>,
    /// From 0 to 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub top_p: Option<f64>,
    /// The longest reply, in tokens.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_tokens: Option<u32>,
}

/// How patient the house is with back ends.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PatienceConfig {
    /// To connect.
    #[serde(with = "humantime_serde")]
    pub connect: Duration,
    /// To the first token.
    #[serde(with = "humantime_serde")]
    pub first_token: Duration,
    /// Between two tokens.
    #[serde(with = "humantime_serde")]
    pub between_tokens: Duration,
    /// From the first token to the last.
    #[serde(with = "humantime_serde")]
    pub whole_reply: Duration,
    /// How often a back end is asked again before its first token.
    pub retries: usize,
    /// How long the demo rests before each word.
    #[serde(with = "humantime_serde")]
    pub demo_pause: Duration,
}

impl Default for PatienceConfig {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            first_token: Duration::from_secs(90),
            between_tokens: Duration::from_secs(30),
            whole_reply: Duration::from_secs(15 * 60),
            retries: 3,
            demo_pause: Duration::from_millis(15),
        }
    }
}

/// How prompts are assembled.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PromptConfig {
    /// How many tokens a prompt and its reply may have together.
    pub context_tokens: u32,
    /// How many of them are kept for the reply where the settings do not say.
    pub reply_tokens: u32,
    /// The house's system text, instead of the built-in one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub system: Option<String>,
    /// The words by which a model is asked what the person could say next, instead of the built-in ones.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub impersonation: Option<String>,
}

impl Default for PromptConfig {
    fn default() -> Self {
        Self { context_tokens: 8192, reply_tokens: 512, system: None, impersonation: None }
    }
}

/// The worker.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct WorkerConfig {
    /// How many replies a process says at once.
    pub replies_at_once: usize,
    /// A reply whose worker is silent for this long is given to another one.
    #[serde(with = "humantime_serde")]
    pub ack_wait: Duration,
}

impl Default for WorkerConfig {
    fn default() -> Self {
        Self { replies_at_once: 2_000, ack_wait: Duration::from_secs(5) }
    }
}
