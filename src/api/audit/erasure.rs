//! `POST /audit/erasure`: whether anything is left of a person.

use axum::{Json, extract::State};
use domain::user::UserId;
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::Auditor;
use crate::{
    api::{body::Sent, problem::Problem},
    audit::{erasure, trail::Look},
    house::House,
};

/// Somebody.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AuditedPerson)]
pub struct Person {
    /// Their id.
    #[schema(value_type = uuid::Uuid)]
    user_id: UserId,
}

/// Look for whatever is left of a person; `forgotten` says whether it is nothing.
#[utoipa::path(
    post, path = "/api/v1/audit/erasure", tag = "audit", operation_id = "audit_erasure", request_body = Person,
    responses((status = 200, description = "What was found.", body = Object))
)]
pub async fn erasure(
    State(house): State<House>,
    auditor: Auditor,
    Sent { value, .. }: Sent<Person>,
) -> Result<Json<Value>, Problem> {
    let look = Look { about: Some(value.user_id.uuid()), ..Look::at_all("erasure") };
    let _desk = auditor.looks(&house, look).await?;
    let remains = erasure::search(&house, value.user_id, |_, _| {}).await?;
    Ok(Json(json!({ "forgotten": remains.is_nothing(), "remains": remains })))
}
