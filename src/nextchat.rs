//! What NextChat's page fetches from its own origin, answered by us: which models there are, masks, prompts, and the few
//! things that would else be asked of somebody elsewhere.
//!
//! The page is nobody's in particular, so these paths are not part of our interface and not in its document. Whoever is
//! not logged in gets answers of the right shape with nobody in them: the page trips over anything else.

mod config;
mod masks;
mod quiet;

use axum::{
    Router,
    extract::{FromRequestParts, OptionalFromRequestParts},
    http::{StatusCode, request::Parts},
    routing::{any, get},
};

use crate::{
    api::{auth::Caller, problem::Problem},
    house::House,
};

/// NextChat's own paths.
pub fn routes() -> Router<House> {
    Router::new()
        .route("/api/config", get(config::config).post(config::config))
        .route("/masks.json", get(masks::masks))
        .route("/prompts.json", get(quiet::prompts))
        .route("/plugins.json", get(quiet::plugins))
        .route("/google-fonts/{*font}", get(quiet::fonts))
        .route("/sharegpt", any(quiet::sharegpt))
}

/// Whoever asks, or nobody: for a page that is shown to everybody.
impl OptionalFromRequestParts<House> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, house: &House) -> Result<Option<Self>, Problem> {
        match <Self as FromRequestParts<House>>::from_request_parts(parts, house).await {
            Ok(caller) => Ok(Some(caller)),
            Err(problem) if problem.status() == StatusCode::UNAUTHORIZED => Ok(None),
            Err(problem) => Err(problem),
        }
    }
}
