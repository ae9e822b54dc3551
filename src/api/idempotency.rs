//! `Idempotency-Key`: a command that is repeated with the same key is the same command.
//!
//! Its id follows from who gives it, where, and the key; every id that it makes follows from that. So a repetition
//! reaches the same aggregate, where the log knows that it was carried out, whichever process gets it, and whenever.

use axum::http::{HeaderMap, Method};
use domain::{Id, commit::CommandId, user::UserId};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::problem::Problem;

const HEADER: &str = "idempotency-key";
const LONGEST: usize = 255;

/// The key, if there is one.
pub fn key(headers: &HeaderMap) -> Result<Option<&str>, Problem> {
    let Some(value) = headers.get(HEADER) else { return Ok(None) };
    let bounded = (1..=LONGEST).contains(&value.len()) && value.as_bytes().iter().all(u8::is_ascii_graphic);
    match value.to_str() {
        Ok(key) if bounded => Ok(Some(key)),
        _ => Err(Problem::bad_request(
            "malformed-idempotency-key",
            "Idempotency-Key has from 1 to 255 visible ASCII characters",
        )),
    }
}

/// The id of a command that can be repeated.
pub fn command(user: UserId, method: &Method, path: &str, key: &str) -> CommandId {
    Id::new(Uuid::new_v5(&user.uuid(), format!("{method} {path} {key}").as_bytes()))
}

/// What a body is known by: the same key with another one is a mistake.
pub fn digest(body: &[u8]) -> String {
    hex::encode(Sha256::digest(body))
}

#[cfg(test)]
mod spec {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn the_same_request_is_the_same_command_and_any_other_is_not() {
        let (mira, vlad) = (crate::stamp::id(), crate::stamp::id());
        let first = command(mira, &Method::POST, "/api/v1/characters", "k1");
        assert_eq!(first, command(mira, &Method::POST, "/api/v1/characters", "k1"));
        assert_ne!(first, command(vlad, &Method::POST, "/api/v1/characters", "k1"));
        assert_ne!(first, command(mira, &Method::PATCH, "/api/v1/characters", "k1"));
        assert_ne!(first, command(mira, &Method::POST, "/api/v1/conversations", "k1"));
        assert_ne!(first, command(mira, &Method::POST, "/api/v1/characters", "k2"));
    }

    #[test]
    fn a_key_is_bounded() {
        let read = |value: &[u8]| {
            let value = HeaderValue::from_bytes(value).unwrap();
            key(&HeaderMap::from_iter([(HEADER.parse().unwrap(), value)]))
                .map(|key| key.map(str::to_owned))
                .ok()
        };
        assert_eq!(read(b"8f14e45f"), Some(Some("8f14e45f".into())));
        for strange in [b"".as_slice(), b"a b", "é".as_bytes(), &[b'a'; 256]] {
            assert_eq!(read(strange), None);
        }
        assert!(matches!(key(&HeaderMap::new()), Ok(None)));
    }
}
