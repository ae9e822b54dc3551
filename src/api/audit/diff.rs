//! `POST /audit/diff`: what changed of an aggregate of anybody's between two moments.

use axum::{Json, extract::State};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{Auditor, moment, wanted};
use crate::{
    api::{body::Sent, problem::Problem},
    audit::{
        then::{self, Difference},
        trail::Look,
    },
    house::House,
};

/// An aggregate and two moments.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AuditedDifference)]
pub struct Moments {
    /// Its kind: `user`, `character`, `conversation`, `lorebook` or `audit`.
    #[schema(example = "conversation")]
    aggregate: String,
    /// Its id.
    id: Uuid,
    /// A position of the log, or a time (RFC 3339).
    #[schema(example = "5f0c2a11-1042")]
    from: String,
    /// Another one, which may be earlier.
    #[schema(example = "5f0c2a11-1050")]
    to: String,
    /// Open private words; this takes a right of its own.
    #[serde(default)]
    open: bool,
}

/// Compare an aggregate at two moments; `changes` is a JSON Patch (RFC 6902) that also says what stood there `before`.
#[utoipa::path(
    post, path = "/api/v1/audit/diff", tag = "audit", operation_id = "compare_aggregate", request_body = Moments,
    responses((status = 200, description = "What changed.", body = Object))
)]
pub async fn diff(
    State(house): State<House>,
    auditor: Auditor,
    Sent { value, .. }: Sent<Moments>,
) -> Result<Json<Difference>, Problem> {
    let wanted = wanted(&value.aggregate, value.id, value.open)?;
    let moments = [moment(&value.from)?, moment(&value.to)?];
    let [from, to] = moments.map(crate::past::Moment::sequence);
    let _desk = auditor.looks(&house, Look::at_one("diff", wanted).within(from, to)).await?;
    Ok(Json(then::difference(&house, wanted, moments).await?))
}
