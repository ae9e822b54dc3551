//! The form of NextChat's own requests, by which its titles are told from messages, whatever language they are asked in.
//!
//! NextChat streams everything that a person says; only a title is asked for all at once. So a request that is NextChat's
//! own and is not to be streamed is no message. That it is NextChat's own is said by its headers and by the fields of its
//! body, which come in one order; both have to agree, because others may send either.

use std::fmt;

use axum::http::{HeaderMap, header};
use serde::{
    Deserialize, Deserializer,
    de::{IgnoredAny, MapAccess, Visitor},
};

/// Whose form a request has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Form {
    /// Anybody's.
    #[default]
    Any,
    /// NextChat's own.
    NextChat,
}

/// The fields that NextChat sends, as they come; some models get a limit behind them.
const FIELDS: [&str; 7] =
    ["messages", "stream", "model", "temperature", "presence_penalty", "frequency_penalty", "top_p"];
/// What its page accepts.
const ACCEPT: &str = "application/json, text/event-stream";
/// What its server calls itself.
const AGENT: &str = "Next.js Middleware";

impl Form {
    /// The form of a request.
    pub(super) fn of(headers: &HeaderMap, body: &[u8]) -> Self {
        let is =
            |name, value: &str| headers.get(name).is_some_and(|sent| sent.as_bytes() == value.as_bytes());
        if !is(header::ACCEPT, ACCEPT) && !is(header::USER_AGENT, AGENT) {
            return Self::Any;
        }
        match serde_json::from_slice(body) {
            Ok(Fields(fields)) if fields.starts_with(&FIELDS.map(str::to_owned)) => Self::NextChat,
            Ok(_) | Err(_) => Self::Any,
        }
    }
}

/// The first names of the fields of an object.
struct Fields(Vec<String>);

impl<'de> Deserialize<'de> for Fields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(InOrder)
    }
}

struct InOrder;

impl<'de> Visitor<'de> for InOrder {
    type Value = Fields;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields, A::Error> {
        let mut fields = Vec::with_capacity(FIELDS.len());
        while let Some((field, _)) = map.next_entry::<String, IgnoredAny>()? {
            if fields.len() < FIELDS.len() {
                fields.push(field);
            }
        }
        Ok(Fields(fields))
    }
}

#[cfg(test)]
mod spec {
    use axum::http::{HeaderName, HeaderValue};

    use super::*;

    const NEXTCHATS: &str = r#"{"messages":[],"stream":false,"model":"Aqua","temperature":0.5,"presence_penalty":0,
        "frequency_penalty":0,"top_p":1,"max_tokens":4000}"#;

    fn form(header: (HeaderName, &'static str), body: &str) -> Form {
        let headers = HeaderMap::from_iter([(header.0, HeaderValue::from_static(header.1))]);
        Form::of(&headers, body.as_bytes())
    }

    #[test]
    fn nextchats_page_and_its_server_are_known() {
        assert_eq!(form((header::ACCEPT, ACCEPT), NEXTCHATS), Form::NextChat);
        assert_eq!(form((header::USER_AGENT, AGENT), NEXTCHATS), Form::NextChat);
    }

    #[test]
    fn whoever_sends_only_the_headers_or_only_the_body_is_somebody_else() {
        assert_eq!(form((header::ACCEPT, "application/json"), NEXTCHATS), Form::Any);
        assert_eq!(form((header::USER_AGENT, "OpenAI/JS 6.30.1"), NEXTCHATS), Form::Any);
        for body in [
            r#"{"model":"Aqua","messages":[],"stream":false}"#,
            r#"{"stream":false,"messages":[],"model":"Aqua","temperature":0.5,"presence_penalty":0,"frequency_penalty":0,"top_p":1}"#,
            r#"{"messages":[],"stream":false,"model":"Aqua","temperature":0.5,"presence_penalty":0,"frequency_penalty":0}"#,
            "[]",
            "{",
        ] {
            assert_eq!(form((header::ACCEPT, ACCEPT), body), Form::Any, "{body}");
        }
    }
}
