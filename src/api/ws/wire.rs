//! The frames, in both directions and both forms.

use std::fmt::Display;

use axum::extract::ws::Message;
use domain::conversation::{ConversationId, ReplyId};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::api::{
    body,
    negotiation::transcode,
    problem::{Details, Problem},
    tell::Tell,
};

/// The protocols, by their names.
pub(super) const JSON: &str = "innkeeper.json";
pub(super) const MSGPACK: &str = "innkeeper.msgpack";
/// How long the name of a subscription is at most.
const NAME: usize = 64;

/// In which form somebody is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Json,
    MessagePack,
}

/// What somebody asks for.
#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(tag = "op", rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum Asked {
    /// Listen to a reply, from its start or behind an event.
    Listen { sub: String, reply: ReplyId, last: Option<String> },
    /// Follow a conversation, from now on or behind a position.
    Follow { sub: String, conversation: ConversationId, after: Option<String> },
    /// Ends a subscription.
    Leave { sub: String },
    /// Whether somebody is there.
    Ping {},
}

impl Asked {
    /// What a message asks for; `None` for one that is not ours to read.
    pub(super) fn read(message: &Message) -> Option<Result<Self, Problem>> {
        let asked = match message {
            Message::Text(text) => body::parse(text.as_bytes()),
            Message::Binary(bytes) => match transcode::to_json(bytes) {
                Ok(json) => body::parse(&json),
                Err(error) => Err(Problem::bad_request("malformed-msgpack", error.to_string())),
            },
            Message::Ping(_) | Message::Pong(_) | Message::Close(_) => return None,
        };
        Some(asked.and_then(Self::bounded))
    }

    /// The name of the subscription that it is about.
    pub(super) fn sub(&self) -> Option<&str> {
        match self {
            Self::Listen { sub, .. } | Self::Follow { sub, .. } | Self::Leave { sub } => Some(sub),
            Self::Ping {} => None,
        }
    }

    fn bounded(self) -> Result<Self, Problem> {
        match self.sub() {
            Some(sub) if sub.is_empty() || sub.len() > NAME => Err(Problem::invalid(
                "out-of-bounds",
                format!("the name of a subscription has from 1 to {NAME} bytes"),
            )),
            Some(_) | None => Ok(self),
        }
    }
}

/// What somebody is told.
#[derive(Debug, Default, Clone, PartialEq, Serialize)]
pub(super) struct Told {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) sub: Option<String>,
    pub(super) event: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) data: Option<Value>,
}

impl Told {
    /// Something about a subscription, or about none.
    pub(super) fn about(sub: Option<&str>, event: &str) -> Self {
        Self { sub: sub.map(str::to_owned), event: event.to_owned(), ..Self::default() }
    }

    /// What was asked for cannot be.
    pub(super) fn refused(sub: Option<&str>, problem: &Details) -> Self {
        Self { data: serde_json::to_value(problem).ok(), ..Self::about(sub, "refused") }
    }

    /// As a message.
    pub(super) fn message(&self, form: Form) -> Message {
        // What we tell has texts as keys, so writing it to memory cannot fail.
        let json = serde_json::to_string(self).unwrap_or_default();
        match form {
            Form::Json => Message::Text(json.into()),
            Form::MessagePack => {
                Message::Binary(transcode::to_msgpack(json.as_bytes()).unwrap_or_default().into())
            }
        }
    }
}

/// Events that are told together.
#[derive(Debug, Default)]
pub(super) struct Frames(Vec<Told>);

impl Tell for Frames {
    type Chunk = Vec<Told>;

    fn event(&mut self, event: &str, data: &impl Serialize) {
        self.0.push(Told {
            sub: None,
            event: event.to_owned(),
            id: None,
            data: serde_json::to_value(data).ok(),
        });
    }

    fn event_at(&mut self, id: impl Display, event: &str, data: &impl Serialize) {
        let id = Some(id.to_string());
        self.0.push(Told { sub: None, event: event.to_owned(), id, data: serde_json::to_value(data).ok() });
    }

    fn finish(self) -> Vec<Told> {
        self.0
    }
}

#[cfg(test)]
mod spec {
    use uuid::Uuid;

    use super::*;

    const ID: &str = "00000000-0000-0000-0000-000000000007";

    fn text(json: &str) -> Option<Result<Asked, Problem>> {
        Asked::read(&Message::Text(json.into()))
    }

    #[test]
    fn frames_are_read_in_both_forms() {
        let json = format!("{{\"op\":\"listen\",\"sub\":\"a\",\"reply\":\"{ID}\"}}");
        let asked = Asked::Listen { sub: "a".into(), reply: ReplyId::new(Uuid::from_u128(7)), last: None };
        assert_eq!(text(&json).unwrap().unwrap(), asked);
        let packed = transcode::to_msgpack(json.as_bytes()).unwrap();
        assert_eq!(Asked::read(&Message::Binary(packed.into())).unwrap().unwrap(), asked);
        assert_eq!(text(r#"{"op":"ping"}"#).unwrap().unwrap(), Asked::Ping {});
    }

    #[test]
    fn what_cannot_be_read_is_a_problem_and_not_an_end() {
        let long = format!("{{\"op\":\"leave\",\"sub\":\"{}\"}}", "a".repeat(65));
        for strange in ["", "[]", "{}", r#"{"op":"dance"}"#, r#"{"op":"leave","sub":""}"#, &long] {
            assert!(text(strange).unwrap().is_err(), "{strange}");
        }
        assert!(Asked::read(&Message::Binary(vec![0xc1].into())).unwrap().is_err());
        assert!(Asked::read(&Message::Pong(vec![].into())).is_none());
    }

    #[test]
    fn a_frame_says_only_what_there_is_to_say() {
        let pong = Told::about(None, "pong");
        assert_eq!(pong.message(Form::Json), Message::Text(r#"{"event":"pong"}"#.into()));
        let Message::Binary(packed) = pong.message(Form::MessagePack) else { panic!("not packed") };
        assert_eq!(transcode::to_json(&packed).unwrap(), br#"{"event":"pong"}"#);
    }
}
