//! `GET /projections/{name}`: how far one is, and what is parked in it.

use axum::{Json, extract::State};
use projections::parked::{self, Parked};
use serde::Serialize;
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;

use super::Name;
use crate::{
    api::{
        at::{At, Named},
        auth::Owner,
        problem::Problem,
    },
    house::House,
    projector::status::{self, Status},
};

/// A projection, and what waits in it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ProjectionInDetail)]
pub struct InDetail {
    /// How far it is.
    #[serde(flatten)]
    status: Status,
    /// The first hundred of its parked commits, in the order of the log.
    parked_commits: Vec<ParkedCommit>,
}

/// A commit that could not be applied, or waits behind one.
#[derive(Debug, Serialize, ToSchema)]
pub struct ParkedCommit {
    /// The kind of aggregate.
    aggregate_kind: String,
    /// Which one.
    aggregate_id: Uuid,
    /// The commit's sequence in the log.
    sequence: u64,
    /// Why: a code and names of the schema, nobody's words.
    reason: String,
    /// Since when.
    #[serde(with = "time::serde::rfc3339")]
    parked_at: OffsetDateTime,
}

impl From<Parked> for ParkedCommit {
    fn from(parked: Parked) -> Self {
        let Parked { aggregate_kind, aggregate_id, sequence, reason, parked_at, projection: _, version: _ } =
            parked;
        Self { aggregate_kind, aggregate_id, sequence, reason, parked_at }
    }
}

/// How far a read model is, and what is parked in it.
#[utoipa::path(
    get, path = "/api/v1/projections/{name}", tag = "operation", operation_id = "show_projection",
    params(("name" = String, Path, description = "Its name.")),
    responses((status = 200, description = "The projection.", body = InDetail))
)]
pub async fn show(
    State(house): State<House>,
    _owner: Owner,
    At(name): At<Name>,
) -> Result<Json<InDetail>, Problem> {
    let projection = name.find()?;
    let report = status::report(&house).await?;
    let status = report.projections.into_iter().find(|status| status.name == projection.name);
    let parked = parked::first_of(&house.pool, &projection).await?;
    Ok(Json(InDetail {
        status: status.ok_or_else(Name::missing)?,
        parked_commits: parked.into_iter().map(ParkedCommit::from).collect(),
    }))
}
