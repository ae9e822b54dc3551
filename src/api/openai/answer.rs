//! Answers as OpenAI clients read them: a completion, or its chunks.
//!
//! A stream begins at once with a chunk that names the role, so that no client gives up while the reply waits; comments
//! follow while nothing is said, and it ends with `[DONE]`, whatever happens.

use std::time::Duration;

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use futures_util::stream;
use serde_json::{Value, json};
use tokio::time::timeout;

use super::{
    completions::takes_long,
    request::{Cost, Telling as Manner},
    speech::{Next, Speech},
    usage::Usage,
};
use crate::{
    api::{problem::Problem, sse},
    stamp,
};

/// How long a reply may take that is told all at once: a little less than any answer may.
const PATIENCE: Duration = Duration::from_secs(110);

/// How an answer is told, and under which name.
#[derive(Debug, Clone)]
pub(super) struct Telling {
    /// The model, as the client called it.
    pub(super) model: String,
    /// At once or as it is said.
    pub(super) telling: Manner,
}

/// An answer while it is told.
struct Script {
    id: String,
    created: i64,
    model: String,
    cost: Cost,
    speech: Option<Speech>,
    stage: Stage,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Opening,
    Speaking,
    Ended,
}

/// Words that nobody had to be asked for.
pub(super) fn said(way: &Telling, words: &str) -> Response {
    match way.telling {
        Manner::Whole => Json(completion(&way.model, words, Usage::default())).into_response(),
        Manner::Stream(cost) => {
            let script = Script::new(&way.model, cost, None);
            let mut frames = script.delta(&json!({ "role": "assistant", "content": "" }));
            frames.extend_from_slice(&script.delta(&json!({ "content": words })));
            frames.extend_from_slice(&script.end(Usage::default()));
            sse::response(stream::iter([Bytes::from(frames)]))
        }
    }
}

/// A reply as it is said.
pub(super) fn stream(way: &Telling, cost: Cost, speech: Speech) -> Response {
    let script = Script::new(&way.model, cost, Some(speech));
    sse::response(stream::unfold(script, Script::next))
}

/// A reply, all at once.
pub(super) async fn whole(way: &Telling, mut speech: Speech) -> Result<Response, Problem> {
    let words = timeout(PATIENCE, collected(&mut speech)).await.map_err(|_| takes_long())??;
    Ok(Json(completion(&way.model, &words, speech.usage())).into_response())
}

async fn collected(speech: &mut Speech) -> Result<String, Problem> {
    let mut words = String::new();
    loop {
        match speech.next().await {
            Next::Words(more) => words.push_str(&more),
            Next::Failed(problem) if words.is_empty() => return Err(problem),
            Next::Failed(problem) => words.push_str(&speech.sentence(&problem)),
            Next::Over => return Ok(words),
        }
    }
}

fn completion(model: &str, words: &str, usage: Usage) -> Value {
    let message = json!({ "role": "assistant", "content": words, "refusal": null });
    json!({
        "id": id(),
        "object": "chat.completion",
        "created": stamp::now().unix_timestamp(),
        "model": model,
        "choices": [{ "index": 0, "message": message, "logprobs": null, "finish_reason": "stop" }],
        "usage": usage,
    })
}

fn id() -> String {
    format!("chatcmpl-{}", stamp::id::<()>().uuid().simple())
}

impl Script {
    fn new(model: &str, cost: Cost, speech: Option<Speech>) -> Self {
        let created = stamp::now().unix_timestamp();
        Self { id: id(), created, model: model.to_owned(), cost, speech, stage: Stage::Opening }
    }

    /// The next frames, until all was told.
    async fn next(mut self) -> Option<(Bytes, Self)> {
        let frames = match (self.stage, &mut self.speech) {
            (Stage::Ended, _) => return None,
            (Stage::Opening, _) => {
                self.stage = Stage::Speaking;
                self.delta(&json!({ "role": "assistant", "content": "" }))
            }
            (Stage::Speaking, None) => self.ended(Usage::default()),
            (Stage::Speaking, Some(speech)) => match speech.next().await {
                Next::Words(words) => self.delta(&json!({ "content": words })),
                Next::Failed(problem) => {
                    let words = speech.sentence(&problem);
                    self.delta(&json!({ "content": words }))
                }
                Next::Over => {
                    let usage = speech.usage();
                    self.ended(usage)
                }
            },
        };
        Some((frames.into(), self))
    }

    fn ended(&mut self, usage: Usage) -> Vec<u8> {
        self.stage = Stage::Ended;
        self.end(usage)
    }

    fn delta(&self, delta: &Value) -> Vec<u8> {
        self.chunk(&json!([{ "index": 0, "delta": delta, "logprobs": null, "finish_reason": null }]), None)
    }

    fn end(&self, usage: Usage) -> Vec<u8> {
        let stop = json!([{ "index": 0, "delta": {}, "logprobs": null, "finish_reason": "stop" }]);
        let mut frames = self.chunk(&stop, None);
        if self.cost == Cost::Told {
            frames.extend_from_slice(&self.chunk(&json!([]), Some(usage)));
        }
        frames.extend_from_slice(b"data: [DONE]\n\n");
        frames
    }

    fn chunk(&self, choices: &Value, usage: Option<Usage>) -> Vec<u8> {
        let mut chunk = json!({
            "id": self.id,
            "object": "chat.completion.chunk",
            "created": self.created,
            "model": self.model,
            "choices": choices,
        });
        if self.cost == Cost::Told {
            chunk["usage"] = json!(usage);
        }
        // JSON has no line breaks of its own: one line holds it.
        format!("data: {chunk}\n\n").into_bytes()
    }
}

#[cfg(test)]
mod spec {
    use axum::body::to_bytes;

    use super::*;

    async fn lines(response: Response) -> Vec<String> {
        let body = to_bytes(response.into_body(), 65_536).await.unwrap();
        String::from_utf8(body.to_vec()).unwrap().split_terminator("\n\n").map(str::to_owned).collect()
    }

    #[tokio::test]
    async fn a_stream_opens_with_the_role_and_ends_with_done() {
        let way = Telling { model: "Aqua".into(), telling: Manner::Stream(Cost::Told) };
        let lines = lines(said(&way, "Hi\nthere")).await;
        let chunk = |line: &str| serde_json::from_str::<Value>(line.strip_prefix("data: ").unwrap()).unwrap();
        assert_eq!(chunk(&lines[0])["choices"][0]["delta"]["role"], "assistant");
        assert_eq!(chunk(&lines[1])["choices"][0]["delta"]["content"], "Hi\nthere");
        assert_eq!(chunk(&lines[2])["choices"][0]["finish_reason"], "stop");
        assert_eq!(chunk(&lines[3])["usage"]["total_tokens"], 0);
        assert_eq!(lines[4], "data: [DONE]");
    }
}
