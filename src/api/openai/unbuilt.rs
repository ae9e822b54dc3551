//! What OpenAI clients can ask for, and this house does not have yet.

use axum::http::StatusCode;

use crate::api::{auth::Caller, problem::Problem};

pub(super) async fn speech(_: Caller) -> Problem {
    unbuilt("speech is not built here yet; the words are in the chat")
}

pub(super) async fn pictures(_: Caller) -> Problem {
    unbuilt("pictures are not made here yet")
}

fn unbuilt(title: &'static str) -> Problem {
    Problem::new(StatusCode::NOT_IMPLEMENTED, "not-built", title)
}
