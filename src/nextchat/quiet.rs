//! What does not depend on who asks, and what is kept from being asked elsewhere.

use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

use crate::{
    api::problem::Problem,
    recall::commands::{self, Entry},
};

/// A day: what is asked for on every load and hardly ever changes.
const A_DAY: HeaderValue = HeaderValue::from_static("public, max-age=86400");

/// `GET /prompts.json`: what the page offers when somebody types a slash.
pub(super) async fn prompts() -> Json<Value> {
    let entry = |Entry { typed, does, .. }: &Entry| json!([format!("{typed}: {does}"), typed]);
    let entries = commands::ALL.iter().map(entry).collect::<Vec<_>>();
    Json(json!({"en": entries, "tw": [], "cn": []}))
}

/// `GET /plugins.json`: tools that the page would install, each from an address elsewhere. There are none.
pub(super) async fn plugins() -> Json<Value> {
    Json(json!([]))
}

/// `GET /google-fonts/…`: NextChat's server would ask Google. The page has fonts enough without.
pub(super) async fn fonts() -> Response {
    let headers =
        [(header::CONTENT_TYPE, HeaderValue::from_static("text/css")), (header::CACHE_CONTROL, A_DAY)];
    (headers, "").into_response()
}

/// `POST /sharegpt`: NextChat's server would publish the chat elsewhere.
pub(super) async fn sharegpt() -> Problem {
    let title = "chats are not published from here";
    Problem::new(StatusCode::FORBIDDEN, "sharing-off", title)
}
