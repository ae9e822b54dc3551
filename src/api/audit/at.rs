//! `POST /audit/at`: an aggregate of anybody's as it was at a moment.

use axum::{Json, extract::State};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{Auditor, moment, wanted};
use crate::{
    api::{body::Sent, problem::Problem},
    audit::{
        then::{self, AsItWas},
        trail::Look,
    },
    house::House,
};

/// An aggregate and a moment.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AuditedMoment)]
pub struct Moment {
    /// Its kind: `user`, `character`, `conversation`, `lorebook` or `audit`.
    #[schema(example = "conversation")]
    aggregate: String,
    /// Its id.
    id: Uuid,
    /// A position of the log, or a time (RFC 3339).
    #[schema(example = "5f0c2a11-1042")]
    at: String,
    /// Open private words; this takes a right of its own.
    #[serde(default)]
    open: bool,
}

/// Show an aggregate as it was; `state` is null before its first commit.
#[utoipa::path(
    post, path = "/api/v1/audit/at", tag = "audit", operation_id = "show_aggregate_at", request_body = Moment,
    responses((status = 200, description = "What it was.", body = Object))
)]
pub async fn at(
    State(house): State<House>,
    auditor: Auditor,
    Sent { value, .. }: Sent<Moment>,
) -> Result<Json<AsItWas>, Problem> {
    let wanted = wanted(&value.aggregate, value.id, value.open)?;
    let moment = moment(&value.at)?;
    let look = Look::at_one("at", wanted).within(None, moment.sequence());
    let _desk = auditor.looks(&house, look).await?;
    Ok(Json(then::at(&house, wanted, moment).await?))
}
