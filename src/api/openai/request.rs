//! What a client asks for, read with patience: unknown fields are nobody's mistake, and a content is a text, a list of
//! parts, or nothing.
//!
//! Sampling is up to the settings of the character and the house, not to the client: NextChat sends its own defaults
//! with every request.

use axum::{body::Body, extract::Request};
use domain::bounds;
use serde::{Deserialize, de::IgnoredAny};

use super::form::Form;
use crate::{
    api::{body, problem::Problem},
    recall::Told,
};

/// How many bytes a request has at most, after decompression: pictures come in it, all that are in the client's window.
const LIMIT: usize = 32 * 1024 * 1024;

/// A request for a completion.
#[derive(Debug, Deserialize)]
pub(super) struct Completion {
    /// Who is asked.
    pub(super) model: String,
    messages: Vec<Message>,
    stream: Option<bool>,
    stream_options: Option<StreamOptions>,
    n: Option<u64>,
    /// Whose form it has.
    #[serde(skip)]
    form: Form,
}

#[derive(Debug, Deserialize)]
struct StreamOptions {
    include_usage: Option<bool>,
}

#[derive(Debug, Deserialize)]
struct Message {
    role: String,
    #[serde(default)]
    content: Option<Content>,
    #[serde(default)]
    tool_calls: Option<IgnoredAny>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Content {
    Text(String),
    Parts(Vec<Part>),
}

#[derive(Debug, Deserialize)]
struct Part {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    text: Option<String>,
}

/// How the client wants to be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Telling {
    /// All at once.
    Whole,
    /// As it is said.
    Stream(Cost),
}

/// Whether a stream ends with what it cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cost {
    /// It does.
    Told,
    /// It does not.
    Untold,
}

impl Completion {
    /// Reads a request.
    pub(super) async fn read(request: Request<Body>) -> Result<Self, Problem> {
        let (parts, body) = request.into_parts();
        // JSON, whatever it says it is: clients differ in that.
        let bytes = body::read(body, LIMIT).await?;
        let completion = Self { form: Form::of(&parts.headers, &bytes), ..body::parse(&bytes)? };
        if completion.n.is_some_and(|n| n != 1) {
            return Err(Problem::bad_request(
                "one-at-a-time",
                "n must be 1: ask again for another wording, or type /swipe",
            ));
        }
        if completion.messages.len() > bounds::MESSAGES {
            let most = bounds::MESSAGES;
            return Err(Problem::bad_request(
                "too-many-messages",
                format!("there are more than {most} messages"),
            ));
        }
        Ok(completion)
    }

    /// How the client wants to be told.
    pub(super) fn telling(&self) -> Telling {
        let cost = self.stream_options.as_ref().and_then(|options| options.include_usage) == Some(true);
        match self.stream {
            Some(true) => Telling::Stream(if cost { Cost::Told } else { Cost::Untold }),
            Some(false) | None => Telling::Whole,
        }
    }

    /// Whether it is NextChat asking for a title: all that is said there is streamed.
    pub(super) fn is_for_a_title(&self) -> bool {
        self.form == Form::NextChat && self.stream == Some(false)
    }

    /// Its messages.
    pub(super) fn messages(&self) -> Vec<Told> {
        self.messages.iter().map(Message::told).collect()
    }
}

impl Message {
    fn told(&self) -> Told {
        let (text, more) = match &self.content {
            None => (String::new(), false),
            Some(Content::Text(text)) => (text.clone(), false),
            Some(Content::Parts(parts)) => {
                let texts: Vec<_> = parts.iter().filter_map(|part| part.text.as_deref()).collect();
                (texts.join("\n"), parts.iter().any(|part| part.kind != "text"))
            }
        };
        // A call of a tool is no turn: its results are not ours, and it said nothing.
        let role = if self.tool_calls.is_some() && text.is_empty() { "tool" } else { &self.role };
        Told { role: role.to_owned(), text, more }
    }
}

#[cfg(test)]
mod spec {
    use super::*;

    fn completion(json: &str) -> Completion {
        body::parse(json.as_bytes()).unwrap()
    }

    #[test]
    fn unknown_fields_and_all_forms_of_a_content_are_read() {
        let completion = completion(
            r#"{"model":"Aqua","seed":7,"messages":[{"role":"system","content":null},{"role":"user","name":"Mira",
                "content":[{"type":"text","text":"Hi"},{"type":"image_url","image_url":{"url":"data:"}}]},
                {"role":"assistant","content":null,"tool_calls":[{"id":"1"}]},{"role":"user","content":"Ho"}]}"#,
        );
        let told = |role: &str, text: &str, more| Told { role: role.into(), text: text.into(), more };
        assert_eq!(
            completion.messages(),
            [
                told("system", "", false),
                told("user", "Hi", true),
                told("tool", "", false),
                told("user", "Ho", false)
            ]
        );
        assert_eq!(completion.telling(), Telling::Whole);
    }

    #[test]
    fn a_stream_tells_its_cost_where_that_is_asked_for() {
        let read = |options: &str| {
            completion(&format!(r#"{{"model":"","messages":[],"stream":true{options}}}"#)).telling()
        };
        assert_eq!(read(""), Telling::Stream(Cost::Untold));
        assert_eq!(read(r#","stream_options":{"include_usage":true}"#), Telling::Stream(Cost::Told));
        assert_eq!(read(r#","stream_options":null"#), Telling::Stream(Cost::Untold));
    }
}
