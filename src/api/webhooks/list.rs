//! `GET /webhooks`: all of them, and how far each is.

use axum::{Json, extract::State};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    api::{auth::Owner, problem::Problem},
    house::House,
    webhooks::book::{self, Listed},
};

/// All webhooks.
#[derive(Debug, Serialize, ToSchema)]
pub struct Webhooks {
    /// There are never many.
    items: Vec<Listed>,
}

/// The webhooks, and how far each is.
#[utoipa::path(
    get, path = "/api/v1/webhooks", tag = "operation", operation_id = "list_webhooks",
    responses((status = 200, description = "All of them.", body = Webhooks))
)]
pub async fn list(State(house): State<House>, _owner: Owner) -> Result<Json<Webhooks>, Problem> {
    Ok(Json(Webhooks { items: book::list(&house).await? }))
}
