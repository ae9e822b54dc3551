//! `POST /projections/{name}/retry`: what was parked is tried again.

use axum::{Json, extract::State};

use super::Name;
use crate::{
    api::{at::At, auth::Owner, problem::Problem},
    house::House,
    projector::retry::{self, Tried},
};

/// Try again what is parked in a read model, in the order of the log.
#[utoipa::path(
    post, path = "/api/v1/projections/{name}/retry", tag = "operation", operation_id = "retry_projection",
    params(("name" = String, Path, description = "Its name.")),
    responses((status = 200, description = "What came of it.", body = Tried))
)]
pub async fn retry(
    State(house): State<House>,
    _owner: Owner,
    At(name): At<Name>,
) -> Result<Json<Tried>, Problem> {
    Ok(Json(retry::retry(&house, &name.find()?).await?))
}
