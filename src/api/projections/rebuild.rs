//! `POST /projections/{name}/rebuild`: it is built anew beside the rows that serve, and takes over when it has caught up.

use axum::{Json, extract::State, http::StatusCode};
use projections::build::Begun;
use serde::Serialize;
use utoipa::ToSchema;

use super::Name;
use crate::{
    api::{at::At, auth::Owner, problem::Problem},
    house::House,
    projector::builds,
};

/// What was begun.
#[derive(Debug, Serialize, ToSchema)]
pub struct Rebuilding {
    /// Whether it was being built already, and goes on.
    already_under_way: bool,
}

/// Build a read model anew. The rows that serve stay until the new ones have seen as much; `GET` tells how far it is.
#[utoipa::path(
    post, path = "/api/v1/projections/{name}/rebuild", tag = "operation", operation_id = "rebuild_projection",
    params(("name" = String, Path, description = "Its name.")),
    responses((status = 202, description = "Whoever projects builds it.", body = Rebuilding))
)]
pub async fn rebuild(
    State(house): State<House>,
    _owner: Owner,
    At(name): At<Name>,
) -> Result<(StatusCode, Json<Rebuilding>), Problem> {
    let begun = builds::want(&house, &name.find()?).await?;
    Ok((StatusCode::ACCEPTED, Json(Rebuilding { already_under_way: begun == Begun::Already })))
}
