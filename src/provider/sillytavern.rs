//! SillyTavern's server as the way to a model: its proxy, with the keys and settings that its owner keeps there.
//!
//! The proxy forwards the upstream's stream without a `Content-Type`, and answers of its own with one. That difference
//! tells a model that refuses from a SillyTavern that refuses; the rest of its habits are in `fault` and
//! `reply`. We send no `X-Forwarded-For`: SillyTavern answers 403 to a proxy that it does not know.

use std::sync::Arc;

use futures_util::future::{BoxFuture, FutureExt};
use hyper::ext::ReasonPhrase;
use reqwest::header::CONTENT_TYPE;
use reqwest::{Response, StatusCode};
use serde::Serialize;
use serde_json::Value;

use self::choice::{Choice, Preference};
use self::session::Session;
use super::error::{ProviderError, Whom};
use super::wire::{ChatRequest, USUAL_MAX_TOKENS};
use super::{Generation, Pieces, Provider, fault, reply};

pub mod choice;
pub mod session;

const GENERATE: &str = "api/backends/chat-completions/generate";
const STATUS: &str = "api/backends/chat-completions/status";
/// As much of a refusal as is worth reading.
const REFUSAL: usize = 64 << 10;

pub struct SillyTavern {
    session: Arc<Session>,
    preference: Preference,
}

/// What the proxy's route takes: the chat request, and which of its sources shall answer it.
#[derive(Serialize)]
struct ProxyRequest<'a> {
    #[serde(flatten)]
    chat: ChatRequest<'a>,
    #[serde(flatten)]
    choice: &'a Choice,
    char_name: &'a str,
    user_name: &'a str,
}

impl SillyTavern {
    /// Many of these may share one session; it belongs to an account, not to a model.
    pub fn new(session: Arc<Session>, preference: Preference) -> Self {
        Self { session, preference }
    }

    async fn ask(&self, generation: &Generation) -> Result<Pieces, ProviderError> {
        let choice = self.preference.settle(&self.session).await?;
        let mut chat = ChatRequest::streaming(generation, choice.model());
        choice.lend_sampling(&mut chat);
        chat.max_tokens.get_or_insert(USUAL_MAX_TOKENS);
        let request = ProxyRequest {
            chat,
            choice: &choice,
            char_name: &generation.character,
            user_name: &generation.user,
        };
        let response = self.session.post(GENERATE, &request).await?;
        if response.status() == StatusCode::OK {
            return reply::pieces(response).await;
        }
        Err(refusal(response).await)
    }

    /// Enters, and lets SillyTavern look whether its source is there.
    async fn look(&self) -> Result<(), ProviderError> {
        let choice = self.preference.settle(&self.session).await?;
        let response = self.session.post(STATUS, &*choice).await?;
        if response.status() != StatusCode::OK {
            return Err(refusal(response).await);
        }
        let status: Value =
            serde_json::from_slice(&reply::bounded_body(response, 4 << 20).await).unwrap_or_default();
        // With `data` beside it the error only means that the source is there and lists no models.
        let unreachable = status["error"] == true && status.get("data").is_none();
        if unreachable { Err(ProviderError::Unreachable(Whom::Model)) } else { Ok(()) }
    }
}

impl Provider for SillyTavern {
    fn name(&self) -> &'static str {
        "sillytavern"
    }

    fn generate<'a>(&'a self, generation: &'a Generation) -> BoxFuture<'a, Result<Pieces, ProviderError>> {
        self.ask(generation).boxed()
    }

    fn check(&self) -> BoxFuture<'_, Result<(), ProviderError>> {
        self.look().boxed()
    }
}

/// What an answer other than 200 means, and whose it is.
async fn refusal(response: Response) -> ProviderError {
    let status = response.status();
    let headers = response.headers().clone();
    let disguised = response
        .extensions()
        .get::<ReasonPhrase>()
        .is_some_and(|phrase| phrase.as_bytes() == b"Unauthorized");
    let body = reply::bounded_body(response, REFUSAL).await;
    let is_own = headers.contains_key(CONTENT_TYPE);
    match status {
        // A 401 of the model would make browsers forget their basic auth, so the proxy disguises it.
        StatusCode::BAD_REQUEST if disguised => ProviderError::Unauthorized,
        // `{"error":true}`: an unknown source, or one whose key SillyTavern does not have.
        StatusCode::BAD_REQUEST if is_own && says_only_true(&body) => ProviderError::Unauthorized,
        // Too many failed logins, or none at all.
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN | StatusCode::TOO_MANY_REQUESTS if is_own => {
            ProviderError::LoginRefused
        }
        StatusCode::NOT_FOUND if is_own => ProviderError::Nonsense,
        _ => fault::of_status(status, &headers, &body),
    }
}

fn says_only_true(body: &[u8]) -> bool {
    serde_json::from_slice::<Value>(body).is_ok_and(|body| body["error"] == true)
}
