//! An OpenAI client as NextChat is one: completions over HTTP, streaming and not, strict about their form.

use std::pin::Pin;
use std::time::Duration;

use eventsource_stream::Eventsource;
use futures_util::stream::{Stream, StreamExt};
use reqwest::{Method, Response};
use serde_json::{Value, json};

use crate::guest::Guest;

/// How long a client waits for the next chunk.
const PATIENCE: Duration = Duration::from_secs(60);

/// A stream of chunks. Dropping it hangs up, as pressing stop does.
pub(crate) struct Chunks {
    events: Pin<Box<dyn Stream<Item = String> + Send>>,
}

/// What was heard of a stream.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Completion {
    pub(crate) text: String,
    pub(crate) usage: Option<Value>,
}

impl Chunks {
    pub(crate) fn of(response: Response) -> Self {
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        let events =
            response.bytes_stream().eventsource().take_while(|event| std::future::ready(event.is_ok()));
        Self { events: Box::pin(events.filter_map(async |event| Some(event.ok()?.data))) }
    }

    pub(crate) async fn next(&mut self) -> Option<String> {
        tokio::time::timeout(PATIENCE, self.events.next()).await.expect("the next chunk comes in time")
    }

    /// Words, until so many bytes of them were heard.
    pub(crate) async fn hears(&mut self, bytes: usize) -> String {
        let mut text = String::new();
        while text.len() < bytes {
            let data = self.next().await.expect("there is more");
            text.push_str(content(&serde_json::from_str(&data).expect("JSON")));
        }
        text
    }

    /// Everything to the end, which is `[DONE]`, and nothing behind it.
    pub(crate) async fn heard(mut self) -> Completion {
        let (mut text, mut usage, mut first) = (String::new(), None, true);
        loop {
            let data = self.next().await.expect("a stream ends with [DONE]");
            if data == "[DONE]" {
                assert_eq!(self.next().await, None);
                return Completion { text, usage };
            }
            let chunk: Value = serde_json::from_str(&data).expect("JSON");
            assert_eq!(chunk["object"], "chat.completion.chunk");
            if std::mem::take(&mut first) {
                assert_eq!(chunk["choices"][0]["delta"]["role"], "assistant");
            }
            text.push_str(content(&chunk));
            usage = Some(chunk["usage"].clone()).filter(|usage| !usage.is_null()).or(usage);
        }
    }
}

fn content(chunk: &Value) -> &str {
    chunk["choices"][0]["delta"]["content"].as_str().unwrap_or_default()
}

/// The body that NextChat sends, for these messages.
pub(crate) fn body(model: &str, messages: &[(&str, &str)]) -> Value {
    let messages: Vec<_> =
        messages.iter().map(|(role, content)| json!({"role": role, "content": content})).collect();
    json!({"messages": messages, "stream": true, "model": model, "temperature": 0.5, "presence_penalty": 0,
           "frequency_penalty": 0, "top_p": 1})
}

impl Guest {
    /// Asks for a completion as it is said.
    pub(crate) async fn completes(&self, model: &str, messages: &[(&str, &str)]) -> Chunks {
        let request = self.request(Method::POST, "/v1/chat/completions").json(&body(model, messages));
        Chunks::of(request.send().await.expect("an answer"))
    }

    /// The same, to its end.
    pub(crate) async fn is_told(&self, model: &str, messages: &[(&str, &str)]) -> String {
        self.completes(model, messages).await.heard().await.text
    }

    /// All of their conversations, the newest first.
    pub(crate) async fn conversations(&self) -> Vec<String> {
        let models = self.asks(self.request(Method::GET, "/v1/models")).await.is(200).json();
        assert_eq!(models["object"], "list");
        let page = self.gets("conversations?limit=100").await.is(200).json();
        let id = |conversation: &Value| conversation["id"].as_str().expect("an id").to_owned();
        page["items"].as_array().expect("items").iter().map(id).collect()
    }
}
