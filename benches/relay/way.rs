//! The ways from a client to the model, and how a reply is asked for on each.

use std::{net::SocketAddr, sync::Arc};

use serde::Serialize;
use serde_json::json;

use crate::{
    client::{Client, Reading},
    innkeeper::Seats,
    script::Script,
};

/// Which way a reply takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Name {
    Direct,
    PassThrough,
    Innkeeper,
}

/// How tokens and the end of a reply are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    OpenAi,
    Innkeeper,
}

/// A way to the model.
#[derive(Clone)]
pub(crate) struct Way {
    pub(crate) name: Name,
    pub(crate) address: SocketAddr,
    /// The process that stands in between, or the model itself.
    pub(crate) pid: u32,
    /// The conversations, where there are any.
    seats: Option<Arc<Seats>>,
}

impl Name {
    pub(crate) const fn title(self) -> &'static str {
        match self {
            Self::Direct => "(a) direct",
            Self::Innkeeper => "(b) Innkeeper",
            Self::PassThrough => "(c) pass-through",
        }
    }
}

impl Dialect {
    /// What stands before the text of a token.
    pub(crate) const fn mark(self) -> &'static str {
        match self {
            Self::OpenAi => "\"content\":\"",
            Self::Innkeeper => "\"text\":\"",
        }
    }

    /// The line that ends a reply.
    pub(crate) const fn end(self) -> &'static str {
        match self {
            Self::OpenAi => "data: [DONE]",
            Self::Innkeeper => "event: completed",
        }
    }
}

impl Way {
    /// To somebody who speaks as the model does.
    pub(crate) fn to_model(name: Name, address: SocketAddr, pid: u32) -> Self {
        Self { name, address, pid, seats: None }
    }

    /// Through Innkeeper, each seat in a conversation of its own.
    pub(crate) fn to_innkeeper(address: SocketAddr, pid: u32, seats: Seats) -> Self {
        Self { name: Name::Innkeeper, address, pid, seats: Some(Arc::new(seats)) }
    }

    pub(crate) fn dialect(&self) -> Dialect {
        if self.seats.is_some() { Dialect::Innkeeper } else { Dialect::OpenAi }
    }

    pub(crate) async fn connect(&self, reading: Reading) -> anyhow::Result<Client> {
        Client::connect(self.address, reading).await
    }

    /// The request for a reply, as bytes.
    pub(crate) fn request(&self, seat: usize, script: Script) -> Vec<u8> {
        let text = script.to_string();
        let (path, headers, body) = match &self.seats {
            None => {
                let message = json!({"role": "user", "content": text});
                let body = json!({"model": "stub", "stream": true, "messages": [message]});
                ("/v1/chat/completions".to_owned(), String::new(), body)
            }
            Some(seats) => {
                let headers =
                    format!("authorization: Bearer {}\r\naccept: text/event-stream\r\n", seats.key.expose());
                (seats.path(seat), headers, json!({ "text": text }))
            }
        };
        let (address, body) = (self.address, body.to_string());
        let length = body.len();
        format!(
            "POST {path} HTTP/1.1\r\nhost: {address}\r\ncontent-type: application/json\r\n{headers}\
             content-length: {length}\r\n\r\n{body}"
        )
        .into_bytes()
    }
}
