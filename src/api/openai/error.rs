//! What goes wrong, in OpenAI's form: `{"error": {"message", "type", "param", "code"}}`.
//!
//! Rooms answer with problems like all others; this layer turns whatever comes out of them, and of the layers around
//! them, into that form, where it is spoken. NextChat keeps such an answer as if the character had said it, and sends it
//! back: [`recall`](crate::recall) knows it by its form.

use axum::{
    Json,
    extract::Request,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use serde_json::json;

use super::is_ours;
use crate::api::{
    problem::{Problem, SaidAlready},
    trace::Traced,
};

/// Turns errors into OpenAI's form where that is spoken.
pub async fn speak(request: Request, next: Next) -> Response {
    if !is_ours(request.uri().path()) {
        return next.run(request).await;
    }
    let trace = request.extensions().get::<Traced>().map(|trace| trace.id().to_owned());
    let mut response = next.run(request).await;
    let status = response.status();
    if !(status.is_client_error() || status.is_server_error()) {
        return response;
    }
    let problem = response.extensions_mut().remove::<Problem>().unwrap_or_else(|| Problem::of_status(status));
    told(&problem, kept(response.headers()), trace.as_deref())
}

/// A problem in OpenAI's form.
fn told(problem: &Problem, headers: HeaderMap, trace: Option<&str>) -> Response {
    // OpenAI has no word for a body that is understood and makes no sense.
    let status = match problem.status() {
        StatusCode::UNPROCESSABLE_ENTITY => StatusCode::BAD_REQUEST,
        status => status,
    };
    let trace = trace.filter(|_| status.is_server_error()).map(|trace| format!(" (trace {trace})"));
    let message =
        [Some(problem.title()), problem.explanation()].into_iter().flatten().collect::<Vec<_>>().join(": ");
    let error = json!({
        "message": message + &trace.unwrap_or_default(),
        "type": kind(status),
        "param": null,
        "code": code(problem.slug()),
    });
    let mut response = (status, headers, Json(json!({ "error": error }))).into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response.extensions_mut().insert(SaidAlready);
    response
}

fn kind(status: StatusCode) -> &'static str {
    match status {
        StatusCode::TOO_MANY_REQUESTS => "rate_limit_error",
        status if status.is_server_error() => "server_error",
        _ => "invalid_request_error",
    }
}

/// The names that OpenAI has for a few of them; ours for all others.
fn code(slug: &str) -> String {
    match slug {
        "unauthorized" => "invalid_api_key".to_owned(),
        "model-rate-limited" => "rate_limit_exceeded".to_owned(),
        "model-quota-exhausted" => "insufficient_quota".to_owned(),
        slug => slug.replace('-', "_"),
    }
}

/// The headers that say something about the error.
fn kept(headers: &HeaderMap) -> HeaderMap {
    let telling = [header::ALLOW, header::RETRY_AFTER, header::WWW_AUTHENTICATE, header::ACCEPT_ENCODING];
    telling.into_iter().filter_map(|name| Some((name.clone(), headers.get(&name)?.clone()))).collect()
}

#[cfg(test)]
mod spec {
    use axum::{Router, body::to_bytes, middleware::from_fn, routing::get};
    use serde_json::Value;
    use tower::ServiceExt;

    use super::*;

    async fn answer(path: &str) -> (StatusCode, Value) {
        let refused = || async { Problem::invalid("unexpected-shape", "another shape").detail("at n") };
        let rooms = Router::new()
            .route("/v1/refused", get(refused))
            .route("/v1/broken", get(|| async { StatusCode::INTERNAL_SERVER_ERROR }))
            .route("/api/v1/refused", get(refused))
            .layer(from_fn(speak));
        let request = Request::get(path).body(axum::body::Body::empty()).unwrap();
        let response = rooms.oneshot(request).await.unwrap();
        let status = response.status();
        (status, serde_json::from_slice(&to_bytes(response.into_body(), 4096).await.unwrap()).unwrap())
    }

    #[tokio::test]
    async fn whatever_goes_wrong_has_openais_form() {
        let (status, body) = answer("/v1/refused").await;
        assert_eq!(status, StatusCode::BAD_REQUEST);
        let error = json!({"message": "another shape: at n", "type": "invalid_request_error", "param": null,
                           "code": "unexpected_shape"});
        assert_eq!(body, json!({ "error": error }));
        let (status, body) = answer("/v1/broken").await;
        assert_eq!((status.as_u16(), &body["error"]["type"]), (500, &json!("server_error")));
        let (status, body) = answer("/v1/nowhere").await;
        assert_eq!((status.as_u16(), &body["error"]["code"]), (404, &json!("not_found")));
    }

    #[tokio::test]
    async fn elsewhere_problems_stay_problems() {
        let (status, body) = answer("/api/v1/refused").await;
        assert_eq!((status.as_u16(), &body["type"]), (422, &json!("/problems/unexpected-shape")));
    }
}
