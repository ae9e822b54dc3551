//! `POST /webhooks/{id}/retry`: what was not delivered is tried again.

use axum::{Json, extract::State};

use crate::{
    api::{at::At, auth::Owner, problem::Problem},
    house::House,
    webhooks::{
        WebhookId,
        book::{self, Retried},
    },
};

/// Try again what was not delivered, oldest first, some at a time; and go on with a webhook that was left alone.
#[utoipa::path(
    post, path = "/api/v1/webhooks/{id}/retry", tag = "operation", operation_id = "retry_webhook",
    params(("id" = uuid::Uuid, Path, description = "The webhook.")),
    responses((status = 200, description = "What came of it.", body = Retried))
)]
pub async fn retry(
    State(house): State<House>,
    _owner: Owner,
    At(id): At<WebhookId>,
) -> Result<Json<Retried>, Problem> {
    Ok(Json(book::retry(&house, id).await?))
}
