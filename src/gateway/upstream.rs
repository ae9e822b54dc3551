//! A NextChat that runs somewhere: asked for whatever we do not answer, as it is, in both directions, as a stream.
//!
//! What belongs to one connection only is not passed on (RFC 9110, 7.6.1), and neither is what is ours: the session's
//! cookie, keys of this house. NextChat is told under which name it was asked (`X-Forwarded-…`), because it compares that
//! with where a page comes from. While it is gone people see a page that says so and tries again.

mod headers;
mod tunnel;

use std::time::Duration;

use axum::{
    body::Body,
    extract::Request,
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use http_body_util::Limited;
use hyper::upgrade::OnUpgrade;
use reqwest::{Client, Url, redirect};
use tokio::time::timeout;

use super::{
    GatewayError,
    sheet::{escape, sheet},
};
use crate::api::{negotiation::wants_pages, problem::Problem};

const CONNECT: Duration = Duration::from_secs(5);
/// How long NextChat may take to begin an answer; some of its own providers take their time.
const PATIENCE: Duration = Duration::from_secs(10 * 60);
/// How many bytes a request may have that is passed on.
const BODY: usize = 64 * 1024 * 1024;
/// After how many seconds the page tries again.
const AGAIN: u32 = 5;

/// A NextChat that runs somewhere.
pub(super) struct Upstream {
    url: Url,
    client: Client,
}

impl Upstream {
    /// The NextChat at this address.
    pub(super) fn new(url: &str) -> Result<Self, GatewayError> {
        let url = Url::parse(url).map_err(|_| GatewayError::BadUrl)?;
        if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() || url.path() != "/" {
            return Err(GatewayError::BadUrl);
        }
        // A second installation is refused, and then the first one serves as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
        // What is passed on is passed on as it is: not unpacked, not redirected, not by way of a proxy that buffers.
        let client = Client::builder()
            .connect_timeout(CONNECT)
            .http1_only()
            .no_gzip()
            .no_proxy()
            .redirect(redirect::Policy::none())
            .referer(false)
            .tcp_nodelay(true);
        Ok(Self { url, client: client.build().map_err(GatewayError::Client)? })
    }

    /// Passes a request on, and its answer back.
    pub(super) async fn ask(&self, request: Request) -> Response {
        let (mut parts, body) = request.into_parts();
        let upgrade =
            parts.extensions.remove::<OnUpgrade>().filter(|_| headers::wants_websocket(&parts.headers));
        let mut passed = self.client.request(parts.method.clone(), self.place(&parts));
        passed = passed.headers(headers::onward(&parts, upgrade.is_some()));
        if has_body(&parts) {
            passed = passed
                .body(reqwest::Body::wrap_stream(Body::new(Limited::new(body, BODY)).into_data_stream()));
        }
        match timeout(PATIENCE, passed.send()).await {
            Ok(Ok(answer)) if answer.status() == StatusCode::SWITCHING_PROTOCOLS => {
                tunnel::through(answer, upgrade)
            }
            Ok(Ok(answer)) => back(answer),
            Ok(Err(error)) => {
                tracing::warn!(
                    error = &error.without_url() as &dyn std::error::Error,
                    "NextChat does not answer"
                );
                self.away(&parts)
            }
            Err(_elapsed) => self.away(&parts),
        }
    }

    /// The same place at NextChat.
    fn place(&self, parts: &Parts) -> Url {
        let mut url = self.url.clone();
        url.set_path(parts.uri.path());
        url.set_query(parts.uri.query());
        url
    }

    /// NextChat is gone: people are told what to do, and the page tries again by itself.
    fn away(&self, parts: &Parts) -> Response {
        if !(parts.method == Method::GET && wants_pages(&parts.headers)) {
            let title = "NextChat's server does not answer right now; ask again in a moment";
            return Problem::new(StatusCode::BAD_GATEWAY, "nextchat-away", title)
                .retry_after(AGAIN)
                .into_response();
        }
        let body =
            include_str!("away.html").replace("{{url}}", &escape(&self.url.origin().ascii_serialization()));
        let mut response = sheet(StatusCode::BAD_GATEWAY, "NextChat is away", &body);
        response.headers_mut().insert(header::RETRY_AFTER, AGAIN.into());
        let refresh = HeaderValue::from(AGAIN);
        response.headers_mut().insert(HeaderName::from_static("refresh"), refresh);
        response
    }
}

/// Whether there may be something behind the headers.
fn has_body(parts: &Parts) -> bool {
    let headers: &HeaderMap = &parts.headers;
    headers.contains_key(header::TRANSFER_ENCODING)
        || headers.get(header::CONTENT_LENGTH).is_some_and(|length| length != "0")
        || !parts.method.is_safe()
}

fn back(answer: reqwest::Response) -> Response {
    let (status, headers) = (answer.status(), headers::back(answer.headers()));
    let mut response = Response::new(Body::from_stream(answer.bytes_stream()));
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    response
}
