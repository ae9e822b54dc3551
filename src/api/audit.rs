//! `/audit`: history for those who may verify it, and, by a right of its own, read it.
//!
//! The right comes with a key, and only the operator gives it (`innkeeper key create --audit --open`). Looks are POSTs,
//! because each leaves a line in the audit trail before anything is answered. Reading the whole log costs, so a process
//! looks for one auditor at a time.

pub mod at;
pub mod checkpoint;
pub mod diff;
pub mod erasure;
pub mod export;
pub mod history;
pub mod prompt;
pub mod prove;
pub mod verify;

use std::time::Duration;

use axum::{
    body::Body,
    extract::FromRequestParts,
    http::{StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use domain::{
    audit::Words,
    commit::{AggregateKey, Kind, Position},
    user::{KeyId, Rights, User},
};
use futures_util::{Stream, StreamExt, stream};
use serde::Deserialize;
use serde_json::json;
use tokio::{
    sync::{Semaphore, SemaphorePermit},
    time::timeout,
};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::{auth::Caller, order::Order, problem::Problem};
use crate::{
    audit::{
        AuditError,
        history::Wanted,
        trail::{self, Look},
    },
    execute::Envelope,
    house::House,
    past::{Moment, NoMoment},
};

/// One look at a time.
static DESK: Semaphore = Semaphore::const_new(1);
/// How long a look waits for the one before it.
const PATIENCE: Duration = Duration::from_secs(5);

/// What auditors can ask.
pub fn routes() -> OpenApiRouter<House> {
    OpenApiRouter::new()
        .routes(routes!(checkpoint::show, checkpoint::sign))
        .routes(routes!(verify::verify))
        .routes(routes!(prove::prove))
        .routes(routes!(export::export))
        .routes(routes!(history::history))
        .routes(routes!(at::at))
        .routes(routes!(diff::diff))
        .routes(routes!(erasure::erasure))
        .routes(routes!(prompt::prompt))
}

/// Somebody whose key may audit.
#[derive(Debug)]
pub struct Auditor {
    key: KeyId,
    rights: Rights,
    envelope: Envelope,
}

impl FromRequestParts<House> for Auditor {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, house: &House) -> Result<Self, Problem> {
        let Caller { user, key, .. } = Caller::from_request_parts(parts, house).await?;
        let rights = house.executor.look::<User, _>(user, |user| user.state().rights_of(key)).await?;
        if !rights.audit {
            return Err(missing("this key may not audit"));
        }
        let envelope = Order::from_request_parts(parts, house).await?.envelope();
        Ok(Self { key, rights, envelope })
    }
}

impl Auditor {
    /// Records the look, and keeps others from looking until it is over.
    pub async fn looks(&self, house: &House, look: Look) -> Result<SemaphorePermit<'static>, Problem> {
        if look.words == Words::Opened && !self.rights.open {
            return Err(missing("this key may audit, and not open private words"));
        }
        let desk = desk().await?;
        trail::of_auditor(house, look, self.key, &self.envelope).await?;
        Ok(desk)
    }

    /// Looks whether the log is whole, and records it before the answer; what is wrong is answered in any case.
    pub async fn examines<Found>(
        &self,
        house: &House,
        look: Look,
        examination: impl Future<Output = Result<Found, AuditError>>,
    ) -> Result<Found, Problem> {
        let _desk = desk().await?;
        let found = examination.await;
        let recorded = trail::of_auditor(house, look, self.key, &self.envelope).await;
        match (found, recorded) {
            (Ok(found), Ok(_)) => Ok(found),
            (Ok(_), Err(unrecorded)) => Err(unrecorded.into()),
            (Err(error), Ok(_)) => Err(error.into()),
            (Err(error), Err(unrecorded)) => {
                tracing::error!(
                    error = &unrecorded as &dyn std::error::Error,
                    "audit: a look is not recorded"
                );
                Err(error.into())
            }
        }
    }
}

/// The desk, when whoever sits there leaves it soon.
async fn desk() -> Result<SemaphorePermit<'static>, Problem> {
    let busy = || Problem::away("audit-busy", "another audit is under way here; ask again in a moment");
    timeout(PATIENCE, DESK.acquire()).await.map_err(|_| busy())?.map_err(|_| busy())
}

/// Which aggregate is asked about.
fn wanted(kind: &str, id: Uuid, open: bool) -> Result<Wanted, Problem> {
    let kind = Kind::named(kind);
    let kind = kind.ok_or_else(|| Problem::invalid("unknown-kind", "there is no such kind of aggregate"))?;
    let words = if open { Words::Opened } else { Words::Sealed };
    Ok(Wanted { aggregate: AggregateKey { kind, id }, words })
}

fn moment(text: &str) -> Result<Moment, Problem> {
    text.parse().map_err(|error: NoMoment| Problem::bad_request("malformed-moment", error.to_string()))
}

/// Lines of JSON as they come; one that cannot be had says why, and is the last. The desk is free again when it has left.
/// A body may be asked again after its end.
fn lines(
    lines: impl Stream<Item = Result<String, AuditError>> + Send + 'static,
    desk: SemaphorePermit<'static>,
) -> Response {
    let lines = lines.map(|line| {
        let said =
            |error: AuditError| json!({"reason": error.slug(), "error": error.to_string()}).to_string();
        Ok::<_, std::convert::Infallible>(Bytes::from(line.unwrap_or_else(said) + "\n"))
    });
    let lines = stream::unfold((lines.boxed(), desk), |(mut lines, desk)| async move {
        Some((lines.next().await?, (lines, desk)))
    });
    ([(header::CONTENT_TYPE, "application/x-ndjson")], Body::from_stream(lines.fuse())).into_response()
}

fn conflict(slug: &str, title: String) -> Problem {
    Problem::new(StatusCode::CONFLICT, slug, title)
}

fn missing(title: &'static str) -> Problem {
    Problem::new(StatusCode::FORBIDDEN, "right-missing", title)
}

/// A stretch of the log.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AuditedStretch)]
pub struct Range {
    /// The position of the first commit; where the log begins, if none is named.
    #[serde(default)]
    #[schema(example = "5f0c2a11-1")]
    from: Option<String>,
    /// The position of the last commit; where the log ends, if none is named.
    #[serde(default)]
    to: Option<String>,
}

impl Range {
    fn sequences(&self, house: &House) -> Result<(Option<u64>, Option<u64>), Problem> {
        let one = |text: &Option<String>| text.as_deref().map(|text| sequence(house, text)).transpose();
        Ok((one(&self.from)?, one(&self.to)?))
    }
}

/// The sequence of a position of this log.
fn sequence(house: &House, text: &str) -> Result<u64, Problem> {
    let found: Position = text.parse().map_err(|error: domain::commit::NotAPosition| {
        Problem::bad_request("malformed-position", error.to_string())
    })?;
    let epoch = house.journal().epoch();
    if found.epoch != epoch {
        return Err(AuditError::OtherEpoch { found, epoch }.into());
    }
    Ok(found.sequence)
}

impl From<AuditError> for Problem {
    fn from(error: AuditError) -> Self {
        match error {
            AuditError::Fault(fault) => conflict("log-not-whole", fault.to_string())
                .with("reason", fault.slug())
                .with("at", fault.at()),
            AuditError::Checkpoint { .. } | AuditError::Rewound(_) => {
                conflict("log-not-whole", error.to_string()).with("reason", error.slug())
            }
            AuditError::NothingSigned => conflict("nothing-signed", error.to_string()),
            AuditError::Proof(_) => Self::not_found("not-signed-yet", error.to_string()),
            AuditError::OtherEpoch { .. } => conflict("another-log", error.to_string()),
            AuditError::Unknown(_) => Self::not_found("aggregate-not-found", error.to_string()),
            AuditError::Past(error) => error.into(),
            AuditError::Backwards { .. } => Self::invalid("out-of-bounds", error.to_string()),
            AuditError::Load(error) => error.into(),
            AuditError::Table(error) => error.into(),
            AuditError::Stream(_)
            | AuditError::File { .. }
            | AuditError::Line { .. }
            | AuditError::Key(_)
            | AuditError::Shown(_)
            | AuditError::Patch(_)
            | AuditError::Untried { .. }
            | AuditError::Names(_)
            | AuditError::Needles(_) => Self::fault(&error),
        }
    }
}
