//! Bodies of commands: JSON, bounded, and refused with a place but without a word of it.
//!
//! U+0000 arrives as a character like any other and is refused by the
//! rules, which know what the text is called.

use std::{fmt, marker::PhantomData};

use axum::{
    body::Body,
    extract::{FromRequest, Request},
    http::{HeaderMap, StatusCode, header},
};
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt;
use serde::{
    Deserialize, Deserializer,
    de::{DeserializeOwned, MapAccess, Visitor, value::MapAccessDeserializer},
};
use serde_json::error::Category;

use super::{idempotency, problem::Problem};

/// How many bytes the body of a command has at most, after decompression.
pub const LIMIT: usize = 1024 * 1024;

/// How deep the parser goes: it refuses to enter the 128th level.
const DEPTH: usize = 127;

/// A body that was sent, and its digest.
#[derive(Debug, Clone)]
pub struct Sent<Value> {
    /// What it says.
    pub value: Value,
    /// SHA-256 of its bytes.
    pub digest: String,
}

impl<S: Sync, Value: DeserializeOwned> FromRequest<S> for Sent<Value> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        if !is_json(request.headers()) {
            return Err(unsupported("the body must be application/json or application/msgpack"));
        }
        let bytes = read(request.into_body(), LIMIT).await?;
        Ok(Self { value: parse(&bytes)?, digest: idempotency::digest(&bytes) })
    }
}

/// The body is of another type than is read here.
pub fn unsupported(title: &'static str) -> Problem {
    Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported-media-type", title)
}

/// The media type of a body, without its parameters.
pub fn media_type(headers: &HeaderMap) -> String {
    let value = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

fn is_json(headers: &HeaderMap) -> bool {
    let media_type = media_type(headers);
    media_type == "application/json"
        || (media_type.starts_with("application/") && media_type.ends_with("+json"))
}

/// All bytes of a body, if they are not more than this.
pub async fn read(body: Body, limit: usize) -> Result<Bytes, Problem> {
    let (mut chunks, mut bytes) = (body.into_data_stream(), BytesMut::new());
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|_| {
            Problem::bad_request("unreadable-body", "the body broke off or is not compressed as it says")
        })?;
        if bytes.len() + chunk.len() > limit {
            return Err(too_large(limit));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes.freeze())
}

/// The body is larger than this.
pub fn too_large(limit: usize) -> Problem {
    Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "too-large", format!("the body is larger than {limit} bytes"))
        .with("limit", limit)
}

/// Reads a JSON object.
pub fn parse<Value: DeserializeOwned>(bytes: &[u8]) -> Result<Value, Problem> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        Problem::bad_request(
            "not-utf8",
            format!("the body is not UTF-8 from byte {} on", error.valid_up_to()),
        )
    })?;
    if depth(bytes) > DEPTH {
        return Err(Problem::bad_request(
            "too-deep",
            format!("the JSON is nested more than {DEPTH} levels deep"),
        ));
    }
    if cards::has_reserved_name(bytes) {
        return Err(Problem::bad_request(
            "reserved-name",
            "a field is called `$serde_json::private::…`, which stands for something else here",
        ));
    }
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let value = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        let path = error.path().to_string();
        explain(&error.into_inner(), &path)
    });
    let Object(value) = value?;
    deserializer.end().map_err(|error| explain(&error, "."))?;
    Ok(value)
}

/// A value that is given by the names of its fields. Left to itself, serde also takes a list of them in their order: a
/// form that nobody described, and that breaks whenever a field is added.
struct Object<Value>(Value);

impl<'de, Value: Deserialize<'de>> Deserialize<'de> for Object<Value> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ByName(PhantomData))
    }
}

struct ByName<Value>(PhantomData<Value>);

impl<'de, Value: Deserialize<'de>> Visitor<'de> for ByName<Value> {
    type Value = Object<Value>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<Map: MapAccess<'de>>(self, map: Map) -> Result<Object<Value>, Map::Error> {
        Value::deserialize(MapAccessDeserializer::new(map)).map(Object)
    }
}

/// How deep brackets are nested outside of texts. The parser has the same bound, but a shape that is unexpected further
/// out would be told instead.
fn depth(json: &[u8]) -> usize {
    let (mut now, mut most, mut in_text, mut escaped) = (0_usize, 0, false, false);
    for byte in json {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_text => escaped = true,
            b'"' => in_text = !in_text,
            b'[' | b'{' if !in_text => {
                now += 1;
                most = most.max(now);
            }
            b']' | b'}' if !in_text => now = now.saturating_sub(1),
            _ => {}
        }
    }
    most
}

/// What is wrong with it and where.
fn explain(error: &serde_json::Error, path: &str) -> Problem {
    let message = error.to_string();
    let place = format!("at line {}, column {}", error.line(), error.column());
    match error.classify() {
        Category::Data => unexpected(&message, path),
        Category::Io | Category::Syntax | Category::Eof if is_half_a_pair(&message) => Problem::bad_request(
            "lone-surrogate",
            "a text holds half of a surrogate pair, which is no character",
        )
        .detail(place),
        Category::Io | Category::Syntax | Category::Eof => {
            Problem::bad_request("malformed-json", "the body is not JSON")
                .detail(format!("it breaks {place}"))
        }
    }
}

fn is_half_a_pair(message: &str) -> bool {
    message.contains("surrogate") || message.contains("unexpected end of hex escape")
}

/// Says what was expected where, and nothing of what was found there: that may be somebody's words.
pub fn unexpected(message: &str, path: &str) -> Problem {
    let path = path.chars().take(200).collect::<String>();
    let expected = message.split_once("expected ").map(|(_, expected)| expected);
    let expected = expected.map(|text| text.rsplit_once(" at line ").map_or(text, |(text, _)| text));
    let missing = message.strip_prefix("missing field ").and_then(|rest| rest.split(' ').next());
    let detail = match (missing, expected) {
        (Some(field), _) => format!("at {path}: {field} is missing"),
        (None, Some(expected)) if message.starts_with("unknown field") => {
            format!("at {path}: there is no such field here; expected {expected}")
        }
        (None, Some(expected)) => format!("at {path}: expected {expected}"),
        (None, None) => format!("at {path}: this is not what belongs here"),
    };
    Problem::invalid("unexpected-shape", "the body has another shape than is expected").detail(detail)
}

#[cfg(test)]
mod spec;
