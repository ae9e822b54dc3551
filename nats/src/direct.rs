//! A batched direct get (ADR-31), one page of it: the messages of a subject behind a sequence, in one round trip.
//!
//! The client library has none, so it is spoken here: a request with an inbox, then messages, each naming the one before
//! it, then an end that tells how many are left. Any replica may answer.

use async_nats::{Client, HeaderMap, HeaderValue, Message};
use futures_util::StreamExt;
use serde_json::json;

use crate::Cause;

/// How much of a subject is wanted.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Want<'a> {
    /// Of which stream.
    pub(crate) stream: &'a str,
    /// At which subject; wildcards are taken.
    pub(crate) subject: &'a str,
    /// From which sequence on.
    pub(crate) from: u64,
    /// How many messages at most.
    pub(crate) most: usize,
    /// How many bytes at most.
    pub(crate) bytes: usize,
}

/// Some messages, each with its sequence, and how many are left.
pub(crate) struct Page {
    pub(crate) messages: Vec<(u64, Message)>,
    pub(crate) left: u64,
}

impl Want<'_> {
    /// Asks once. Whoever needs an answer asks again: core NATS may lose a message on the way.
    pub(crate) async fn get(self, client: &Client) -> Result<Page, Cause> {
        let inbox = client.new_inbox();
        let mut answers = client.subscribe(inbox.clone()).await?;
        let request = json!({
            "seq": self.from, "next_by_subj": self.subject, "batch": self.most, "max_bytes": self.bytes,
        });
        let api = format!("$JS.API.DIRECT.GET.{}", self.stream);
        client.publish_with_reply(api, inbox, request.to_string().into()).await?;
        let (mut messages, mut last) = (Vec::new(), 0);
        while let Some(message) = answers.next().await {
            match message.status.map(|status| status.as_u16()) {
                None => {
                    last = follows(&message, last)?;
                    messages.push((last, message));
                }
                Some(204) => {
                    ends(&message, last)?;
                    return Ok(Page { messages, left: number(&message, "Nats-Num-Pending")? });
                }
                Some(404) => return Ok(Page { messages, left: 0 }),
                Some(status) => return Err(format!("direct get answered {status}").into()),
            }
        }
        Err("the subscription ended".into())
    }
}

/// The sequence of the message, if it comes right behind the last one.
fn follows(message: &Message, last: u64) -> Result<u64, Cause> {
    ends(message, last)?;
    number(message, "Nats-Sequence")
}

/// Whether what came before this message ended there.
fn ends(message: &Message, last: u64) -> Result<(), Cause> {
    if number(message, "Nats-Last-Sequence")? != last {
        return Err("a message of the page was lost".into());
    }
    Ok(())
}

/// At which subject the message of a page is stored; it comes to an inbox.
pub(crate) fn subject(message: &Message) -> Option<&str> {
    message.headers.as_ref()?.get("Nats-Subject").map(HeaderValue::as_str)
}

/// The number in a header.
pub(crate) fn number(message: &Message, header: &str) -> Result<u64, Cause> {
    let value = message.headers.as_ref().and_then(|headers: &HeaderMap| headers.get(header));
    value
        .and_then(|value| value.as_str().parse().ok())
        .ok_or_else(|| format!("a message of the page has no {header}").into())
}
