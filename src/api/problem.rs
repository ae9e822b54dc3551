//! What goes wrong, said in one form: a problem (RFC 9457) with a stable `type`, under which people find what to do.
//!
//! What a caller did is explained (4xx). What broke here is logged once, where it is turned into a problem, and answered
//! with its trace id only (5xx). Every error of every layer leaves the house as a problem: see [`as_problems`].

mod catalog;
mod sources;

use std::{borrow::Cow, collections::BTreeMap};

use axum::{
    extract::Request,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

pub use catalog::page;

use super::trace::Traced;

/// The media type of a problem.
pub const MEDIA_TYPE: &str = "application/problem+json";

/// Where problems are explained.
const PAGES: &str = "/problems/";

/// Something that went wrong.
#[derive(Debug, Clone)]
pub struct Problem(Box<Said>);

#[derive(Debug, Clone)]
struct Said {
    details: Details,
    headers: HeaderMap,
}

/// A problem, as RFC 9457 has it.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct Details {
    /// A stable name: a path of this house, under which the problem is explained.
    #[serde(rename = "type")]
    #[schema(example = "/problems/character-not-found")]
    kind: String,
    /// The problem, in a sentence.
    title: Cow<'static, str>,
    /// The status of the answer.
    #[schema(minimum = 400, maximum = 599)]
    status: u16,
    /// More about this occurrence.
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
    /// The trace under which the operator finds what broke.
    #[serde(skip_serializing_if = "Option::is_none")]
    trace: Option<String>,
    /// Further fields of this sort of problem.
    #[serde(flatten)]
    #[schema(value_type = Object)]
    fields: BTreeMap<&'static str, Value>,
}

impl Problem {
    /// A problem of this sort.
    pub fn new(status: StatusCode, slug: &str, title: impl Into<Cow<'static, str>>) -> Self {
        let details = Details {
            kind: format!("{PAGES}{slug}"),
            title: title.into(),
            status: status.as_u16(),
            detail: None,
            trace: None,
            fields: BTreeMap::new(),
        };
        Self(Box::new(Said { details, headers: HeaderMap::new() }))
    }

    /// The request cannot be understood.
    pub fn bad_request(slug: &str, title: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, slug, title)
    }

    /// There is no such thing.
    pub fn not_found(slug: &str, title: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::NOT_FOUND, slug, title)
    }

    /// It is understood, and makes no sense.
    pub fn invalid(slug: &str, title: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, slug, title)
    }

    /// Something that we need is away, and will be back.
    pub fn away(slug: &str, title: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, slug, title).retry_after(1)
    }

    /// Something broke here. The log tells what, the answer does not.
    pub fn fault(error: &(dyn std::error::Error + 'static)) -> Self {
        tracing::error!(error, "the request met a fault");
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "fault",
            "something broke here; the operator can find it",
        )
    }

    /// The same, with more about this occurrence.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.0.details.detail = Some(detail.into());
        self
    }

    /// The same, with a further field.
    #[must_use]
    pub fn with(mut self, field: &'static str, value: impl Into<Value>) -> Self {
        self.0.details.fields.insert(field, value.into());
        self
    }

    /// The same, with a header.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.0.headers.insert(name, value);
        self
    }

    /// The same, to be tried again after so many seconds.
    #[must_use]
    pub fn retry_after(self, seconds: u32) -> Self {
        self.header(header::RETRY_AFTER, seconds.into())
    }

    /// Its status.
    pub fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.0.details.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// What it is, in a sentence.
    pub fn title(&self) -> &str {
        &self.0.details.title
    }

    /// More about this occurrence.
    pub fn explanation(&self) -> Option<&str> {
        self.0.details.detail.as_deref()
    }

    /// Its stable name, without the path under which it is explained.
    pub fn slug(&self) -> &str {
        let kind = &self.0.details.kind;
        kind.strip_prefix(PAGES).unwrap_or(kind)
    }

    /// As it stands in an answer or an event.
    pub fn details(&self) -> &Details {
        &self.0.details
    }

    /// What a layer said by a status alone.
    pub fn of_status(status: StatusCode) -> Self {
        let (slug, title) = catalog::of_status(status);
        let problem = Self::new(status, slug, title);
        if status == StatusCode::SERVICE_UNAVAILABLE { problem.retry_after(1) } else { problem }
    }

    fn traced(mut self, trace: Option<&Traced>) -> Self {
        if self.status().is_server_error() {
            self.0.details.trace = trace.map(|trace| trace.id().to_owned());
        }
        self
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = serde_json::to_vec(&self.0.details).unwrap_or_default();
        let mut response = (self.status(), [(header::CONTENT_TYPE, MEDIA_TYPE)], body).into_response();
        response.headers_mut().extend(self.0.headers.clone());
        response.extensions_mut().insert(self);
        response
    }
}

/// Marks an answer that says all there is to say, although its status is that of an error.
#[derive(Debug, Clone, Copy)]
pub struct SaidAlready;

/// Turns whatever error comes out of the rooms and layers into a problem, and gives those of ours their trace id.
pub async fn as_problems(request: Request, next: Next) -> Response {
    let trace = request.extensions().get::<Traced>().cloned();
    let mut response = next.run(request).await;
    let status = response.status();
    let error = status.is_client_error() || status.is_server_error();
    if !error || response.extensions().get::<SaidAlready>().is_some() {
        return response;
    }
    match response.extensions_mut().remove::<Problem>() {
        Some(_) if status.is_client_error() => response,
        Some(problem) => problem.traced(trace.as_ref()).into_response(),
        None => {
            let mut problem = Problem::of_status(status).traced(trace.as_ref());
            problem.0.headers.extend(kept(response.headers()));
            problem.into_response()
        }
    }
}

/// The headers that say something about the error, not about the body that it had.
fn kept(headers: &HeaderMap) -> HeaderMap {
    let telling = [header::ALLOW, header::RETRY_AFTER, header::WWW_AUTHENTICATE, header::ACCEPT_ENCODING];
    telling.into_iter().filter_map(|name| Some((name.clone(), headers.get(&name)?.clone()))).collect()
}

#[cfg(test)]
mod spec;
