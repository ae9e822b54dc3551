//! `/api/asyncapi.json`: what analysts can read on NATS, described.

use axum::{Json, extract::State};
use serde_json::Value;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{house::House, publisher};

/// What can be asked about the stream of analysts.
pub fn routes() -> OpenApiRouter<House> {
    OpenApiRouter::new().routes(routes!(document))
}

/// What analysts can read on NATS, as an AsyncAPI 3 document.
#[utoipa::path(
    get, path = "/api/asyncapi.json", tag = "operation", operation_id = "asyncapi", security(()),
    responses((status = 200, description = "The document.", body = Object))
)]
pub async fn document(State(house): State<House>) -> Json<Value> {
    Json(publisher::document(house.analysts.subjects()))
}
