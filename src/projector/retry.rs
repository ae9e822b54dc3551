//! Trying again what was parked: the commits come from the log once more, aggregate by aggregate.

use domain::commit::AggregateKey;
use nats::LoadError;
use projections::{
    Projection,
    retry::{self, Retried},
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::house::House;

/// How many aggregates are tried at once; whoever has more repeats it.
const AGGREGATES: u32 = 1000;
/// How often the commits of one are loaded again because more were parked meanwhile.
const ATTEMPTS: usize = 5;

/// What came of it.
#[derive(Debug, Default, Clone, Serialize, ToSchema)]
pub struct Tried {
    /// How many commits are in the rows now.
    pub applied: usize,
    /// Which aggregates still wait, and why.
    pub waiting: Vec<StillWaiting>,
}

/// An aggregate that still waits.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct StillWaiting {
    /// Its kind and id.
    pub aggregate: String,
    /// The commit that cannot be applied.
    pub sequence: u64,
    /// Why: a code and names of the schema, nobody's words.
    pub reason: String,
}

/// Why it could not be tried.
#[derive(Debug, thiserror::Error)]
pub enum RetryError {
    /// The log cannot be reached.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// The database could not.
    #[error("the rows cannot be written")]
    Database(#[from] sqlx::Error),
}

/// Tries everything again that is parked in this projection.
pub async fn retry(house: &House, projection: &Projection) -> Result<Tried, RetryError> {
    let mut tried = Tried::default();
    for (aggregate, first) in retry::waiting(&house.pool, projection, AGGREGATES).await? {
        one(house, projection, aggregate, first, &mut tried).await?;
    }
    Ok(tried)
}

async fn one(
    house: &House,
    projection: &Projection,
    aggregate: AggregateKey,
    first: u64,
    tried: &mut Tried,
) -> Result<(), RetryError> {
    let mut still = |sequence, reason| {
        tried.waiting.push(StillWaiting { aggregate: aggregate.to_string(), sequence, reason });
    };
    for _ in 0..ATTEMPTS {
        let commits = match house.journal().load(aggregate, first.saturating_sub(1)).await {
            Ok(commits) => commits,
            Err(LoadError::Unreadable { position, source }) => {
                still(position.sequence, source.to_string());
                return Ok(());
            }
            Err(error) => return Err(error.into()),
        };
        match retry::retry(&house.pool, projection, aggregate, &commits).await? {
            Retried::Whole { applied } => {
                tried.applied += applied;
                return Ok(());
            }
            Retried::Partly { applied, sequence, reason } => {
                still(sequence, reason);
                tried.applied += applied;
                return Ok(());
            }
            Retried::Outdated => {}
        }
    }
    still(first, "more is parked than can be loaded right now; try again".to_owned());
    Ok(())
}
