//! `DELETE /webhooks/{id}`: nobody is told there any more.

use axum::{extract::State, http::StatusCode};

use crate::{
    api::{at::At, auth::Owner, problem::Problem},
    house::House,
    webhooks::{WebhookId, book},
};

/// Tell nobody there any more, and forget what was not delivered.
#[utoipa::path(
    delete, path = "/api/v1/webhooks/{id}", tag = "operation", operation_id = "remove_webhook",
    params(("id" = uuid::Uuid, Path, description = "The webhook.")),
    responses((status = 204, description = "It is gone."))
)]
pub async fn remove(
    State(house): State<House>,
    _owner: Owner,
    At(id): At<WebhookId>,
) -> Result<StatusCode, Problem> {
    book::remove(&house, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
