//! An OpenAI-compatible model that does what its name says.
//!
//! The model's name is the script (`normal`, `401`, `cut`, …: see [`Stub::SCRIPTS`]), so that a test needs nothing but
//! the request that it would send anyway. The stub records what it was asked and how each answer ended: whether it was
//! served to its end or its reader hung up.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::serve::ListenerExt;
use axum::{Json, Router};
use futures_util::stream::{self, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_util::sync::{CancellationToken, DropGuard};

/// The words that `normal` and most others say, token by token.
pub(crate) const WORDS: [&str; 6] = ["The ", "kettle ", "sings, ", "Grüße ", "🦀", "."];
/// How many tokens `never-waits` says.
pub(crate) const FLOOD: usize = 5_000;

/// One request as it arrived.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) body: Value,
    pub(crate) headers: HeaderMap,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) asked: usize,
    pub(crate) served: usize,
    /// Answers whose reader hung up before their end.
    pub(crate) aborted: usize,
}

struct Record {
    asked: Mutex<Vec<Asked>>,
    tally: watch::Sender<Tally>,
    pace: Duration,
}

/// The running stub. Dropping it closes its port.
pub(crate) struct Stub {
    address: SocketAddr,
    record: Arc<Record>,
    _stop: DropGuard,
}

impl Stub {
    /// Every name that means something; any other is `normal`.
    pub(crate) const SCRIPTS: &[&str] = &[
        "normal",
        "slow",
        "stall",
        "silent",
        "never-waits",
        "401",
        "bare-401",
        "403",
        "429",
        "429-then-ok",
        "500",
        "500-then-ok",
        "quota",
        "malformed",
        "html",
        "cut",
        "ends-early",
        "empty",
        "error-in-stream",
        "filtered",
        "json",
        "json-error",
        "drops",
        "nul",
        "reasoning",
        "no-done",
        "counts",
        "tells",
        "stall-then-ok",
        "echo",
    ];

    pub(crate) async fn start() -> Self {
        Self::with_pace(Duration::from_millis(50)).await
    }

    /// A stub whose `slow` rests this long before each token.
    pub(crate) async fn with_pace(pace: Duration) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free loopback port");
        let address = listener.local_addr().expect("a bound port");
        let tally = watch::Sender::new(Tally::default());
        let record = Arc::new(Record { asked: Mutex::default(), tally, pace });
        let stop = CancellationToken::new();
        let routes = Router::new()
            .route("/v1/chat/completions", post(complete))
            .route("/v1/messages", post(converse))
            .route("/v1/models", get(models))
            .with_state(Arc::clone(&record));
        let stopped = stop.clone();
        tokio::spawn(async move {
            tokio::select! {
                served = async { axum::serve(listener.tap_io(|line| drop(line.set_nodelay(true))), routes).await } => served.expect("the stub serves"),
                () = stopped.cancelled() => {}
            }
        });
        Self { address, record, _stop: stop.drop_guard() }
    }

    /// The address up to `/v1`, as a setting wants it.
    pub(crate) fn url(&self) -> String {
        format!("http://{}/v1", self.address)
    }

    /// Everything that was asked so far.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.record.asked.lock().unwrap().clone()
    }

    pub(crate) fn last_asked(&self) -> Asked {
        self.asked().pop().expect("the stub was asked")
    }

    pub(crate) fn tally(&self) -> Tally {
        *self.record.tally.borrow()
    }

    /// Waits, for a bounded time, until the tally is as wished.
    pub(crate) async fn until(&self, wished: impl Fn(&Tally) -> bool) -> Tally {
        self.within(Duration::from_secs(10), wished).await
    }

    /// The same for a crowd, which takes longer.
    pub(crate) async fn within(&self, patience: Duration, wished: impl Fn(&Tally) -> bool) -> Tally {
        let mut tally = self.record.tally.subscribe();
        let waited = tokio::time::timeout(patience, tally.wait_for(|tally| wished(tally))).await;
        *waited
            .unwrap_or_else(|_| panic!("waited in vain; the tally is {:?}", self.tally()))
            .expect("the stub lives")
    }
}

/// An address where nobody answers: a port that was free a moment ago.
pub(crate) async fn nobody() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free loopback port");
    format!("http://{}/v1", listener.local_addr().expect("a bound port"))
}

async fn models() -> Json<Value> {
    Json(
        json!({"object": "list", "data": Stub::SCRIPTS.iter().map(|id| json!({"id": id})).collect::<Vec<_>>()}),
    )
}

async fn complete(
    State(record): State<Arc<Record>>,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> Response {
    let model = body["model"].as_str().unwrap_or_default().to_owned();
    let streamed = body["stream"] == true;
    let newest =
        body["messages"].as_array().and_then(|messages| messages.last()).cloned().unwrap_or_default();
    let earlier = {
        let mut asked = record.asked.lock().unwrap();
        asked.push(Asked { body, headers });
        asked.iter().filter(|earlier| earlier.body["model"] == model.as_str()).count() - 1
    };
    record.tally.send_modify(|tally| tally.asked += 1);
    let end = End { record: Arc::clone(&record), served: false };
    match (model.as_str(), earlier) {
        ("silent", _) => std::future::pending().await,
        ("401", _) => {
            refuse(end, 401, &json!({"message": "Incorrect API key: sk-secret", "code": "invalid_api_key"}))
        }
        ("bare-401", _) => StatusCode::UNAUTHORIZED.into_response(),
        ("403", _) => refuse(end, 403, &json!({"message": "not in your country"})),
        ("429", _) | ("429-then-ok", 0) => refuse(end, 429, &json!({"message": "slow down"})),
        ("quota", _) => refuse(end, 429, &json!({"message": "pay", "type": "insufficient_quota"})),
        ("500", _) | ("500-then-ok", 0) => refuse(end, 500, &json!({"message": "the words of a prompt"})),
        ("html", _) => {
            answer(end, "text/html", "<html><body>Welcome to the captive portal</body></html>".into())
        }
        ("json-error", _) => {
            answer(end, "application/json", json!({"error": {"message": "x", "code": 503}}).to_string())
        }
        ("json", _) => whole(end),
        ("counts", earlier) => {
            steps([token(&format!("answer {earlier}")), finish("stop")].map(Step::Send), end)
        }
        ("tells", earlier) => {
            let words = told(earlier);
            let tokens = words.split_inclusive(' ').map(token);
            steps(tokens.chain([finish("stop")]).map(Step::Send).collect::<Vec<_>>(), end)
        }
        ("echo", _) => {
            let words = newest["content"].as_str().unwrap_or_default();
            steps([token(words), finish("stop")].map(Step::Send), end)
        }
        ("stall-then-ok", 0) => tokens("stall", record.pace, end),
        _ if !streamed => whole(end),
        _ => tokens(&model, record.pace, end),
    }
}

/// What `tells` says to the request of this number, in several tokens.
pub(crate) fn told(number: usize) -> String {
    format!("Answer {number} to that, my dear, and no word more.")
}

/// The same words in Anthropic's dialect, for SillyTavern's source `claude`.
async fn converse(
    State(record): State<Arc<Record>>,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> Response {
    record.asked.lock().unwrap().push(Asked { body, headers });
    record.tally.send_modify(|tally| tally.asked += 1);
    let said = WORDS
        .map(|word| json!({"type": "content_block_delta", "delta": {"type": "text_delta", "text": word}}));
    let begin = json!({"type": "message_start", "message": {"role": "assistant", "content": []}});
    let end = [
        json!({"type": "message_delta", "delta": {"stop_reason": "end_turn"}}),
        json!({"type": "message_stop"}),
    ];
    let events = [begin].into_iter().chain(said).chain(end);
    let body: String =
        events.map(|data| format!("event: {}\ndata: {data}\n\n", data["type"].as_str().unwrap())).collect();
    answer(End { record, served: false }, "text/event-stream", body)
}

/// Counts, when it is dropped, how an answer ended.
struct End {
    record: Arc<Record>,
    served: bool,
}

impl Drop for End {
    fn drop(&mut self) {
        let served = self.served;
        self.record.tally.send_modify(|tally| if served { tally.served += 1 } else { tally.aborted += 1 });
    }
}

fn refuse(mut end: End, status: u16, error: &Value) -> Response {
    end.served = true;
    let mut response =
        (StatusCode::from_u16(status).unwrap(), Json(json!({ "error": error }))).into_response();
    if status == 429 {
        response.headers_mut().insert(header::RETRY_AFTER, "1".parse().unwrap());
    }
    response
}

fn answer(mut end: End, kind: &str, body: String) -> Response {
    end.served = true;
    ([(header::CONTENT_TYPE, kind)], body).into_response()
}

fn whole(end: End) -> Response {
    let message = json!({"role": "assistant", "content": WORDS.concat()});
    let usage = json!({"prompt_tokens": 3, "completion_tokens": WORDS.len()});
    let choice = json!({"index": 0, "message": message, "finish_reason": "stop"});
    answer(end, "application/json", json!({"choices": [choice], "usage": usage}).to_string())
}

/// What comes next in a stream.
enum Step {
    Send(Bytes),
    Rest(Duration),
    Hang,
    Cut,
}

fn tokens(model: &str, pace: Duration, end: End) -> Response {
    steps(script(model, pace), end)
}

fn steps(steps: impl IntoIterator<Item = Step, IntoIter: Send + 'static>, end: End) -> Response {
    let chunks = stream::iter(steps).then(|step| async move {
        match step {
            Step::Send(bytes) => Some(Ok(bytes)),
            Step::Rest(pause) => {
                tokio::time::sleep(pause).await;
                None
            }
            Step::Hang => std::future::pending().await,
            Step::Cut => Some(Err(std::io::Error::other("cut on purpose"))),
        }
    });
    let mut end = Some(end);
    let marked =
        chunks.filter_map(std::future::ready).map(Some).chain(stream::iter([None])).map(move |chunk| {
            if chunk.is_none()
                && let Some(mut end) = end.take()
            {
                end.served = true;
            }
            chunk.unwrap_or_else(|| Ok(Bytes::new()))
        });
    ([(header::CONTENT_TYPE, "text/event-stream")], Body::from_stream(marked)).into_response()
}

fn script(model: &str, pace: Duration) -> Vec<Step> {
    let said = || WORDS.map(|word| Step::Send(token(word))).into_iter();
    let done = || [Step::Send(finish("stop")), Step::Send("data: [DONE]\n\n".into())].into_iter();
    match model {
        "slow" => {
            WORDS.iter().flat_map(|word| [Step::Rest(pace), Step::Send(token(word))]).chain(done()).collect()
        }
        "stall" => vec![Step::Send(token(WORDS[0])), Step::Hang],
        "never-waits" => (0..FLOOD).map(|n| Step::Send(token(&format!("{n} ")))).chain(done()).collect(),
        "malformed" => vec![Step::Send(token(WORDS[0])), Step::Send("data: {\"choices\": [oops\n\n".into())],
        // A rest first, so that the beginning is on its way before the connection dies.
        "cut" => said().take(2).chain([Step::Rest(Duration::from_millis(100)), Step::Cut]).collect(),
        "ends-early" => said().take(2).collect(),
        "empty" => done().collect(),
        "error-in-stream" => {
            let error = json!({"error": {"message": "private words", "code": 500}});
            said().take(1).chain([Step::Send(event(&error))]).collect()
        }
        "filtered" => vec![Step::Send(finish("content_filter")), Step::Send("data: [DONE]\n\n".into())],
        "drops" => drops(said().chain(done())),
        "nul" => [Step::Send(token("a\0b"))].into_iter().chain(done()).collect(),
        "reasoning" => {
            let thought = json!({"choices": [{"index": 0, "delta": {"reasoning_content": "Hm. "}}]});
            [Step::Send(event(&thought))].into_iter().chain(said()).chain(done()).collect()
        }
        "no-done" => said().chain([Step::Send(finish("stop"))]).collect(),
        _ => said().chain(done()).collect(),
    }
}

/// The same answer over the worst of lines: CRLF, comments, and a chunk for every byte, which cuts characters in two.
fn drops(steps: impl Iterator<Item = Step>) -> Vec<Step> {
    let mut body = String::from(": keep-alive\r\n\r\n");
    for step in steps {
        if let Step::Send(bytes) = step {
            body.push_str(&String::from_utf8_lossy(&bytes).replace('\n', "\r\n"));
        }
    }
    body.into_bytes().chunks(1).map(|byte| Step::Send(Bytes::copy_from_slice(byte))).collect()
}

fn token(text: &str) -> Bytes {
    let choice = json!({"index": 0, "delta": {"content": text}, "finish_reason": null});
    event(&json!({"object": "chat.completion.chunk", "choices": [choice]}))
}

fn finish(reason: &str) -> Bytes {
    event(&json!({"choices": [{"index": 0, "delta": {}, "finish_reason": reason}]}))
}

fn event(data: &Value) -> Bytes {
    format!("data: {data}\n\n").into()
}
