//! The headers of what is passed on and back.

use std::net::SocketAddr;

use axum::{
    extract::ConnectInfo,
    http::{HeaderMap, HeaderName, HeaderValue, header, request::Parts},
};
use cookie::Cookie;

use crate::{door, key};

/// What belongs to one connection only.
const HOP: [HeaderName; 8] = [
    header::CONNECTION,
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("proxy-connection"),
    header::PROXY_AUTHENTICATE,
    header::PROXY_AUTHORIZATION,
    header::TE,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
];
const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");
const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

/// Whether the other protocol that is asked for is WebSocket.
pub(super) fn wants_websocket(headers: &HeaderMap) -> bool {
    headers.get(header::UPGRADE).is_some_and(|name| name.as_bytes().eq_ignore_ascii_case(b"websocket"))
}

/// What NextChat is told.
pub(super) fn onward(parts: &Parts, upgrades: bool) -> HeaderMap {
    let mut headers = without_hops(&parts.headers);
    let host = parts.uri.authority().and_then(|host| HeaderValue::try_from(host.as_str()).ok());
    let host = host.or_else(|| parts.headers.get(header::HOST).cloned());
    for name in [header::HOST, header::CONTENT_LENGTH] {
        headers.remove(name); // The client says its own.
    }
    keep_ours(&mut headers);
    if let Some(host) = host {
        headers.entry(FORWARDED_HOST).or_insert(host);
    }
    headers.entry(FORWARDED_PROTO).or_insert(HeaderValue::from_static("http"));
    if let Some(ConnectInfo(peer)) = parts.extensions.get::<ConnectInfo<SocketAddr>>()
        && let Ok(peer) = HeaderValue::try_from(peer.ip().to_string())
    {
        headers.append(FORWARDED_FOR, peer);
    }
    if upgrades {
        headers.insert(header::CONNECTION, HeaderValue::from_static("upgrade"));
        headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
    }
    headers
}

/// What comes back. Who answers for NextChat cannot log anybody in or out here.
pub(super) fn back(headers: &HeaderMap) -> HeaderMap {
    let mut passed = without_hops(headers);
    let cookies: Vec<_> =
        headers.get_all(header::SET_COOKIE).iter().filter(|cookie| !sets_session(cookie)).collect();
    passed.remove(header::SET_COOKIE);
    for cookie in cookies {
        passed.append(header::SET_COOKIE, cookie.clone());
    }
    passed
}

fn sets_session(cookie: &HeaderValue) -> bool {
    let name = cookie.as_bytes().split(|byte| *byte == b'=').next().unwrap_or_default();
    name.trim_ascii() == door::COOKIE.as_bytes()
}

fn without_hops(headers: &HeaderMap) -> HeaderMap {
    let mut passed = headers.clone();
    let named = headers.get_all(header::CONNECTION).iter().filter_map(|value| value.to_str().ok());
    for name in named.flat_map(|names| names.split(',')) {
        passed.remove(name.trim());
    }
    for name in HOP {
        passed.remove(name);
    }
    passed
}

/// Takes out what nobody but us has to know: the session, and keys of this house.
fn keep_ours(headers: &mut HeaderMap) {
    let shown = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let word = shown.and_then(|shown| shown.split_once(' ')).map(|(_, word)| word.trim());
    if word.is_some_and(|word| key::looks_like_one(word.strip_prefix("nk-").unwrap_or(word))) {
        headers.remove(header::AUTHORIZATION);
    }
    let theirs: Vec<_> = headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(Cookie::split_parse)
        .filter_map(Result::ok)
        .filter(|cookie| cookie.name() != door::COOKIE)
        .map(|cookie| cookie.to_string())
        .collect();
    headers.remove(header::COOKIE);
    if let Ok(cookies) = HeaderValue::try_from(theirs.join("; "))
        && !theirs.is_empty()
    {
        headers.insert(header::COOKIE, cookies);
    }
}

#[cfg(test)]
mod spec {
    use axum::http::Request;

    use super::*;

    fn told(headers: &[(&str, &str)]) -> HeaderMap {
        let request = Request::builder().uri("/x").header("host", "inn.example");
        let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        onward(&request.body(()).unwrap().into_parts().0, false)
    }

    #[test]
    fn what_is_ours_or_of_one_connection_is_not_passed_on() {
        let told = told(&[
            ("connection", "close, x-mine"),
            ("x-mine", "1"),
            ("te", "trailers"),
            ("cookie", "a=1; ink_session=secret; b=2"),
            ("authorization", "Bearer nk-ink_secret"),
            ("accept", "*/*"),
        ]);
        for gone in ["connection", "x-mine", "te", "authorization", "host"] {
            assert!(!told.contains_key(gone), "{gone}");
        }
        assert_eq!(told["cookie"], "a=1; b=2");
        assert_eq!(told["x-forwarded-host"], "inn.example");
        assert_eq!(told["accept"], "*/*");
    }

    #[test]
    fn what_is_for_others_is_passed_on() {
        let told = told(&[("authorization", "Bearer sk-other"), ("cookie", "ink_session=secret")]);
        assert_eq!(told["authorization"], "Bearer sk-other");
        assert!(!told.contains_key("cookie"));
    }

    #[test]
    fn nobody_else_sets_a_session() {
        let mut headers = HeaderMap::new();
        for cookie in ["ink_session=theirs; Path=/", "lang=en"] {
            headers.append(header::SET_COOKIE, HeaderValue::from_static(cookie));
        }
        headers.insert(header::CONNECTION, HeaderValue::from_static("keep-alive"));
        let passed = back(&headers);
        assert_eq!(passed.get_all(header::SET_COOKIE).iter().collect::<Vec<_>>(), ["lang=en"]);
        assert!(!passed.contains_key(header::CONNECTION));
    }
}
