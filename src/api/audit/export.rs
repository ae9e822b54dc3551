//! `POST /audit/export`: the log, line by line.

use axum::{
    body::Body,
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use domain::audit::Words;
use futures_util::{StreamExt, stream};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{Auditor, Range};
use crate::{
    api::{body::Sent, problem::Problem},
    audit::{export, trail::Look},
    house::House,
};

/// What of the log.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AuditedExport)]
pub struct Wanted {
    /// The position of the first commit.
    #[serde(default)]
    from: Option<String>,
    /// The position of the last commit.
    #[serde(default)]
    to: Option<String>,
    /// Open private words; this takes a right of its own.
    #[serde(default)]
    open: bool,
}

/// The log as lines of JSON, sealed as it is stored, or opened. If it breaks off, the last line says why.
#[utoipa::path(
    post, path = "/api/v1/audit/export", tag = "audit", operation_id = "export_log", request_body = Wanted,
    responses((status = 200, description = "The lines.", content_type = "application/x-ndjson", body = String))
)]
pub async fn export(
    State(house): State<House>,
    auditor: Auditor,
    Sent { value, .. }: Sent<Wanted>,
) -> Result<Response, Problem> {
    let (from, to) = Range { from: value.from, to: value.to }.sequences(&house)?;
    let look = Look::at_all("export").within(from, to);
    let words = if value.open { Words::Opened } else { Words::Sealed };
    let last = house.journal().last().await?.sequence;
    let desk = auditor.looks(&house, Look { words, ..look }).await?;
    let lines = export::lines(&house, from.unwrap_or(1), to.unwrap_or(last).min(last), words);
    let lines = lines.map(|line| match line {
        Ok(line) => Ok::<_, std::convert::Infallible>(Bytes::from(line + "\n")),
        Err(error) => {
            Ok(serde_json::json!({"reason": error.slug(), "error": error.to_string()}).to_string().into())
        }
    });
    // The desk is free again when the last line has left.
    let lines = stream::unfold((lines.boxed(), desk), |(mut lines, desk)| async move {
        Some((lines.next().await?, (lines, desk)))
    });
    Ok(([(header::CONTENT_TYPE, "application/x-ndjson")], Body::from_stream(lines)).into_response())
}
