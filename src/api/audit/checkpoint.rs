//! `/audit/checkpoint`: what was signed last, and a new signature over the log as it is now.

use axum::{Json, extract::State};
use serde::Serialize;
use utoipa::ToSchema;

use super::Auditor;
use crate::{
    api::problem::Problem,
    audit::{AuditError, shelves::Kept, trail::Look},
    house::House,
};

/// A signed checkpoint.
#[derive(Debug, Serialize, ToSchema)]
pub struct SignedCheckpoint {
    /// How many commits it vouches for.
    size: u64,
    /// The root over them, in base64.
    root: String,
    /// The signed note.
    note: String,
    /// The public key that opens it.
    key: String,
}

impl SignedCheckpoint {
    fn of(house: &House, kept: Kept) -> Self {
        let (size, root) = (kept.tree.size(), kept.tree.root().to_string());
        Self { size, root, note: kept.note, key: house.notary.key().to_string() }
    }
}

/// What was signed last.
#[utoipa::path(
    get, path = "/api/v1/audit/checkpoint", tag = "audit", operation_id = "show_checkpoint",
    responses((status = 200, description = "The checkpoint.", body = SignedCheckpoint))
)]
pub async fn show(State(house): State<House>, _auditor: Auditor) -> Result<Json<SignedCheckpoint>, Problem> {
    let kept = house.notary.last_within(u64::MAX).await?.ok_or(AuditError::NothingSigned)?;
    Ok(Json(SignedCheckpoint::of(&house, kept)))
}

/// Sign the log as it is now.
#[utoipa::path(
    post, path = "/api/v1/audit/checkpoint", tag = "audit", operation_id = "sign_checkpoint",
    responses((status = 200, description = "The checkpoint.", body = SignedCheckpoint))
)]
pub async fn sign(State(house): State<House>, auditor: Auditor) -> Result<Json<SignedCheckpoint>, Problem> {
    let _desk = auditor.looks(&house, Look::at_all("checkpoint")).await?;
    let kept = house.notary.sign().await?;
    Ok(Json(SignedCheckpoint::of(&house, kept)))
}
