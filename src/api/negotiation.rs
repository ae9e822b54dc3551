//! MessagePack both ways, beside the rooms: they speak JSON only.
//!
//! A request in MessagePack is turned into JSON before a room sees it, an answer in JSON into MessagePack if the caller
//! would rather have it. Streams and files pass untouched. The caller may name it `application/msgpack`,
//! `application/x-msgpack` or `application/vnd.msgpack`; it is answered by the first name.

pub mod transcode;

use axum::{
    body::Body,
    extract::Request,
    http::{HeaderMap, HeaderValue, header},
    middleware::Next,
    response::{IntoResponse, Response},
};

use super::{
    body::{LIMIT, media_type, read},
    problem::Problem,
};

const MSGPACK: &str = "application/msgpack";

/// How large an answer may be that is turned into MessagePack.
const ANSWER_LIMIT: usize = 64 * 1024 * 1024;

/// Turns requests into JSON.
pub async fn read_msgpack(request: Request, next: Next) -> Response {
    if !is_msgpack(&media_type(request.headers())) {
        return next.run(request).await;
    }
    let (mut parts, body) = request.into_parts();
    let json = match read(body, LIMIT).await {
        Ok(bytes) => transcode::to_json(&bytes).map_err(|error| refuse(&error)),
        Err(problem) => Err(problem),
    };
    match json {
        Ok(json) => {
            parts.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
            parts.headers.remove(header::CONTENT_LENGTH);
            next.run(Request::from_parts(parts, Body::from(json))).await
        }
        Err(problem) => problem.into_response(),
    }
}

fn refuse(error: &transcode::Unreadable) -> Problem {
    Problem::bad_request("malformed-msgpack", error.to_string())
}

/// Turns answers into MessagePack, for those who would rather have it.
pub async fn answer_msgpack(request: Request, next: Next) -> Response {
    let wanted = prefers_msgpack(request.headers());
    let mut response = next.run(request).await;
    let is_json = !is_file(response.headers())
        && matches!(media_type(response.headers()).as_str(), "application/json" | "application/problem+json");
    if is_json {
        response.headers_mut().append(header::VARY, HeaderValue::from_static("accept"));
    }
    if !wanted || !is_json {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let Ok(json) = axum::body::to_bytes(body, ANSWER_LIMIT).await else {
        return Problem::fault(&transcode::Unreadable::Json).into_response();
    };
    match transcode::to_msgpack(&json) {
        Ok(msgpack) => {
            parts.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(MSGPACK));
            parts.headers.remove(header::CONTENT_LENGTH);
            Response::from_parts(parts, Body::from(msgpack))
        }
        // An empty body: an answer to HEAD, or to a caller who has it already.
        Err(_) if json.is_empty() => Response::from_parts(parts, Body::empty()),
        Err(error) => Problem::fault(&error).into_response(),
    }
}

/// Whether it is a file to be saved, to the byte, although there may be JSON in it.
fn is_file(headers: &HeaderMap) -> bool {
    headers.contains_key(header::CONTENT_DISPOSITION)
}

fn is_msgpack(media_type: &str) -> bool {
    matches!(media_type, MSGPACK | "application/x-msgpack" | "application/vnd.msgpack")
}

/// Whether MessagePack is named, and JSON is not named before it or with more weight.
fn prefers_msgpack(headers: &HeaderMap) -> bool {
    let (mut msgpack, mut json) = (0.0, 0.0);
    for (media_type, weight) in accepted(headers) {
        match media_type.as_str() {
            name if is_msgpack(name) && weight > json => msgpack = weight,
            "application/json" | "application/problem+json" if weight >= msgpack => {
                (json, msgpack) = (weight, if weight > msgpack { 0.0 } else { msgpack });
            }
            _ => {}
        }
    }
    msgpack > 0.0
}

/// The media types in `Accept` with their weights, in order.
fn accepted(headers: &HeaderMap) -> impl Iterator<Item = (String, f32)> {
    let values = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).map(|range| {
        let mut parts = range.split(';').map(str::trim);
        let media_type = parts.next().unwrap_or_default().to_ascii_lowercase();
        let weight = parts.find_map(|part| part.strip_prefix("q=")?.parse().ok());
        (media_type, weight.unwrap_or(1.0))
    })
}

/// Whether the caller wants to be told as it happens.
pub fn wants_events(headers: &HeaderMap) -> bool {
    accepted(headers).any(|(media_type, weight)| media_type == "text/event-stream" && weight > 0.0)
}

/// Whether the caller is a browser that wants a page to show.
pub fn wants_pages(headers: &HeaderMap) -> bool {
    accepted(headers).any(|(media_type, weight)| media_type == "text/html" && weight > 0.0)
}

#[cfg(test)]
mod spec {
    use super::*;

    fn accept(value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(header::ACCEPT, HeaderValue::from_static(value))])
    }

    #[test]
    fn messagepack_is_answered_only_to_those_who_name_it_and_would_rather_have_it() {
        for wanted in [
            "application/msgpack",
            "application/x-msgpack, application/json",
            "application/json;q=0.5, application/msgpack",
            "*/*;q=0.1, Application/Msgpack;q=0.9",
        ] {
            assert!(prefers_msgpack(&accept(wanted)), "{wanted}");
        }
        for unwanted in [
            "",
            "*/*",
            "application/json",
            "application/json, application/msgpack",
            "application/msgpack;q=0.5, application/json",
            "application/msgpack;q=0",
        ] {
            assert!(!prefers_msgpack(&accept(unwanted)), "{unwanted}");
        }
    }

    #[test]
    fn events_are_for_those_who_name_them() {
        assert!(wants_events(&accept("text/event-stream")));
        assert!(wants_events(&accept("application/json, text/event-stream;q=0.9")));
        assert!(!wants_events(&accept("*/*")) && !wants_events(&HeaderMap::new()));
    }
}
