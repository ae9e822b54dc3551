//! Dead letters: commits that a projection could not apply, and the later ones of the same aggregates.
//!
//! Later ones wait, because they were decided on what the first one changed; other aggregates go on. To try again is a
//! command: see [`retry`](crate::retry).

use std::collections::HashSet;

use domain::commit::{AggregateKey, Kind, Recorded};
use serde::Serialize;
use sqlx::{
    PgConnection, PgPool, Row,
    postgres::PgRow,
    types::{Uuid, time::OffsetDateTime},
};

use crate::{Projection, checkpoint::keys, sql};

/// Why a later commit of a parked aggregate is parked.
pub(crate) const BEHIND: &str = "behind: an earlier commit of the same aggregate is parked";

/// A parked commit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Parked {
    /// Which projection could not apply it.
    pub projection: String,
    /// In which version.
    pub version: i32,
    /// The kind of aggregate, as it stands in subjects.
    pub aggregate_kind: String,
    /// Which aggregate.
    pub aggregate_id: Uuid,
    /// The commit.
    pub sequence: u64,
    /// Why: a code and names of the schema, nobody's words.
    pub reason: String,
    /// When.
    #[serde(with = "time::serde::rfc3339")]
    pub parked_at: OffsetDateTime,
}

impl sqlx::FromRow<'_, PgRow> for Parked {
    fn from_row(row: &PgRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            projection: row.try_get("projection")?,
            version: row.try_get("version")?,
            aggregate_kind: row.try_get("aggregate_kind")?,
            aggregate_id: row.try_get("aggregate_id")?,
            sequence: sql::count(row, "sequence")?,
            reason: row.try_get("reason")?,
            parked_at: row.try_get("parked_at")?,
        })
    }
}

/// The first thousand parked commits, in the order of the log.
pub async fn list(pool: &PgPool) -> Result<Vec<Parked>, sqlx::Error> {
    sqlx::query_as(
        "select projection, version, aggregate_kind, aggregate_id, sequence, reason, parked_at
         from parked
         order by sequence, projection, version
         limit 1000",
    )
    .fetch_all(pool)
    .await
}

/// The first hundred parked commits of a projection, in the order of the log.
pub async fn first_of(pool: &PgPool, projection: &Projection) -> Result<Vec<Parked>, sqlx::Error> {
    sqlx::query_as(
        "select projection, version, aggregate_kind, aggregate_id, sequence, reason, parked_at
         from parked
         where projection = $1
         order by sequence, aggregate_id
         limit 100",
    )
    .bind(projection.name)
    .fetch_all(pool)
    .await
}

/// How many commits are parked, for each projection that has any.
pub async fn counts(pool: &PgPool) -> Result<Vec<(String, u64)>, sqlx::Error> {
    let rows: Vec<(String, i64)> =
        sqlx::query_as("select projection, count(*) from parked group by projection").fetch_all(pool).await?;
    Ok(rows.into_iter().map(|(name, count)| (name, count.try_into().unwrap_or(0))).collect())
}

/// Which aggregates wait in which projections.
#[derive(Debug, Default)]
pub(crate) struct Waiting(HashSet<(String, i32, AggregateKey)>);

impl Waiting {
    /// Those among the aggregates of these commits.
    pub(crate) async fn among(
        tx: &mut PgConnection,
        projections: &[Projection],
        commits: &[Recorded],
    ) -> Result<Self, sqlx::Error> {
        let (names, versions) = keys(projections);
        let aggregates: HashSet<_> = commits.iter().map(|commit| commit.aggregate.id).collect();
        let aggregates: Vec<_> = aggregates.into_iter().collect();
        let rows: Vec<(String, i32, String, Uuid)> = sqlx::query_as(
            "select distinct projection, version, aggregate_kind, aggregate_id
             from parked
             where (projection, version) in (select * from unnest($1::text[], $2::integer[]))
               and aggregate_id = any($3)",
        )
        .bind(&names)
        .bind(&versions)
        .bind(&aggregates)
        .fetch_all(tx)
        .await?;
        let key = |(projection, version, kind, id): (String, i32, String, Uuid)| {
            Some((projection, version, AggregateKey { kind: Kind::named(&kind)?, id }))
        };
        Ok(Self(rows.into_iter().filter_map(key).collect()))
    }

    /// Whether this one does.
    pub(crate) fn holds(&self, projection: &Projection, aggregate: AggregateKey) -> bool {
        self.0.contains(&(projection.name.to_owned(), projection.version, aggregate))
    }

    /// From now on it does.
    pub(crate) fn insert(&mut self, projection: &Projection, aggregate: AggregateKey) {
        self.0.insert((projection.name.to_owned(), projection.version, aggregate));
    }
}

/// Parks a commit.
pub(crate) async fn park(
    tx: &mut PgConnection,
    projection: &Projection,
    aggregate: AggregateKey,
    sequence: u64,
    reason: &str,
) -> Result<Parked, sqlx::Error> {
    sqlx::query_as(
        "insert into parked (projection, version, aggregate_kind, aggregate_id, sequence, reason)
         values ($1, $2, $3, $4, $5, $6)
         on conflict (projection, version, aggregate_kind, aggregate_id, sequence)
         do update set reason = excluded.reason, parked_at = now()
         returning projection, version, aggregate_kind, aggregate_id, sequence, reason, parked_at",
    )
    .bind(projection.name)
    .bind(projection.version)
    .bind(aggregate.kind.name())
    .bind(aggregate.id)
    .bind(sql::bigint(sequence))
    .bind(sql::text(reason))
    .fetch_one(tx)
    .await
}
