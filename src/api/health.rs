//! `/healthz` and `/readyz`: whether the process lives, and whether it can do its work.
//!
//! A house whose database is away still takes messages in, but is not ready: whoever balances load sends people to
//! another one, if there is one.

use std::time::Duration;

use axum::{
    Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde::Serialize;
use tokio::time::timeout;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::problem::SaidAlready;
use crate::house::House;

/// How long a part may take to answer.
const PATIENCE: Duration = Duration::from_secs(1);

/// What can be asked about health.
pub fn routes() -> OpenApiRouter<House> {
    OpenApiRouter::new().routes(routes!(healthz)).routes(routes!(readyz))
}

/// Whether a part is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Part {
    /// It is.
    Up,
    /// It is not.
    Down,
}

/// What the house needs, part by part.
#[derive(Debug, Serialize, ToSchema)]
pub struct Health {
    /// The log.
    nats: Part,
    /// The read side.
    postgres: Part,
    /// Up to where this process has heard the log.
    heard: String,
    /// Up to where the read side is, as far as is known here.
    projected: Option<String>,
    /// How many commits the read side is behind.
    behind: Option<u64>,
    /// How many replies are said or listened to here.
    replies: usize,
}

/// Whether the process lives.
#[utoipa::path(
    get, path = "/healthz", tag = "operation", security(()),
    responses((status = 200, description = "It does.", content_type = "text/plain", body = String))
)]
pub async fn healthz() -> &'static str {
    "alive\n"
}

/// Whether the house can do its work.
#[utoipa::path(
    get, path = "/readyz", tag = "operation", security(()),
    responses(
        (status = 200, description = "It can.", body = Health),
        (status = 503, description = "A part is down.", body = Health),
    )
)]
pub async fn readyz(State(house): State<House>) -> Response {
    let ping = sqlx::query("select 1").execute(&house.pool);
    let postgres = timeout(PATIENCE, ping).await.is_ok_and(|answer| answer.is_ok());
    let (heard, projected) = (house.tail.reached(), house.progress.reached());
    let health = Health {
        nats: part(house.nats.is_connected()),
        postgres: part(postgres),
        heard: heard.to_string(),
        projected: projected.map(|position| position.to_string()),
        behind: projected.map(|position| heard.sequence.saturating_sub(position.sequence)),
        replies: house.board.len(),
    };
    let ready = health.nats == Part::Up && health.postgres == Part::Up;
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let mut response = (status, Json(health)).into_response();
    response.extensions_mut().insert(SaidAlready);
    response
}

fn part(up: bool) -> Part {
    if up { Part::Up } else { Part::Down }
}
