//! `POST /audit/verify`: the log is read, and is whole, or not.

use axum::{Json, extract::State};
use proofs::Report;
use serde::Serialize;
use utoipa::ToSchema;

use super::{Auditor, Range};
use crate::{
    api::{body::Sent, problem::Problem},
    audit::{
        trail::Look,
        verify::{self, Stretch},
    },
    house::House,
};

/// What was found to be right.
#[derive(Debug, Serialize, ToSchema)]
pub struct Verified {
    /// The sequence of the first commit that was read.
    from: u64,
    /// That of the last one.
    to: u64,
    /// How many were read.
    commits: u64,
    /// To how many aggregates they belong.
    aggregates: u64,
    /// How many name the hash of their aggregate's previous commit.
    chained: u64,
    /// How many signed checkpoints agree.
    checkpoints: u64,
    /// Up to where they vouch for the log.
    vouched: u64,
    /// The root over all commits up to the last one, in base64.
    root: String,
}

impl From<Report> for Verified {
    fn from(report: Report) -> Self {
        let Report { from, to, commits, aggregates, chained, checkpoints, vouched, root } = report;
        Self { from, to, commits, aggregates, chained, checkpoints, vouched, root }
    }
}

/// Verify the log, or a stretch of it; what is wrong is the problem `log-not-whole`, which says what and where.
#[utoipa::path(
    post, path = "/api/v1/audit/verify", tag = "audit", operation_id = "verify_log", request_body = Range,
    responses((status = 200, description = "It is whole.", body = Verified))
)]
pub async fn verify(
    State(house): State<House>,
    auditor: Auditor,
    Sent { value, .. }: Sent<Range>,
) -> Result<Json<Verified>, Problem> {
    let (from, to) = value.sequences(&house)?;
    let _desk = auditor.looks(&house, Look::at_all("verify").within(from, to)).await?;
    let report = verify::verify(&house, Stretch { from, to, file: None }, |_, _| {}).await?;
    Ok(Json(report.into()))
}
