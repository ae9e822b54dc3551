//! Where a request with a cookie comes from: a page of another origin must not act for whoever is logged in.
//!
//! Browsers attach cookies by themselves, so a request that rests on one and may change something has to come from our
//! own pages. `Sec-Fetch-Site` says so, or `Origin` where a browser does not send that; no browser leaves both out for
//! such a request across origins, so one with neither is no browser's. Requests with a key need none of this: no page
//! can attach a key that it does not know.

use axum::http::{HeaderMap, StatusCode, Uri, header, request::Parts};

use super::problem::Problem;

/// Refuses what another page makes a browser send.
pub fn insist(parts: &Parts) -> Result<(), Problem> {
    // An upgrade leads to a connection on which more than reading happens, and which no browser keeps from other pages.
    let harmless = parts.method.is_safe() && !parts.headers.contains_key(header::UPGRADE);
    if harmless || is_ours(&parts.headers, &parts.uri) { Ok(()) } else { Err(foreign()) }
}

/// Whether a request comes from a page of ours, or from no page at all.
pub fn is_ours(headers: &HeaderMap, uri: &Uri) -> bool {
    let text = |name| headers.get(name).map(|value| value.to_str().unwrap_or_default());
    if let Some(site) = text("sec-fetch-site") {
        return matches!(site, "same-origin" | "none");
    }
    let Some(origin) = text("origin") else { return true };
    let host = uri.authority().map(axum::http::uri::Authority::as_str).or_else(|| text("host"));
    let from = origin.split_once("://").map(|(_, host)| host);
    from.is_some_and(|from| host.is_some_and(|host| host.eq_ignore_ascii_case(from)))
}

/// Another page sent it.
pub fn foreign() -> Problem {
    Problem::new(
        StatusCode::FORBIDDEN,
        "another-origin",
        "a page of another origin cannot act for somebody who is logged in here",
    )
}

#[cfg(test)]
mod spec {
    use axum::http::{HeaderValue, Method, Request};

    use super::*;

    fn refused(method: Method, headers: &[(&'static str, &'static str)]) -> bool {
        let (mut parts, ()) = Request::builder().method(method).uri("/x").body(()).unwrap().into_parts();
        for (name, value) in headers {
            parts.headers.insert(*name, HeaderValue::from_static(value));
        }
        insist(&parts).is_err()
    }

    #[test]
    fn what_changes_something_comes_from_our_own_pages() {
        let host = ("host", "inn.example:4665");
        for headers in [
            &[host, ("sec-fetch-site", "same-origin")][..],
            &[host, ("sec-fetch-site", "none")],
            &[host, ("origin", "https://inn.example:4665")],
            &[host],
        ] {
            assert!(!refused(Method::POST, headers), "{headers:?}");
        }
        for headers in [
            &[host, ("sec-fetch-site", "cross-site")][..],
            &[host, ("sec-fetch-site", "same-site")],
            &[host, ("sec-fetch-site", "cross-site"), ("origin", "https://inn.example:4665")],
            &[host, ("origin", "https://evil.example")],
            &[host, ("origin", "https://inn.example")],
            &[host, ("origin", "null")],
            &[host, ("origin", "")],
        ] {
            assert!(refused(Method::POST, headers), "{headers:?}");
            assert!(!refused(Method::GET, headers), "reading is kept from other pages by the browser");
            let upgrade = [headers, &[("upgrade", "websocket")]].concat();
            assert!(refused(Method::GET, &upgrade), "{upgrade:?}");
        }
    }
}
