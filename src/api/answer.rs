//! What a command answers: where in the log its outcome is (`Ink-Position`), whether it was so already (`Ink-Outcome`),
//! and the version that it made (`ETag`).

use axum::{
    Json,
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use utoipa::ToSchema;

use super::precondition;
use crate::execute::{Accepted, Outcome};

/// The header that tells where in the log the outcome is.
pub const POSITION: HeaderName = HeaderName::from_static("ink-position");

/// The header that tells whether the command was carried out now (`decided`), was before (`repeated`), or had nothing to
/// say because it was so already (`nothing`).
pub const OUTCOME: HeaderName = HeaderName::from_static("ink-outcome");

/// The answer to a command.
#[derive(Debug)]
pub struct Answer<Body> {
    status: StatusCode,
    accepted: Accepted,
    location: Option<String>,
    body: Body,
}

/// What there is to say about a command that brings nothing new.
#[derive(Debug, Serialize, ToSchema)]
pub struct Done {
    /// Where in the log the outcome is; `Ink-After` waits for it.
    #[schema(example = "5f0c2a11-1042")]
    pub position: String,
}

impl<Body> Answer<Body> {
    /// It was done.
    pub fn ok(accepted: Accepted, body: Body) -> Self {
        Self { status: StatusCode::OK, accepted, location: None, body }
    }

    /// Something new is there.
    pub fn created(accepted: Accepted, location: String, body: Body) -> Self {
        Self { status: StatusCode::CREATED, accepted, location: Some(location), body }
    }

    /// Something was begun.
    pub fn begun(accepted: Accepted, body: Body) -> Self {
        Self { status: StatusCode::ACCEPTED, accepted, location: None, body }
    }
}

impl Answer<Done> {
    /// It was done, and there is no more to say.
    pub fn done(accepted: Accepted) -> Self {
        Self::ok(accepted, Done { position: accepted.position.to_string() })
    }
}

impl<Body: Serialize> IntoResponse for Answer<Body> {
    fn into_response(self) -> Response {
        let mut response = (self.status, Json(self.body)).into_response();
        let headers = [
            (POSITION, Some(self.accepted.position.to_string())),
            (OUTCOME, Some(outcome(self.accepted.outcome).to_owned())),
            (header::ETAG, Some(precondition::etag(self.accepted.version))),
            (header::LOCATION, self.location),
        ];
        for (name, value) in headers {
            if let Some(value) = value.and_then(|value| HeaderValue::try_from(value).ok()) {
                response.headers_mut().insert(name, value);
            }
        }
        response
    }
}

fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Decided => "decided",
        Outcome::Nothing => "nothing",
        Outcome::Repeated => "repeated",
    }
}
