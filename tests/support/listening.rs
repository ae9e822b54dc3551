//! Listening to server-sent events, as a front end does: typed, each within its time, and strict about their order.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::time::Duration;

use eventsource_stream::Eventsource;
use futures_util::stream::{Stream, StreamExt};
use serde_json::Value;

/// How long a listener waits for the next event before the story is over.
const PATIENCE: Duration = Duration::from_secs(60);

/// One event as it came.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Event {
    pub(crate) name: String,
    pub(crate) id: String,
    pub(crate) data: Value,
}

/// How a reply ended.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Ending {
    Completed {
        message: String,
        position: String,
    },
    Failed {
        problem: Value,
    },
    /// The line broke, or was left, before the end.
    Open,
}

/// A reply, as somebody heard it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Heard {
    pub(crate) text: String,
    /// Id, index and words of each token since the last (re)start.
    pub(crate) tokens: Vec<(String, u64, String)>,
    /// The attempt that was announced at the start.
    pub(crate) started: Option<u64>,
    /// The attempts that began anew.
    pub(crate) restarted: Vec<u64>,
    pub(crate) ending: Ending,
}

/// An open stream of events. Dropping it closes the line.
pub(crate) struct Listening {
    events: Pin<Box<dyn Stream<Item = Event> + Send>>,
}

impl Listening {
    pub(crate) fn to(response: reqwest::Response) -> Self {
        assert_eq!(response.status(), 200, "it cannot be listened to");
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        let events = response.bytes_stream().eventsource().take_while(|event| {
            // A line that breaks ends the stream; who asked for its end says so.
            std::future::ready(event.is_ok())
        });
        let events = events.filter_map(async |event| {
            let event = event.ok()?;
            let data = serde_json::from_str(&event.data).expect("every event carries JSON");
            Some(Event { name: event.event, id: event.id, data })
        });
        Self { events: Box::pin(events) }
    }

    /// The next event, or nothing at the end.
    pub(crate) async fn next(&mut self) -> Option<Event> {
        let next = tokio::time::timeout(PATIENCE, self.events.next()).await;
        next.expect("the next event comes in time")
    }

    /// The next event of this name; what comes before it is passed over.
    pub(crate) async fn until(&mut self, name: &str) -> Event {
        loop {
            let event = self.next().await.unwrap_or_else(|| panic!("the stream ended before {name}"));
            if event.name == name {
                return event;
            }
        }
    }

    /// The one reply of this stream, to its end.
    pub(crate) async fn heard(mut self) -> Heard {
        let mut heard = Heard::nothing();
        while let Some(event) = self.next().await {
            heard.take(&event);
        }
        heard
    }

    /// All replies of this stream, to their ends.
    pub(crate) async fn all_heard(mut self) -> BTreeMap<String, Heard> {
        let mut all = BTreeMap::new();
        while let Some(event) = self.next().await {
            if let Some(reply) = event.data["reply_id"].as_str() {
                all.entry(reply.to_owned()).or_insert_with(Heard::nothing).take(&event);
            }
        }
        all
    }
}

impl Heard {
    pub(crate) fn nothing() -> Self {
        let (text, tokens, restarted) = (String::new(), vec![], vec![]);
        Self { text, tokens, started: None, restarted, ending: Ending::Open }
    }

    /// Takes an event in; one that is out of order, or behind the end, is a fault.
    pub(crate) fn take(&mut self, event: &Event) {
        let data = &event.data;
        assert_eq!(self.ending, Ending::Open, "{event:?} came behind the end");
        match event.name.as_str() {
            "accepted" => {}
            "started" => {
                assert!(self.started.is_none() && self.tokens.is_empty(), "{event:?} came late");
                self.started = data["attempt"].as_u64();
            }
            "restarted" => {
                self.restarted.push(data["attempt"].as_u64().expect("an attempt"));
                (self.text, self.tokens) = (String::new(), vec![]);
            }
            "token" => {
                let (index, text) =
                    (data["index"].as_u64().expect("an index"), data["text"].as_str().expect("words"));
                let last = self.tokens.last().map(|(_, last, _)| *last);
                assert!(last.is_none_or(|last| index > last), "{index} came behind {last:?}");
                self.text.push_str(text);
                self.tokens.push((event.id.clone(), index, text.to_owned()));
            }
            "completed" => {
                let text = |field: &str| data[field].as_str().expect(field).to_owned();
                self.ending = Ending::Completed { message: text("message_id"), position: text("position") };
            }
            "failed" => self.ending = Ending::Failed { problem: data["problem"].clone() },
            other => panic!("nobody knows the event {other}"),
        }
    }

    /// The words, if all of them came.
    #[track_caller]
    pub(crate) fn completed(&self) -> &str {
        assert!(matches!(self.ending, Ending::Completed { .. }), "{self:?}");
        &self.text
    }

    /// Why it failed: the slug of its problem.
    #[track_caller]
    pub(crate) fn failed(&self) -> String {
        let Ending::Failed { problem } = &self.ending else { panic!("it did not fail: {self:?}") };
        assert!(problem["title"].as_str().is_some_and(|title| title.len() > 10), "{problem}");
        let kind = problem["type"].as_str().expect("a type");
        kind.strip_prefix("/problems/").expect("a type of ours").to_owned()
    }

    /// The message that it became.
    #[track_caller]
    pub(crate) fn message(&self) -> &str {
        let Ending::Completed { message, .. } = &self.ending else { panic!("it did not end well: {self:?}") };
        message
    }

    /// The id of the last token, as a browser would send it back.
    pub(crate) fn last_id(&self) -> &str {
        &self.tokens.last().expect("a token").0
    }
}
