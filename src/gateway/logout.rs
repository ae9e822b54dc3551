//! `/logout`: a browser forgets who was logged in, and, if they like, what NextChat keeps in it.
//!
//! NextChat keeps its chats in the browser, where the next person at it would see them. What was said to characters of
//! this house is in the house as well; what was said elsewhere is not, so nothing is cleared that nobody asked to clear.

use axum::{
    Form,
    http::{HeaderMap, HeaderValue, StatusCode, Uri},
    response::{IntoResponse, Response},
};
use serde::Deserialize;

use super::{
    login::{cookie, with_cookie},
    sheet::{scripted, sheet},
};
use crate::api::origin;

const FORM: &str = include_str!("logout.html");
const GOOD_NIGHT: &str = include_str!("good_night.html");

/// What the form sends.
#[derive(Debug, Deserialize)]
pub(super) struct Farewell {
    /// What to do with what the browser keeps.
    #[serde(default)]
    keep: Keep,
}

/// What becomes of what the browser keeps.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Keep {
    #[default]
    All,
    Nothing,
}

/// Asks how to leave.
pub(super) async fn show() -> Response {
    sheet(StatusCode::OK, "Log out", FORM)
}

/// Takes the cookie back.
pub(super) async fn leave(uri: Uri, headers: HeaderMap, Form(farewell): Form<Farewell>) -> Response {
    if !origin::is_ours(&headers, &uri) {
        return origin::foreign().into_response();
    }
    let mut gone = cookie("", &headers).build();
    gone.make_removal();
    let page = match farewell.keep {
        Keep::All => sheet(StatusCode::OK, "Logged out", &GOOD_NIGHT.replace("{{cleared}}", "")),
        Keep::Nothing => cleared(),
    };
    with_cookie(page, &gone)
}

/// Good night, and nothing is left in the browser.
fn cleared() -> Response {
    let body = GOOD_NIGHT.replace("{{cleared}}", "<p role=\"status\" id=\"cleared\"></p>");
    let mut response = scripted(StatusCode::OK, "Logged out", &body, include_str!("clear.js"));
    let everything = HeaderValue::from_static("\"cache\", \"storage\"");
    response.headers_mut().insert("clear-site-data", everything);
    response
}
