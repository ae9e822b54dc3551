//! Trying again what was parked, when the reason may have gone: a rule was mended, a column was widened.
//!
//! The commits of one aggregate are tried in their order, in one transaction that holds the checkpoint, so that no later
//! one overtakes them. The first that fails again stays parked with all behind it, under its reason of now.

use std::collections::HashMap;

use domain::commit::{AggregateKey, Kind, Recorded};
use sqlx::{PgConnection, PgPool, types::Uuid};

use crate::{Projection, apply, erased::Erased, parked, sql};

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Retried {
    /// So many commits are in the rows now.
    Whole {
        /// How many.
        applied: usize,
    },
    /// Some are; one could not be applied, and waits with those behind it.
    Partly {
        /// How many are in the rows now.
        applied: usize,
        /// Which one could not.
        sequence: u64,
        /// Why.
        reason: String,
    },
    /// More was parked meanwhile than the caller has at hand: load the commits again.
    Outdated,
}

/// The aggregates that wait in a projection, and their first parked commits; at most so many.
pub async fn waiting(
    pool: &PgPool,
    projection: &Projection,
    limit: u32,
) -> Result<Vec<(AggregateKey, u64)>, sqlx::Error> {
    let rows: Vec<(String, Uuid, i64)> = sqlx::query_as(
        "select aggregate_kind, aggregate_id, min(sequence)
         from parked
         where projection = $1
           and version = $2
         group by aggregate_kind, aggregate_id
         order by min(sequence)
         limit $3",
    )
    .bind(projection.name)
    .bind(projection.version)
    .bind(i64::from(limit))
    .fetch_all(pool)
    .await?;
    let key = |(kind, id, first): (String, Uuid, i64)| {
        Some((AggregateKey { kind: Kind::named(&kind)?, id }, u64::try_from(first).ok()?))
    };
    Ok(rows.into_iter().filter_map(key).collect())
}

/// Tries the parked commits of an aggregate again; `commits` are its commits from the first parked one on.
pub async fn retry(
    pool: &PgPool,
    projection: &Projection,
    aggregate: AggregateKey,
    commits: &[Recorded],
) -> Result<Retried, sqlx::Error> {
    let mut tx = apply::begin(pool).await?;
    hold(&mut tx, projection).await?;
    let by_sequence: HashMap<u64, &Recorded> =
        commits.iter().map(|commit| (commit.position.sequence, commit)).collect();
    let erased = Erased::among(&mut tx, std::slice::from_ref(projection), commits).await?;
    let mut freed = vec![];
    for sequence in waiting_of(&mut tx, projection, aggregate).await? {
        let Some(commit) = by_sequence.get(&sequence) else { return Ok(Retried::Outdated) };
        // Of who was erased meanwhile there is nothing to be made rows of.
        if erased.holds(projection, commit) {
            freed.push(sequence);
            continue;
        }
        if let Some(reason) = apply::alone(&mut tx, projection, commit).await? {
            set_free(&mut tx, projection, aggregate, &freed).await?;
            parked::park(&mut tx, projection, aggregate, sequence, &reason).await?;
            tx.commit().await?;
            return Ok(Retried::Partly { applied: freed.len(), sequence, reason });
        }
        freed.push(sequence);
    }
    set_free(&mut tx, projection, aggregate, &freed).await?;
    tx.commit().await?;
    Ok(Retried::Whole { applied: freed.len() })
}

/// Nobody moves the checkpoint, and so parks, before this transaction ends.
async fn hold(tx: &mut PgConnection, projection: &Projection) -> Result<(), sqlx::Error> {
    sqlx::query("select from checkpoints where projection = $1 and version = $2 for update")
        .bind(projection.name)
        .bind(projection.version)
        .execute(tx)
        .await?;
    Ok(())
}

async fn waiting_of(
    tx: &mut PgConnection,
    projection: &Projection,
    aggregate: AggregateKey,
) -> Result<Vec<u64>, sqlx::Error> {
    let sequences: Vec<i64> = sqlx::query_scalar(
        "select sequence
         from parked
         where projection = $1
           and version = $2
           and aggregate_kind = $3
           and aggregate_id = $4
         order by sequence",
    )
    .bind(projection.name)
    .bind(projection.version)
    .bind(aggregate.kind.name())
    .bind(aggregate.id)
    .fetch_all(tx)
    .await?;
    Ok(sequences.into_iter().filter_map(|sequence| sequence.try_into().ok()).collect())
}

async fn set_free(
    tx: &mut PgConnection,
    projection: &Projection,
    aggregate: AggregateKey,
    sequences: &[u64],
) -> Result<(), sqlx::Error> {
    let sequences: Vec<_> = sequences.iter().copied().map(sql::bigint).collect();
    sqlx::query(
        "delete from parked
         where projection = $1
           and version = $2
           and aggregate_kind = $3
           and aggregate_id = $4
           and sequence = any($5)",
    )
    .bind(projection.name)
    .bind(projection.version)
    .bind(aggregate.kind.name())
    .bind(aggregate.id)
    .bind(sequences)
    .execute(tx)
    .await?;
    Ok(())
}
