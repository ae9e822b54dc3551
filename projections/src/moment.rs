//! Which aggregate, where in the log, and when: what every statement needs to know of a commit.

use domain::commit::Recorded;
use sqlx::types::{Uuid, time::OffsetDateTime};

use crate::sql::bigint;

/// Of which aggregate, at which sequence, and when an event happened.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Moment {
    pub(crate) id: Uuid,
    pub(crate) sequence: i64,
    pub(crate) at: OffsetDateTime,
}

impl From<&Recorded> for Moment {
    fn from(recorded: &Recorded) -> Self {
        Self {
            id: recorded.aggregate.id,
            sequence: bigint(recorded.position.sequence),
            at: recorded.commit.at,
        }
    }
}
