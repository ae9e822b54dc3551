//! One span for each request, in the trace that the caller began or a new one.
//!
//! The trace travels on in the envelope of the command, so that the log, the worker and the last token belong to it. A
//! span names the route, never the path, and holds no word, no value of a query, and no id but the caller's own.

use std::{borrow::Cow, time::Instant};

use axum::{
    extract::{MatchedPath, Request},
    http::{HeaderMap, HeaderName, HeaderValue, Method, header},
    middleware::Next,
    response::Response,
};
use tracing::{Instrument, field::Empty};

use crate::stamp;

const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
const TRACE: HeaderName = HeaderName::from_static("ink-trace");

/// The trace of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Traced {
    trace: String,
    span: String,
}

impl Traced {
    /// The trace that the caller began, or a new one; in either case with a span of ours.
    fn of(headers: &HeaderMap) -> Self {
        let begun = headers.get(TRACEPARENT).and_then(|value| trace_of(value.to_str().ok()?));
        let trace = begun.map_or_else(|| hex::encode(stamp::secret::<16>()), str::to_owned);
        Self { trace, span: hex::encode(stamp::secret::<8>()) }
    }

    /// The id of the trace.
    pub fn id(&self) -> &str {
        &self.trace
    }

    /// What comes of this request belongs under this W3C `traceparent`.
    pub fn parent(&self) -> String {
        format!("00-{}-{}-01", self.trace, self.span)
    }
}

/// The trace id in a W3C `traceparent`.
fn trace_of(traceparent: &str) -> Option<&str> {
    let mut parts = traceparent.split('-');
    let (version, trace, span) = (parts.next()?, parts.next()?, parts.next()?);
    let is_id = |text: &str, length: usize| {
        let hex = text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
        text.len() == length && hex && text.bytes().any(|byte| byte != b'0')
    };
    let known = version.len() == 2 && version != "ff";
    (known && is_id(trace, 32) && is_id(span, 16)).then_some(trace)
}

/// Observes a request from when it is routed until its answer begins.
pub async fn observe(mut request: Request, next: Next) -> Response {
    let (began, traced) = (Instant::now(), Traced::of(request.headers()));
    let method = name_of(request.method());
    let route = request.extensions().get::<MatchedPath>();
    let route: Cow<'static, str> = route.map_or("none".into(), |route| route.as_str().to_owned().into());
    let span = tracing::info_span!(
        "http", method, %route, "trace.id" = traced.id(), "user.id" = Empty, status = Empty, duration_ms = Empty,
    );
    request.extensions_mut().insert(traced.clone());
    let mut response = next.run(request).instrument(span.clone()).await;
    let (took, status) = (began.elapsed(), response.status());
    span.record("status", status.as_u16());
    span.record("duration_ms", u64::try_from(took.as_millis()).unwrap_or(u64::MAX));
    span.in_scope(|| tracing::debug!("answered"));
    let labels =
        [("method", method.into()), ("route", route), ("status", status.as_u16().to_string().into())];
    metrics::histogram!("innkeeper_http_request_seconds", &labels).record(took);
    label(response.headers_mut(), &traced);
    response
}

/// What every answer carries.
fn label(headers: &mut HeaderMap, traced: &Traced) {
    for (name, value) in [(TRACE, traced.id()), (TRACEPARENT, &traced.parent())] {
        if let Ok(value) = HeaderValue::try_from(value) {
            headers.insert(name, value);
        }
    }
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("private, no-cache"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
}

/// The method, as one of a few names: a label must not be anything that somebody makes up.
fn name_of(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}

#[cfg(test)]
mod spec {
    use super::*;

    #[test]
    fn a_trace_that_the_caller_began_goes_on() {
        let value = HeaderValue::from_static("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
        let traced = Traced::of(&HeaderMap::from_iter([(TRACEPARENT, value)]));
        assert_eq!(traced.id(), "0af7651916cd43dd8448eb211c80319c");
        assert!(traced.parent().len() == 55 && !traced.parent().contains("b7ad6b7169203331"));
    }

    #[test]
    fn what_is_no_trace_begins_a_new_one() {
        for value in [
            "",
            "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
            "00-00000000000000000000000000000000-b7ad6b7169203331-01",
            "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b71692033-01",
        ] {
            assert_eq!(trace_of(value), None, "{value}");
        }
        let (one, other) = (Traced::of(&HeaderMap::new()), Traced::of(&HeaderMap::new()));
        assert!(one.id().len() == 32 && one != other);
    }
}
