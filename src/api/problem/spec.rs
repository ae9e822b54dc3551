//! How rejections and errors are answered.

use axum::{Router, body::to_bytes, routing::get};
use domain::conversation::ConversationRejected;
use nats::LoadError;
use tower::ServiceExt;

use super::*;
use crate::execute::ExecuteError;

type Error = ExecuteError<ConversationRejected>;

fn status_and_type(problem: &Problem) -> (u16, &str) {
    (problem.0.details.status, &problem.0.details.kind)
}

#[test]
fn a_no_of_the_business_is_answered_by_its_sort() {
    for (rejection, expected) in [
        (ConversationRejected::UnknownConversation, (404, "/problems/conversation-not-found")),
        (ConversationRejected::Closed, (409, "/problems/conversation-closed")),
        (ConversationRejected::NobodyThere, (422, "/problems/nobody-there")),
    ] {
        assert_eq!(status_and_type(&Error::Rejected(rejection).into()), expected);
    }
}

#[test]
fn a_stale_version_is_answered_with_the_current_one() {
    let problem = Problem::from(Error::Stale { current: 42 });
    assert_eq!(status_and_type(&problem), (412, "/problems/stale-version"));
    assert_eq!(problem.into_response().headers()[header::ETAG], "\"42\"");
}

#[test]
fn what_is_away_is_to_be_asked_again() {
    let problem = Problem::from(Error::Load(LoadError::Unavailable("the socket of 10.0.0.7".into())));
    assert_eq!(status_and_type(&problem), (503, "/problems/log-away"));
    assert!(!serde_json::to_string(problem.details()).unwrap().contains("10.0.0.7"));
    assert_eq!(problem.into_response().headers()[header::RETRY_AFTER], "1");
}

#[test]
fn a_database_that_is_away_is_told_from_a_statement_that_is_wrong() {
    assert_eq!(Problem::from(sqlx::Error::PoolTimedOut).status(), 503);
    assert_eq!(Problem::from(sqlx::Error::RowNotFound).status(), 500);
}

#[tokio::test]
async fn an_error_without_words_becomes_a_problem_and_keeps_its_headers() {
    let rooms = Router::new().route("/", get(|| async {})).layer(axum::middleware::from_fn(as_problems));
    let request = Request::post("/").body(axum::body::Body::empty()).unwrap();
    let response = rooms.oneshot(request).await.unwrap();
    assert_eq!(response.headers()[header::CONTENT_TYPE], MEDIA_TYPE);
    assert!(response.headers().contains_key(header::ALLOW));
    let body = to_bytes(response.into_body(), 4096).await.unwrap();
    assert!(String::from_utf8_lossy(&body).contains("/problems/method-not-allowed"));
}

#[test]
fn further_fields_stand_beside_the_others() {
    let problem = Problem::invalid("out-of-bounds", "too long").with("limit", 7);
    let json = serde_json::to_string(problem.details()).unwrap();
    assert_eq!(json, r#"{"type":"/problems/out-of-bounds","title":"too long","status":422,"limit":7}"#);
}
