//! `/audit`: history for those who may verify it, and, by a right of its own, read it.
//!
//! The right comes with a key, and only the operator gives it (`innkeeper key create --audit --open`). Every look is a
//! POST, because it leaves a line in the audit trail before anything is answered. Reading the whole log costs, so a process
//! looks for one auditor at a time.

pub mod checkpoint;
pub mod export;
pub mod prompt;
pub mod prove;
pub mod verify;

use axum::{
    extract::FromRequestParts,
    http::{StatusCode, request::Parts},
};
use domain::{
    commit::Position,
    user::{KeyId, Rights, User},
};
use serde::Deserialize;
use tokio::sync::{Semaphore, SemaphorePermit};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{auth::Caller, order::Order, problem::Problem};
use crate::{
    audit::{
        AuditError,
        trail::{self, Look},
    },
    execute::Envelope,
    house::House,
};

/// One look at a time.
static DESK: Semaphore = Semaphore::const_new(1);

/// What auditors can ask.
pub fn routes() -> OpenApiRouter<House> {
    OpenApiRouter::new()
        .routes(routes!(checkpoint::show, checkpoint::sign))
        .routes(routes!(verify::verify))
        .routes(routes!(prove::prove))
        .routes(routes!(export::export))
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
        if look.words == domain::audit::Words::Opened && !self.rights.open {
            return Err(missing("this key may audit, and not open private words"));
        }
        let desk = DESK.try_acquire().map_err(|_| {
            Problem::away("audit-busy", "another audit is under way here; ask again in a moment")
        })?;
        trail::of_auditor(house, look, self.key, &self.envelope).await?;
        Ok(desk)
    }
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
            AuditError::Backwards { .. } => Self::invalid("out-of-bounds", error.to_string()),
            AuditError::Load(error) => error.into(),
            AuditError::Table(error) => error.into(),
            AuditError::Stream(_)
            | AuditError::File { .. }
            | AuditError::Line { .. }
            | AuditError::Key(_) => Self::fault(&error),
        }
    }
}
