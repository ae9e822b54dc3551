//! An endpoint that speaks the OpenAI API: OpenAI itself, a gateway, or a llama.cpp on the next machine.

use futures_util::future::{BoxFuture, FutureExt};
use reqwest::{Client, RequestBuilder, Response, StatusCode, Url};

use super::error::{ProviderError, Whom};
use super::wire::{ChatRequest, StreamOptions, USUAL_MAX_TOKENS};
use super::{Generation, Pieces, Provider, fault, reply};
use crate::secret::Secret;

/// As much of a refusal as is worth reading.
const REFUSAL: usize = 64 << 10;

pub struct OpenAi {
    http: Client,
    endpoint: Endpoint,
}

/// Where the endpoint is, and how to enter.
#[derive(Clone, Debug)]
pub struct Endpoint {
    /// Up to and including the version: `https://api.openai.com/v1`.
    pub url: Url,
    pub key: Option<Secret>,
    pub model: Option<String>,
    /// Some servers refuse a `stream_options` that they do not know; hence only on request.
    pub usage: UsageReport,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum UsageReport {
    #[default]
    AsItComes,
    Requested,
}

impl OpenAi {
    pub fn new(http: Client, endpoint: Endpoint) -> Self {
        Self { http, endpoint }
    }

    async fn ask(&self, generation: &Generation) -> Result<Pieces, ProviderError> {
        let mut request = ChatRequest::streaming(generation, self.endpoint.model.as_deref());
        request.max_tokens.get_or_insert(USUAL_MAX_TOKENS);
        if self.endpoint.url.host_str() == Some("api.openai.com") {
            request.max_completion_tokens = request.max_tokens.take();
        }
        if self.endpoint.usage == UsageReport::Requested {
            request.stream_options = Some(StreamOptions { include_usage: true });
        }
        let response = self.send(self.http.post(self.path("chat/completions")).json(&request)).await?;
        reply::pieces(response).await
    }

    /// Lists the models: what every server can do without a cost. A server that cannot is at least there.
    async fn look(&self) -> Result<(), ProviderError> {
        match self.send(self.http.get(self.path("models"))).await {
            Err(ProviderError::BadRequest { status: 404 | 405 | 501 }) => Ok(()),
            other => other.map(drop),
        }
    }

    async fn send(&self, request: RequestBuilder) -> Result<Response, ProviderError> {
        let request = match &self.endpoint.key {
            Some(key) => request.bearer_auth(key.expose()),
            None => request,
        };
        let response = request.send().await.map_err(|error| fault::of_transport(error, Whom::Model))?;
        if response.status() == StatusCode::OK {
            return Ok(response);
        }
        let (status, headers) = (response.status(), response.headers().clone());
        let body = reply::bounded_body(response, REFUSAL).await;
        Err(fault::of_status(status, &headers, &body))
    }

    fn path(&self, path: &str) -> Url {
        super::settings::below(&self.endpoint.url, path)
    }
}

impl Provider for OpenAi {
    fn name(&self) -> &'static str {
        "openai"
    }

    fn generate<'a>(&'a self, generation: &'a Generation) -> BoxFuture<'a, Result<Pieces, ProviderError>> {
        self.ask(generation).boxed()
    }

    fn check(&self) -> BoxFuture<'_, Result<(), ProviderError>> {
        self.look().boxed()
    }
}
