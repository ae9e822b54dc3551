//! One attempt to tell a receiver of an event.
//!
//! What is sent is the event as analysts read it, a CloudEvent in JSON, with the three headers of Standard Webhooks. Its
//! id follows from the event's own, so it is the same at every attempt, and a receiver takes each event once by it.

use std::{error::Error, time::Duration};

use reqwest::{Client, Response, StatusCode, header};
use serde::Deserialize;
use uuid::Uuid;

use super::{
    Hook,
    target::{self, NotPublic, Reach},
};
use crate::{
    config::WebhooksConfig,
    provider::http::{Outside, builder},
    stamp,
};

/// How much of an answer is read, so that its connection can be used again.
const ANSWER: usize = 64 * 1024;

/// Tells receivers of events.
#[derive(Debug, Clone)]
pub(super) struct Sender {
    client: Client,
    reach: Reach,
}

/// What came of an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Sent {
    /// The receiver has it.
    Delivered,
    /// The receiver says that it is gone for good.
    Gone,
    /// It may work another time, and not before so long, if the receiver says so.
    Failed { reason: String, after: Option<Duration> },
}

/// What an event is known by.
#[derive(Deserialize)]
struct Known {
    source: String,
    id: String,
}

/// By what a receiver knows an event: the same whenever and however often it is told.
pub(super) fn message_id(event: &[u8]) -> Option<Uuid> {
    let Known { source, id } = serde_json::from_slice(event).ok()?;
    Some(Uuid::new_v5(&Uuid::NAMESPACE_URL, format!("{source}#{id}").as_bytes()))
}

impl Sender {
    /// One that goes as far as the configuration lets it. It fails only where the platform's certificates cannot be read.
    pub(super) fn new(config: &WebhooksConfig) -> reqwest::Result<Self> {
        let reach = config.reach();
        let builder = builder(&Outside::default()).timeout(config.timeout);
        let builder = match target::resolver(reach) {
            Some(resolver) => builder.dns_resolver(resolver),
            None => builder,
        };
        Ok(Self { client: builder.build()?, reach })
    }

    /// Tries once.
    pub(super) async fn send(&self, hook: &Hook, id: Uuid, event: bytes::Bytes) -> Sent {
        // What was allowed when it was added need not be so now.
        let Ok(url) = target::parse(hook.url.as_str(), self.reach) else { return failed("not-allowed") };
        let (id, seconds) = (id.to_string(), stamp::now().unix_timestamp());
        let signature = hook.key.sign(&id, seconds, &event);
        let request = self
            .client
            .post(url)
            .header(header::CONTENT_TYPE, "application/cloudevents+json")
            .header("webhook-id", id)
            .header("webhook-timestamp", seconds.to_string())
            .header("webhook-signature", signature)
            .body(event);
        match request.send().await {
            Ok(answer) => said(answer).await,
            Err(error) => failed(reason(&error)),
        }
    }
}

async fn said(mut answer: Response) -> Sent {
    let status = answer.status();
    let after = answer.headers().get(header::RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
    let mut read = 0;
    while read < ANSWER
        && let Ok(Some(chunk)) = answer.chunk().await
    {
        read += chunk.len();
    }
    match status {
        StatusCode::GONE => Sent::Gone,
        status if status.is_success() => Sent::Delivered,
        status => Sent::Failed {
            reason: format!("status-{}", status.as_u16()),
            after: after.map(Duration::from_secs),
        },
    }
}

fn failed(reason: &str) -> Sent {
    Sent::Failed { reason: reason.to_owned(), after: None }
}

fn reason(error: &reqwest::Error) -> &'static str {
    if is_private(error) {
        "private-address"
    } else if error.is_timeout() {
        "timeout"
    } else if error.is_connect() {
        "unreachable"
    } else {
        "broken-off"
    }
}

fn is_private(error: &reqwest::Error) -> bool {
    let mut cause = error.source();
    while let Some(error) = cause {
        if error.is::<NotPublic>() {
            return true;
        }
        cause = error.source();
    }
    false
}

#[cfg(test)]
mod spec {
    use super::*;

    #[test]
    fn an_event_is_known_by_its_source_and_id_and_nothing_else() {
        let event = |id: &str, data: u8| {
            let text = format!(r#"{{"source":"urn:a","id":"{id}","data":{data}}}"#);
            message_id(text.as_bytes())
        };
        assert!(event("1.0", 1).is_some());
        assert_eq!(event("1.0", 1), event("1.0", 2));
        assert_ne!(event("1.0", 1), event("1.1", 1));
        assert_eq!(message_id(b"{}"), None);
    }
}
