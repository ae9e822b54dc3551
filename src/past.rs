//! The past: the commits of one aggregate up to a place of the log, or up to a time.
//!
//! A time is taken along the log: what counts are the commits before the first that was taken in later. Clocks may go back,
//! the log does not, so that a time always names one place in the story.

mod page;

use std::str::FromStr;

use domain::commit::{AggregateKey, Position, Recorded};
use nats::{Journal, LoadError};
pub use page::page;
use projections::past::Horizon;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

/// Up to where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// A place of the log.
    Position(Position),
    /// A time.
    Time(OffsetDateTime),
}

/// The text is neither a position nor a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("neither a position such as 5f0c2a11-1042 nor a time such as 2026-11-25T20:15:00Z")]
pub struct NoMoment;

/// Why there is no such past.
#[derive(Debug, thiserror::Error)]
pub enum PastError {
    /// The position belongs to another log.
    #[error("the position belongs to another log than this house's")]
    AnotherLog,
    /// The log has not got there.
    #[error("the log ends at {0}, before this position")]
    Beyond(Position),
    /// The log cannot be read.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// What happened makes no rows.
    #[error("what happened until then cannot be shown")]
    Fold(#[from] sqlx::Error),
}

impl FromStr for Moment {
    type Err = NoMoment;

    fn from_str(text: &str) -> Result<Self, NoMoment> {
        let position = text.parse().map(Self::Position);
        position.or_else(|_| OffsetDateTime::parse(text, &Rfc3339).map(Self::Time)).map_err(|_| NoMoment)
    }
}

/// The commits of an aggregate up to there. How many there can be is bounded by the rules of the aggregate.
pub async fn until(
    journal: &Journal,
    aggregate: AggregateKey,
    moment: Moment,
) -> Result<Vec<Recorded>, PastError> {
    is_here(journal, moment).await?;
    commits(journal, aggregate, moment).await
}

async fn commits(
    journal: &Journal,
    aggregate: AggregateKey,
    moment: Moment,
) -> Result<Vec<Recorded>, PastError> {
    let mut commits = journal.load(aggregate, 0).await?;
    commits.truncate(commits.iter().take_while(|recorded| moment.holds(recorded)).count());
    Ok(commits)
}

/// Fails if the moment is no place of this log.
pub async fn is_here(journal: &Journal, moment: Moment) -> Result<(), PastError> {
    if let Moment::Position(_) = moment {
        end(journal, moment).await?;
    }
    Ok(())
}

/// What the log has to be read up to, to know what had happened by then: all of it, where only a time is known.
pub async fn end(journal: &Journal, moment: Moment) -> Result<Position, PastError> {
    let last = journal.last().await?;
    match moment {
        Moment::Position(position) if position.epoch != last.epoch => Err(PastError::AnotherLog),
        Moment::Position(position) if position.sequence > last.sequence => Err(PastError::Beyond(last)),
        Moment::Position(position) => Ok(position),
        Moment::Time(_) => Ok(last),
    }
}

impl From<Moment> for Horizon {
    fn from(moment: Moment) -> Self {
        match moment {
            Moment::Position(position) => Self::Position(position),
            Moment::Time(time) => Self::Time(time),
        }
    }
}

impl Moment {
    /// The sequence that it names, if it is a place of the log.
    pub const fn sequence(self) -> Option<u64> {
        match self {
            Self::Position(position) => Some(position.sequence),
            Self::Time(_) => None,
        }
    }

    /// Whether the commit had happened by then. Of an aggregate, those before the first that had not are its past.
    pub fn holds(self, recorded: &Recorded) -> bool {
        match self {
            Self::Position(position) => recorded.position.sequence <= position.sequence,
            Self::Time(time) => recorded.commit.at <= time,
        }
    }
}

#[cfg(test)]
mod spec {
    use domain::commit::Epoch;
    use time::macros::datetime;

    use super::*;

    #[test]
    fn a_moment_is_a_position_or_a_time() {
        let position = Position { epoch: Epoch::new(0x5f0c_2a11), sequence: 7 };
        assert_eq!("5f0c2a11-7".parse(), Ok(Moment::Position(position)));
        let time = datetime!(2026-11-25 20:15 UTC);
        assert_eq!("2026-11-25T20:15:00Z".parse(), Ok(Moment::Time(time)));
        assert_eq!("2026-11-25T21:15:00+01:00".parse::<Moment>(), Ok(Moment::Time(time)));
        for text in ["", "yesterday", "2026-11-25", "5f0c2a11"] {
            assert_eq!(text.parse::<Moment>(), Err(NoMoment), "{text}");
        }
    }
}
