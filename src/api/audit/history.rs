//! `POST /audit/history`: what happened to an aggregate of anybody's, line by line.

use axum::{extract::State, response::Response};
use futures_util::StreamExt;
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{Auditor, lines, wanted};
use crate::{
    api::{body::Sent, problem::Problem},
    audit::{AuditError, history, trail::Look},
    house::House,
};

/// An aggregate.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AuditedAggregate)]
pub struct Whose {
    /// Its kind: `user`, `character`, `conversation`, `lorebook` or `audit`.
    #[schema(example = "conversation")]
    aggregate: String,
    /// Its id.
    id: Uuid,
    /// Open private words; this takes a right of its own.
    #[serde(default)]
    open: bool,
}

/// The commits of an aggregate as lines of JSON; what is private is null unless it is opened. If it breaks off, the last
/// line says why.
#[utoipa::path(
    post, path = "/api/v1/audit/history", tag = "audit", operation_id = "tell_history", request_body = Whose,
    responses((status = 200, description = "The lines.", content_type = "application/x-ndjson", body = String))
)]
pub async fn history(
    State(house): State<House>,
    auditor: Auditor,
    Sent { value, .. }: Sent<Whose>,
) -> Result<Response, Problem> {
    let wanted = wanted(&value.aggregate, value.id, value.open)?;
    let desk = auditor.looks(&house, Look::at_one("history", wanted)).await?;
    wanted.is_known(&house).await?;
    let told = wanted.commits(&house);
    let told = told.map(|recorded| match recorded {
        Ok(recorded) => Ok(history::shown(&recorded).to_string()),
        Err(error) => Err(AuditError::Load(error)),
    });
    Ok(lines(told, desk))
}
