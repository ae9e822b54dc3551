//! What the page may reach: its own origin, and what the operator allows besides.
//!
//! The untouched page loads a tracker, plug-ins, emoji and update notes from elsewhere, and a reply may hold the address of
//! a picture that would tell its host who reads it. All of that is kept away by a Content-Security-Policy. The page needs
//! inline scripts (its state comes in them) and `eval` (artifacts), so the policy holds hosts back, not code.

use axum::{
    http::{HeaderValue, Uri, header},
    response::Response,
};

use super::GatewayError;

/// The policy, in which these origins are allowed as well.
pub(super) fn policy(allow: &str) -> Result<HeaderValue, GatewayError> {
    for origin in allow.split_whitespace() {
        if !is_origin(origin) {
            return Err(GatewayError::BadOrigin(origin.to_owned()));
        }
    }
    let others = allow.split_whitespace().fold(String::new(), |others, origin| format!("{others} {origin}"));
    let policy = [
        "default-src 'self'".to_owned(),
        "script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:".to_owned(),
        "style-src 'self' 'unsafe-inline'".to_owned(),
        format!("img-src 'self' data: blob:{others}"),
        format!("media-src 'self' data: blob:{others}"),
        format!("font-src 'self' data:{others}"),
        format!("connect-src 'self' data: blob:{others}"),
        "worker-src 'self' blob:".to_owned(),
        "frame-src 'self' data: blob:".to_owned(),
        "object-src 'none'".to_owned(),
        "base-uri 'self'".to_owned(),
        "form-action 'self'".to_owned(),
        "frame-ancestors 'self'".to_owned(),
    ];
    HeaderValue::try_from(policy.join("; ")).map_err(|_| GatewayError::BadOrigin(allow.to_owned()))
}

/// Only scheme, host and port: nothing that could end a directive or begin another one.
fn is_origin(text: &str) -> bool {
    let plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b":/.-[]*".contains(&byte));
    let rest = text.split_once("://").filter(|(scheme, _)| ["https", "http", "wss", "ws"].contains(scheme));
    plain
        && rest.is_some_and(|(_, host)| !host.is_empty() && !host.contains('/'))
        && text.parse::<Uri>().is_ok()
}

/// The same answer under the policy, whatever else it is under. Not only documents: a worker is under the policy that its
/// own script came with, and a picture with scripts in it is a document when it is opened.
pub(super) fn guarded(mut response: Response, policy: &HeaderValue) -> Response {
    let headers = response.headers_mut();
    headers.append(header::CONTENT_SECURITY_POLICY, policy.clone());
    headers.entry(header::REFERRER_POLICY).or_insert(HeaderValue::from_static("same-origin"));
    response
}

#[cfg(test)]
mod spec {
    use super::*;

    #[test]
    fn only_the_origins_that_are_allowed_are_reached() {
        let strict = policy("").unwrap();
        assert!(strict.to_str().unwrap().contains("connect-src 'self' data: blob:;"));
        let wide = policy(" https://a.example  wss://b.example:8443 ").unwrap();
        let wide = wide.to_str().unwrap();
        assert!(
            wide.contains("img-src 'self' data: blob: https://a.example wss://b.example:8443;"),
            "{wide}"
        );
        assert!(wide.contains("script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:;"), "{wide}");
    }

    #[test]
    fn what_is_no_origin_is_refused() {
        for strange in [
            "example.org",
            "https://a;script-src",
            "https://",
            "'unsafe-eval'",
            "https://a/b",
            "ftp://a",
            "*",
        ] {
            assert!(
                matches!(policy(strict_and(strange).as_str()), Err(GatewayError::BadOrigin(_))),
                "{strange}"
            );
        }
    }

    fn strict_and(origin: &str) -> String {
        format!("https://a.example {origin}")
    }
}
