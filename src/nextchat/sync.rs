//! NextChat's sync: conversations from other devices appear, and what a browser uploads is kept.
//!
//! NextChat fetches a whole state, merges it into its own by the ids of sessions and messages, and uploads the outcome.
//! What is fetched here is woven (`weave`) of what browsers uploaded and of the conversations in the log, under ids
//! that stay; what is uploaded is merged into what was there, so that two devices do not overwrite each other.
//!
//! What was uploaded is no part of the log: it is a browser's own copy, of which the part that was said to characters is in
//! the log anyway. It lies in the object store under its owner's id, sealed under their key, replaced as a whole, and goes
//! with them. NextChat's `access-control`, all its keys in clear, is never kept and always answered empty.

mod keeper;
mod merge;
mod story;
mod upstash;
mod weave;
mod webdav;

use axum::{
    Router,
    extract::{FromRequestParts, OptionalFromRequestParts},
    http::{HeaderMap, header, request::Parts},
    routing::any,
};
use base64::{Engine, engine::general_purpose::STANDARD as BASE64};

pub use upstash::forget;

use crate::{
    api::{auth::Caller, problem::Problem},
    door::Device,
    house::House,
};

/// The sync store, in both languages.
pub fn routes() -> Router<House> {
    Router::new()
        .route("/api/webdav/{*path}", any(webdav::serve))
        .route("/dav/{*path}", any(webdav::serve))
        .route("/api/upstash/{*path}", any(upstash::serve))
        // NextChat puts a slash of its own behind the address of a proxy that ends in one.
        .route("//api/upstash/{*path}", any(upstash::serve))
}

/// Who syncs: by a session, a key, or a key as the password of somebody called anything.
struct Syncing {
    caller: Caller,
    /// In which browser, where that is known.
    device: Option<Device>,
}

impl FromRequestParts<House> for Syncing {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, house: &House) -> Result<Self, Problem> {
        let of_session =
            <Caller as OptionalFromRequestParts<House>>::from_request_parts(parts, house).await?;
        if let Some(caller) = of_session {
            return Ok(Self { caller, device: Device::of(&parts.headers) });
        }
        let caller = match password(&parts.headers) {
            Some(key) => Caller::of_key(house, &key).await?,
            None => None,
        };
        let caller = caller.ok_or_else(crate::api::auth::unauthorized)?;
        Ok(Self { caller, device: None })
    }
}

fn password(headers: &HeaderMap) -> Option<String> {
    let (scheme, shown) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    let shown = BASE64.decode(shown.trim()).ok().filter(|_| scheme.eq_ignore_ascii_case("basic"))?;
    let shown = String::from_utf8(shown).ok()?;
    shown.split_once(':').map(|(_, password)| password.to_owned())
}

#[cfg(test)]
mod spec {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn a_key_is_the_password_of_anybody() {
        let headers = |value: String| {
            HeaderMap::from_iter([(header::AUTHORIZATION, HeaderValue::try_from(value).unwrap())])
        };
        let basic = headers(format!("basic {}", BASE64.encode("mira:ink_a:b")));
        assert_eq!(password(&basic).as_deref(), Some("ink_a:b"));
        assert_eq!(password(&headers(format!("Bearer {}", BASE64.encode("a:b")))), None);
        assert_eq!(password(&headers("Basic %%%".into())), None);
    }
}
