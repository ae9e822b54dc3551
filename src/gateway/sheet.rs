//! Small pages of ours: HTML with nothing from elsewhere, readable on a phone, by a screen reader and without a mouse. They
//! have no script, but for the one that takes chats away.

use std::fmt::Write;

use axum::{
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{Html, IntoResponse, Response},
};
use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use sha2::{Digest, Sha256};

use crate::api::problem::SaidAlready;

/// Nothing is loaded, nobody frames it, and its forms go to us only.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; \
                      frame-ancestors 'none'";
const FRAME: &str = include_str!("sheet.html");

/// A page of ours. The body is HTML; whatever else than ours is in it went through [`escape`].
pub(super) fn sheet(status: StatusCode, title: &str, body: &str) -> Response {
    let html = FRAME.replace("{{title}}", &escape(title)).replace("{{body}}", body);
    let mut response = (status, Html(html)).into_response();
    response.headers_mut().extend(headers());
    response.extensions_mut().insert(SaidAlready);
    response
}

/// The same with a script of ours, the only one that the browser runs in it.
pub(super) fn scripted(status: StatusCode, title: &str, body: &str, script: &str) -> Response {
    let mut response = sheet(status, title, &format!("{body}<script type=\"module\">{script}</script>"));
    let digest = BASE64.encode(Sha256::digest(script));
    if let Ok(policy) = HeaderValue::try_from(format!("{POLICY}; script-src 'sha256-{digest}'")) {
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    response
}

fn headers() -> HeaderMap {
    [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::CACHE_CONTROL, "no-store"),
        // Without any referrer, forms would come from the origin `null`.
        (header::REFERRER_POLICY, "same-origin"),
    ]
    .into_iter()
    .map(|(name, value)| (name, HeaderValue::from_static(value)))
    .collect()
}

/// A text as HTML shows it, also inside of an attribute.
pub(super) fn escape(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '<' | '>' | '&' | '"' | '\'' => drop(write!(html, "&#{};", u32::from(char))),
            char => html.push(char),
        }
    }
    html
}

#[cfg(test)]
mod spec {
    use super::*;

    #[test]
    fn what_people_typed_is_never_markup() {
        assert_eq!(escape("<a href='x' b=\"y\">&"), "&#60;a href=&#39;x&#39; b=&#34;y&#34;&#62;&#38;");
    }
}
