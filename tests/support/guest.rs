//! Somebody who visits a house over HTTP, and reads their own writes.
//!
//! A guest remembers the newest position that they were told and sends it along when they read: no story ever sleeps to
//! let the read side catch up.

use std::sync::Mutex;
use std::time::Duration;

use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use crate::answer::Answer;
use crate::listening::{Ending, Heard, Listening};
use crate::model_stub::Stub;

/// An answer that takes longer than this is a fault.
const PATIENCE: Duration = Duration::from_secs(60);

/// What was said, and which replies were asked for.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Said {
    pub(crate) message: String,
    pub(crate) replies: Vec<String>,
    pub(crate) position: String,
}

impl Said {
    pub(crate) fn of(body: &Value) -> Self {
        let text = |value: &Value| value.as_str().unwrap_or_else(|| panic!("{body}")).to_owned();
        let replies = body["replies"].as_array().expect("replies").iter();
        Self {
            message: text(&body["message_id"]),
            replies: replies.map(|reply| text(&reply["reply_id"])).collect(),
            position: text(&body["position"]),
        }
    }

    /// The only reply.
    #[track_caller]
    pub(crate) fn reply(&self) -> &str {
        let [reply] = &self.replies[..] else { panic!("not one reply: {self:?}") };
        reply
    }
}

/// Somebody with a key.
pub(crate) struct Guest {
    base: String,
    key: String,
    http: reqwest::Client,
    newest: Mutex<Option<String>>,
}

impl Guest {
    pub(crate) fn new(address: &str, key: &str) -> Self {
        Self {
            base: format!("http://{address}"),
            key: key.to_owned(),
            http: client(),
            newest: Mutex::default(),
        }
    }

    /// The same person at another door of the house.
    pub(crate) fn at(&self, address: &str) -> Self {
        let newest = Mutex::new(self.newest());
        Self { newest, ..Self::new(address, &self.key) }
    }

    pub(crate) fn key(&self) -> &str {
        &self.key
    }

    /// A request of theirs; a path without a slash in front is one of the interface.
    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, self.url(path)).bearer_auth(&self.key)
    }

    pub(crate) fn url(&self, path: &str) -> String {
        if path.starts_with('/') {
            format!("{}{path}", self.base)
        } else {
            format!("{}/api/v1/{path}", self.base)
        }
    }

    /// Sends a request and remembers the position that it answers.
    pub(crate) async fn asks(&self, request: RequestBuilder) -> Answer {
        let answer = Answer::of(request.timeout(PATIENCE).send().await.expect("an answer")).await;
        if let Some(position) = answer.header("ink-position") {
            self.remembers(position);
        }
        answer
    }

    /// A query that reads all that this guest has written.
    pub(crate) async fn gets(&self, path: &str) -> Answer {
        let request = self.request(Method::GET, path);
        let request = match self.newest() {
            Some(newest) => request.header("ink-after", newest),
            None => request,
        };
        self.asks(request).await
    }

    pub(crate) async fn posts(&self, path: &str, body: Value) -> Answer {
        self.asks(self.request(Method::POST, path).json(&body)).await
    }

    pub(crate) async fn puts(&self, path: &str, body: Value) -> Answer {
        self.asks(self.request(Method::PUT, path).json(&body)).await
    }

    pub(crate) async fn patches(&self, path: &str, body: Value) -> Answer {
        self.asks(self.request(Method::PATCH, path).json(&body)).await
    }

    pub(crate) async fn deletes(&self, path: &str) -> Answer {
        self.asks(self.request(Method::DELETE, path)).await
    }

    /// A command that can be repeated under this key.
    pub(crate) fn keyed(&self, path: &str, key: &str, body: &Value) -> RequestBuilder {
        self.request(Method::POST, path).header("idempotency-key", key).json(body)
    }

    /// A command without a body.
    pub(crate) async fn does(&self, path: &str) -> Answer {
        self.asks(self.request(Method::POST, path)).await
    }

    pub(crate) async fn imports(&self, card: Vec<u8>) -> Answer {
        self.asks(self.request(Method::POST, "characters/import").body(card)).await
    }

    pub(crate) async fn brings_lore(&self, file: Vec<u8>) -> Answer {
        self.asks(self.request(Method::POST, "lorebooks/import").body(file)).await
    }

    /// All entries of a lorebook, in its order.
    pub(crate) async fn lore(&self, lorebook: &str) -> Vec<Value> {
        let (mut lore, mut cursor) = (vec![], String::new());
        loop {
            let page =
                self.gets(&format!("lorebooks/{lorebook}/entries?limit=100{cursor}")).await.is(200).json();
            lore.extend(page["items"].as_array().expect("items").iter().cloned());
            let Some(next) = page["next_cursor"].as_str() else { break lore };
            cursor = format!("&cursor={next}");
        }
    }

    /// A character of theirs who says nothing first.
    pub(crate) async fn invents(&self, name: &str) -> String {
        let description = json!({"name": name, "text": format!("{name} sits by the fire.")});
        self.posts("characters", json!({"description": description})).await.is(201).text("id")
    }

    /// A conversation with these characters, in which nobody has spoken.
    pub(crate) async fn sits_down_with(&self, characters: &[&str]) -> String {
        let body = json!({"character_ids": characters, "greeting": null});
        self.posts("conversations", body).await.is(201).text("id")
    }

    /// A conversation with one new character, answered by this script of the stub.
    pub(crate) async fn sits_down(&self, stub: &Stub, script: &str) -> String {
        self.speaks_through(stub, script).await;
        let character = self.invents("Mira").await;
        self.sits_down_with(&[&character]).await
    }

    /// From now on this stub answers them.
    pub(crate) async fn speaks_through(&self, stub: &Stub, script: &str) {
        let settings = json!({"kind": "openai", "url": stub.url(), "model": script});
        self.puts("me/provider", settings).await.is(200);
    }

    /// Says something and does not wait for the reply.
    pub(crate) async fn says(&self, conversation: &str, text: &str) -> Said {
        let path = format!("conversations/{conversation}/messages");
        Said::of(&self.posts(&path, json!({"text": text})).await.is(202).json())
    }

    /// Says something and listens to the replies in the same answer.
    pub(crate) async fn talks(&self, conversation: &str, text: &str) -> (Said, Listening) {
        let request = self.request(Method::POST, &format!("conversations/{conversation}/messages"));
        let request = request.header("accept", "text/event-stream").json(&json!({"text": text}));
        let mut listening = Listening::to(request.send().await.expect("an answer"));
        let accepted = listening.until("accepted").await;
        let said = Said::of(&accepted.data);
        self.remembers(&said.position);
        (said, listening)
    }

    /// Says something and hears the one reply to its end.
    pub(crate) async fn hears(&self, conversation: &str, text: &str) -> Heard {
        let (_, listening) = self.talks(conversation, text).await;
        self.notes(listening.heard().await)
    }

    /// Listens to a reply from its start.
    pub(crate) async fn listens(&self, reply: &str) -> Listening {
        let request = self.request(Method::GET, &format!("replies/{reply}/stream"));
        Listening::to(request.send().await.expect("an answer"))
    }

    /// Listens to a reply behind the event that was heard last.
    pub(crate) async fn resumes(&self, reply: &str, last: &str) -> Listening {
        let request =
            self.request(Method::GET, &format!("replies/{reply}/stream")).header("last-event-id", last);
        Listening::to(request.send().await.expect("an answer"))
    }

    /// Hears a reply to its end, and reads from there on.
    pub(crate) async fn hears_out(&self, reply: &str) -> Heard {
        let listening = self.listens(reply).await;
        self.notes(listening.heard().await)
    }

    /// What was said in a conversation, in the order of the story.
    pub(crate) async fn story(&self, conversation: &str) -> Vec<Value> {
        let (mut story, mut cursor) = (vec![], String::new());
        loop {
            let page = self
                .gets(&format!("conversations/{conversation}/messages?limit=100{cursor}"))
                .await
                .is(200)
                .json();
            story.extend(page["items"].as_array().expect("items").iter().cloned());
            let Some(next) = page["next_cursor"].as_str() else { break };
            cursor = format!("&cursor={next}");
        }
        story.reverse();
        story
    }

    /// The words of the story.
    pub(crate) async fn words(&self, conversation: &str) -> Vec<String> {
        let text = |message: &Value| message["text"].as_str().expect("a text").to_owned();
        self.story(conversation).await.iter().map(text).collect()
    }

    pub(crate) fn newest(&self) -> Option<String> {
        self.newest.lock().expect("nobody panics here").clone()
    }

    /// Reads no older than this from now on.
    pub(crate) fn remembers(&self, position: &str) {
        let sequence =
            |position: &str| position.rsplit_once('-').and_then(|(_, number)| number.parse::<u64>().ok());
        let mut newest = self.newest.lock().expect("nobody panics here");
        if newest.as_deref().and_then(sequence) < sequence(position) {
            *newest = Some(position.to_owned());
        }
    }

    fn notes(&self, heard: Heard) -> Heard {
        if let Ending::Completed { position, .. } = &heard.ending {
            self.remembers(position);
        }
        heard
    }
}

/// A client that gives up on a house that is not there, but never on a stream.
pub(crate) fn client() -> reqwest::Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().no_proxy().connect_timeout(Duration::from_secs(10)).build().expect("a client")
}
