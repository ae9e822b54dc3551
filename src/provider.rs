//! Where replies come from: one trait, and the back ends behind it.
//!
//! A back end turns a prompt into a stream of pieces. Everything that differs between SillyTavern, an OpenAI-compatible
//! endpoint and the built-in demo ends at [`Provider`]; everything that they have in common (retries, timeouts, the
//! circuit breaker) is [`patience`], wrapped around them by the [`registry`], so that the worker sees one stream and one
//! typed failure. Dropping the stream closes the connection to the model: that is how a reply is cancelled.
//!
//! Nothing here prints a prompt or a reply: the types that carry words have a `Debug` that only counts them.

use std::fmt;

use futures_util::future::BoxFuture;
use futures_util::stream::BoxStream;
use serde::{Deserialize, Serialize};

pub mod breaker;
mod delta;
pub mod demo;
mod error;
mod fault;
pub mod http;
pub mod openai;
pub mod patience;
pub mod registry;
mod reply;
pub mod settings;
pub mod sillytavern;
mod wire;

pub use error::{Phase, ProviderError, Whom};
pub use patience::Patience;
pub use registry::Providers;
pub use settings::ProviderSettings;

/// A model's answer as it arrives. It ends after `Finish` or after the first error.
pub type Pieces = BoxStream<'static, Result<Piece, ProviderError>>;

/// A back end that can answer a prompt.
pub trait Provider: Send + Sync {
    /// What the operator calls it: `sillytavern`, `openai` or `demo`.
    fn name(&self) -> &'static str;

    /// Asks for a reply. The future resolves when the answer has begun, the stream brings its pieces.
    fn generate<'a>(&'a self, generation: &'a Generation) -> BoxFuture<'a, Result<Pieces, ProviderError>>;

    /// Whether the back end can be reached and lets us in. It never costs a generation.
    fn check(&self) -> BoxFuture<'_, Result<(), ProviderError>>;
}

/// What is asked of a model.
#[derive(Clone, PartialEq)]
pub struct Generation {
    /// Takes precedence over the model of the settings.
    pub model: Option<String>,
    pub messages: Vec<ChatMessage>,
    pub sampling: Sampling,
    /// The name of the character who answers.
    pub character: String,
    /// The name by which the person is known in the conversation.
    pub user: String,
}

#[derive(Clone, PartialEq)]
pub struct ChatMessage {
    pub role: Role,
    pub content: String,
    /// Who speaks, where the role alone does not tell (example dialogue, groups).
    pub name: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    System,
    User,
    Assistant,
}

/// How the model chooses its words. What is `None` is left to the back end.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sampling {
    pub temperature: Option<f64>,
    pub top_p: Option<f64>,
    pub max_tokens: Option<u32>,
    pub presence_penalty: Option<f64>,
    pub frequency_penalty: Option<f64>,
    pub stop: Vec<String>,
}

#[derive(Clone, PartialEq)]
pub enum Piece {
    /// One or more tokens that arrived together.
    Text(String),
    /// The model thinking aloud: a sign of life, not part of the reply.
    Reasoning(String),
    Finish {
        /// In the words of the OpenAI API where we know them: `stop`, `length`, `content_filter`.
        reason: Option<String>,
        usage: Option<Usage>,
    },
}

/// Tokens as the model counted them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    pub prompt_tokens: u64,
    pub completion_tokens: u64,
}

impl fmt::Debug for Generation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Generation")
            .field("model", &self.model)
            .field("messages", &self.messages)
            .field("sampling", &self.sampling)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for ChatMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}({} bytes)", self.role, self.content.len())
    }
}

impl fmt::Debug for Piece {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => write!(f, "Text({} bytes)", text.len()),
            Self::Reasoning(text) => write!(f, "Reasoning({} bytes)", text.len()),
            Self::Finish { reason, usage } => write!(f, "Finish({reason:?}, {usage:?})"),
        }
    }
}

#[cfg(test)]
mod spec {
    use super::*;

    #[test]
    fn no_word_of_a_conversation_is_printed() {
        let message =
            ChatMessage { role: Role::User, content: "I love Ida".into(), name: Some("Tom".into()) };
        let generation = Generation {
            model: None,
            messages: vec![message],
            sampling: Sampling::default(),
            character: "Mira".into(),
            user: "Tom".into(),
        };

        let seen =
            format!("{generation:?} {:?} {:?}", Piece::Text("Ida".into()), Piece::Reasoning("Tom".into()));

        for word in ["love", "Ida", "Tom", "Mira"] {
            assert!(!seen.contains(word), "{word} in {seen}");
        }
    }
}
