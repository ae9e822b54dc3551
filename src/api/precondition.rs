//! `ETag`, `If-Match`, `If-None-Match`: the version of an aggregate, as HTTP says it.
//!
//! A version is the sequence of the aggregate's last commit, so it is the same in a row, in an answer and in the log.

use axum::{
    Json,
    extract::FromRequestParts,
    http::{HeaderMap, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use serde::Serialize;

use super::problem::Problem;
use crate::execute::Expected;

/// A version, as it stands in `ETag`.
pub fn etag(version: u64) -> String {
    format!("\"{version}\"")
}

/// Which version the caller of a command knows.
pub fn expected(headers: &HeaderMap) -> Result<Expected, Problem> {
    let Some(value) = headers.get(header::IF_MATCH) else { return Ok(Expected::Any) };
    let text = value.to_str().unwrap_or_default().trim();
    if text == "*" {
        return Ok(Expected::Any);
    }
    let number = text.strip_prefix('"').and_then(|text| text.strip_suffix('"'));
    let number = number.filter(|number| number.bytes().all(|byte| byte.is_ascii_digit()));
    let version = number.and_then(|number| number.parse().ok()).ok_or_else(|| {
        Problem::bad_request(
            "malformed-etag",
            "If-Match takes one ETag as it was answered, such as \"42\", or *",
        )
    })?;
    Ok(Expected::Version(version))
}

/// What the caller of a query already has.
#[derive(Debug, Clone, Default)]
pub struct Known(Option<String>);

impl Known {
    /// Whether they have this.
    pub fn has(&self, etag: &str) -> bool {
        let Some(known) = &self.0 else { return false };
        known.split(',').map(str::trim).any(|known| known == "*" || known.trim_start_matches("W/") == etag)
    }

    /// What is shown of something in this version of it, or word that nothing has changed.
    pub fn or_shown(&self, version: u64, shown: impl Serialize) -> Response {
        self.or_answer(&etag(version), Json(shown))
    }

    /// What is asked for with its `ETag`, or word that nothing has changed.
    pub fn or_answer(&self, etag: &str, answer: impl IntoResponse) -> Response {
        let tag = [(header::ETAG, etag)];
        if self.has(etag) {
            (StatusCode::NOT_MODIFIED, tag).into_response()
        } else {
            (tag, answer).into_response()
        }
    }
}

impl<S: Sync> FromRequestParts<S> for Known {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let known = parts.headers.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
        Ok(Self(known.map(str::to_owned)))
    }
}

#[cfg(test)]
mod spec {
    use axum::http::HeaderValue;

    use super::*;

    fn if_match(value: &'static str) -> Option<Expected> {
        expected(&HeaderMap::from_iter([(header::IF_MATCH, HeaderValue::from_static(value))])).ok()
    }

    #[test]
    fn a_version_reads_back_as_it_was_answered() {
        assert_eq!(if_match("\"42\""), Some(Expected::Version(42)));
        assert_eq!(if_match("*"), Some(Expected::Any));
        assert!(matches!(expected(&HeaderMap::new()), Ok(Expected::Any)));
    }

    #[test]
    fn what_is_no_version_is_refused() {
        for value in
            ["", "42", "\"\"", "\"+4\"", "\"x\"", "W/\"42\"", "\"1\", \"2\"", "\"99999999999999999999\""]
        {
            assert_eq!(if_match(value), None, "{value}");
        }
    }

    #[test]
    fn what_is_known_is_not_told_again() {
        let known = Known(Some("\"7\", W/\"8\"".into()));
        assert!(known.has("\"7\"") && known.has("\"8\"") && !known.has("\"9\""));
        assert_eq!(known.or_answer("\"8\"", "text").status(), StatusCode::NOT_MODIFIED);
        assert_eq!(Known::default().or_answer("\"8\"", "text").status(), StatusCode::OK);
    }
}
