//! `POST /audit/prove`: that a commit is in what was signed last.

use axum::{Json, extract::State};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{Auditor, sequence};
use crate::{
    api::{body::Sent, problem::Problem},
    audit::{prove, trail::Look},
    house::House,
};

/// A commit.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AuditedCommit)]
pub struct Place {
    /// Its position.
    #[schema(example = "5f0c2a11-1042")]
    position: String,
}

/// Prove that a commit is in what was signed last; `docs/verify.md` tells how to check it.
#[utoipa::path(
    post, path = "/api/v1/audit/prove", tag = "audit", operation_id = "prove_commit", request_body = Place,
    responses((status = 200, description = "The proof.", body = Object))
)]
pub async fn prove(
    State(house): State<House>,
    auditor: Auditor,
    Sent { value, .. }: Sent<Place>,
) -> Result<Json<prove::Proof>, Problem> {
    let sequence = sequence(&house, &value.position)?;
    let _desk = auditor.looks(&house, Look::at_all("prove").within(Some(sequence), Some(sequence))).await?;
    Ok(Json(prove::prove(&house, sequence, |_, _| {}).await?))
}
