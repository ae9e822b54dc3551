//! The house as OpenAI clients know it, NextChat above all: characters are models, and a completion is a reply.
//!
//! A client is answered at once and told tokens as they come. What it means by the history that it sends is found by
//! [`recall`](crate::recall); what the model is told comes from the log. Errors have OpenAI's form, whichever layer they
//! come from; what goes wrong while a reply is told is said in a sentence, because a stream is never cut.
//!
//! It is the same interface under `/v1` and, for pages that have this house as their origin, `/api/openai/v1`.

mod answer;
mod billing;
mod completions;
mod error;
mod form;
mod models;
mod request;
mod speech;
mod turn;
mod unbuilt;
mod usage;

use axum::{
    Router,
    http::StatusCode,
    routing::{any, get, post},
};

use crate::house::House;

pub use error::speak;

/// Where the interface is.
const DOORS: [&str; 2] = ["", "/api/openai"];

/// Everything that an OpenAI client can ask.
pub fn rooms() -> Router<House> {
    DOORS.into_iter().fold(Router::new(), |rooms, door| {
        rooms
            .route(&format!("{door}/v1/chat/completions"), post(completions::complete))
            .route(&format!("{door}/v1/models"), get(models::list))
            .route(&format!("{door}/v1/models/{{*id}}"), get(models::show))
            .route(&format!("{door}/v1/audio/speech"), post(unbuilt::speech))
            .route(&format!("{door}/v1/images/generations"), post(unbuilt::pictures))
            .route(&format!("{door}/dashboard/billing/usage"), get(billing::usage))
            .route(&format!("{door}/dashboard/billing/subscription"), get(billing::subscription))
            .route(&format!("{door}/v1/dashboard/billing/usage"), get(billing::usage))
            .route(&format!("{door}/v1/dashboard/billing/subscription"), get(billing::subscription))
            // Nobody else has anything under these paths, a page in front of us neither.
            .route(&format!("{door}/v1/{{*path}}"), any(StatusCode::NOT_FOUND))
    })
}

/// Whether a path is one at which OpenAI's form is spoken, whether there is anything at it or not.
fn is_ours(path: &str) -> bool {
    DOORS
        .into_iter()
        .filter_map(|door| path.strip_prefix(door))
        .any(|rest| ["/v1/", "/dashboard/"].into_iter().any(|begins| rest.starts_with(begins)))
}

#[cfg(test)]
mod spec {
    use super::*;

    #[test]
    fn openais_form_is_spoken_at_its_paths_only() {
        for path in
            ["/v1/models", "/v1/nothing", "/api/openai/v1/chat/completions", "/dashboard/billing/usage"]
        {
            assert!(is_ours(path), "{path}");
        }
        for path in ["/api/v1/characters", "/v1", "/api/openai", "/", "/api/docs/"] {
            assert!(!is_ours(path), "{path}");
        }
    }
}
