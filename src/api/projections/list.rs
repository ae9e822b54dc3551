//! `GET /projections`: how far all of them are.

use axum::{Json, extract::State};

use crate::{
    api::{auth::Owner, problem::Problem},
    house::House,
    projector::status::{self, Report},
};

/// How far the read models are.
#[utoipa::path(
    get, path = "/api/v1/projections", tag = "operation", operation_id = "list_projections",
    responses((status = 200, description = "How far each is.", body = Report))
)]
pub async fn list(State(house): State<House>, _owner: Owner) -> Result<Json<Report>, Problem> {
    Ok(Json(status::report(&house).await?))
}
