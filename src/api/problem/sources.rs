//! Where problems come from: rejections of the business, and machines that are away or broke.

use axum::http::{HeaderValue, StatusCode, header};
use domain::{Rejection, Why};
use nats::{AppendError, LoadError, ObjectError, keys::KeyError};

use super::Problem;
use crate::{
    api::precondition, execute::ExecuteError, import::ImportError, progress::WaitError, vault::VaultError,
};

impl Problem {
    /// The business said no.
    pub fn rejected(rejection: &impl Rejection) -> Self {
        let status = match rejection.why() {
            Why::NotFound => StatusCode::NOT_FOUND,
            Why::Conflict => StatusCode::CONFLICT,
            Why::Invalid => StatusCode::UNPROCESSABLE_ENTITY,
        };
        Self::new(status, rejection.slug(), rejection.to_string())
    }

    fn log_away(error: &(dyn std::error::Error + 'static)) -> Self {
        tracing::warn!(error, "the log is away");
        Self::away("log-away", "the log cannot be reached right now; nothing is lost, ask again in a moment")
    }
}

impl<R: Rejection> From<ExecuteError<R>> for Problem {
    fn from(error: ExecuteError<R>) -> Self {
        match error {
            ExecuteError::Rejected(rejection) => Self::rejected(&rejection),
            ExecuteError::Stale { current } => stale(current, error.to_string()),
            ExecuteError::KeyReused => Self::invalid("idempotency-key-reused", error.to_string()),
            ExecuteError::Contended => {
                Self::away("contended", "too many wrote at once; ask again in a moment")
            }
            ExecuteError::Load(error) => error.into(),
            ExecuteError::Append(error) => error.into(),
        }
    }
}

fn stale(current: u64, title: String) -> Problem {
    let problem = Problem::new(StatusCode::PRECONDITION_FAILED, "stale-version", title);
    match HeaderValue::try_from(precondition::etag(current)) {
        Ok(etag) => problem.header(header::ETAG, etag).with("current", precondition::etag(current)),
        Err(_) => problem,
    }
}

impl From<LoadError> for Problem {
    fn from(error: LoadError) -> Self {
        match error {
            LoadError::Unavailable(_) => Self::log_away(&error),
            LoadError::Keys(error) => error.into(),
            LoadError::Unreadable { .. } => Self::fault(&error),
        }
    }
}

impl From<AppendError> for Problem {
    fn from(error: AppendError) -> Self {
        match error {
            AppendError::Keys(error) => error.into(),
            AppendError::Unwritable(_) => Self::fault(&error),
            AppendError::TooLarge { limit, .. } => Self::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                "commit-too-large",
                "this is too much for one command",
            )
            .with("limit", limit),
            AppendError::Unknown(_) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "an append is in doubt");
                Self::away(
                    "in-doubt",
                    "the log did not answer: it may have been done; repeat it with the same Idempotency-Key",
                )
            }
            AppendError::Conflict
            | AppendError::Unavailable(_)
            | AppendError::Full(_)
            | AppendError::Refused(_) => Self::log_away(&error),
        }
    }
}

impl From<KeyError> for Problem {
    fn from(error: KeyError) -> Self {
        match error {
            KeyError::Destroyed => Self::new(
                StatusCode::GONE,
                "user-erased",
                "this user was erased, and nothing more is kept for them",
            ),
            KeyError::Unavailable(_) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "the keys are away");
                Self::away(
                    "keys-away",
                    "the keys to what people said cannot be reached; ask again in a moment",
                )
            }
            KeyError::Unusable(_) => Self::fault(&error),
        }
    }
}

impl From<ObjectError> for Problem {
    fn from(error: ObjectError) -> Self {
        match error {
            ObjectError::TooLarge { .. } => {
                Self::new(StatusCode::PAYLOAD_TOO_LARGE, "too-large", "the file is too large")
            }
            ObjectError::Damaged { .. } => Self::fault(&error),
            ObjectError::Keys(error) => error.into(),
            ObjectError::Unavailable(_) => Self::log_away(&error),
        }
    }
}

impl From<ImportError> for Problem {
    fn from(error: ImportError) -> Self {
        match error {
            ImportError::Character(error) => error.into(),
            ImportError::Lorebook(error) => error.into(),
            ImportError::Objects(error) => error.into(),
        }
    }
}

impl From<WaitError> for Problem {
    fn from(error: WaitError) -> Self {
        match error {
            WaitError::AnotherEpoch => Self::new(StatusCode::CONFLICT, "another-log", error.to_string()),
            WaitError::NotYet => Self::away("not-yet", error.to_string()),
        }
    }
}

impl From<VaultError> for Problem {
    fn from(error: VaultError) -> Self {
        Self::fault(&error)
    }
}

impl From<sqlx::Error> for Problem {
    fn from(error: sqlx::Error) -> Self {
        if !is_away(&error) {
            return Self::fault(&error);
        }
        tracing::warn!(error = &error as &dyn std::error::Error, "the database is away");
        Self::away(
            "read-side-away",
            "what was said is safe, but cannot be read right now; ask again in a moment",
        )
    }
}

/// Whether the database, and not the statement, is to blame.
fn is_away(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::Protocol(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed => true,
        // Connections (08), resources (53), the operator (57: shut down, starting up), the system (58).
        sqlx::Error::Database(error) => error
            .code()
            .is_some_and(|code| ["08", "53", "57", "58"].iter().any(|class| code.starts_with(class))),
        _ => false,
    }
}
