//! The request body that all chat-completion endpoints share.

use serde::Serialize;

use super::{ChatMessage, Generation, Role};

/// OpenAI takes four; others take more, but nobody is helped by a hundred.
const MOST_STOPS: usize = 4;
const LONGEST_NAME: usize = 64;
/// Where nobody says how long a reply may be: long enough for a scene, short enough for a chat.
pub(super) const USUAL_MAX_TOKENS: u32 = 512;

#[derive(Serialize)]
pub(super) struct ChatRequest<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) model: Option<&'a str>,
    messages: Vec<Message<'a>>,
    stream: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) temperature: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) top_p: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) max_tokens: Option<u32>,
    /// The name that api.openai.com wants for `max_tokens`; its newer models refuse the old one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) max_completion_tokens: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) presence_penalty: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) frequency_penalty: Option<f64>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    stop: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) stream_options: Option<StreamOptions>,
}

#[derive(Serialize)]
pub(super) struct StreamOptions {
    pub(super) include_usage: bool,
}

#[derive(Serialize)]
struct Message<'a> {
    role: Role,
    content: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
}

impl<'a> ChatRequest<'a> {
    pub(super) fn streaming(generation: &'a Generation, model: Option<&'a str>) -> Self {
        let sampling = &generation.sampling;
        Self {
            model: generation.model.as_deref().or(model),
            messages: generation.messages.iter().map(Message::from).collect(),
            stream: true,
            temperature: sampling.temperature,
            top_p: sampling.top_p,
            max_tokens: sampling.max_tokens,
            max_completion_tokens: None,
            presence_penalty: sampling.presence_penalty,
            frequency_penalty: sampling.frequency_penalty,
            stop: &sampling.stop[..sampling.stop.len().min(MOST_STOPS)],
            stream_options: None,
        }
    }
}

impl<'a> From<&'a ChatMessage> for Message<'a> {
    fn from(message: &'a ChatMessage) -> Self {
        Self {
            role: message.role,
            content: &message.content,
            name: message.name.as_deref().and_then(plain_name),
        }
    }
}

/// Endpoints refuse names outside of `[A-Za-z0-9_-]{1,64}`: other characters become `_`, as in SillyTavern, and a name
/// of which nothing is left is not sent.
fn plain_name(name: &str) -> Option<String> {
    let plain = |c: char| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' };
    let name: String = name.chars().take(LONGEST_NAME).map(plain).collect();
    name.contains(|c: char| c.is_ascii_alphanumeric()).then_some(name)
}

#[cfg(test)]
mod spec {
    use super::*;

    #[test]
    fn a_name_is_sent_in_letters_that_endpoints_accept() {
        assert_eq!(plain_name("example_user").as_deref(), Some("example_user"));
        assert_eq!(plain_name("Anna Lena").as_deref(), Some("Anna_Lena"));
        assert_eq!(plain_name("Мира"), None);
        assert_eq!(plain_name(&"x".repeat(99)).map(|name| name.len()), Some(64));
    }
}
