//! `GET /webhooks/{id}/undelivered`: what was not delivered, however often it was tried.

use axum::{Json, extract::State};

use crate::{
    api::{at::At, auth::Owner, problem::Problem},
    house::House,
    webhooks::{
        WebhookId,
        book::{self, AllMissed},
    },
};

/// What was not delivered, oldest first.
#[utoipa::path(
    get, path = "/api/v1/webhooks/{id}/undelivered", tag = "operation", operation_id = "list_undelivered",
    params(("id" = uuid::Uuid, Path, description = "The webhook.")),
    responses((status = 200, description = "The oldest of them.", body = AllMissed))
)]
pub async fn undelivered(
    State(house): State<House>,
    _owner: Owner,
    At(id): At<WebhookId>,
) -> Result<Json<AllMissed>, Problem> {
    Ok(Json(book::undelivered(&house, id).await?))
}
