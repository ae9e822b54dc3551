//! How far the rows are. A checkpoint moves by compare-and-set in the transaction of the rows that it speaks for.
//!
//! Whoever finds it elsewhere than expected has been overtaken: somebody else projects, and is ahead. Losing is not an
//! error of the data; the loser loads the checkpoints and goes on from there, or stands by.

use domain::commit::{Digest, Epoch, NotAPosition, Position};
use serde::Serialize;
use sqlx::{PgConnection, PgPool, Row, postgres::PgRow, types::time::OffsetDateTime};

use crate::{Projection, sql};

/// How far a projection is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Checkpoint {
    /// Which one.
    pub projection: String,
    /// In which version.
    pub version: i32,
    /// The last commit in its rows.
    #[serde(serialize_with = "as_printed")]
    pub position: Position,
    /// SHA-256 of that commit as it was stored, where it could be read.
    pub digest: Option<String>,
    /// When it last moved.
    #[serde(with = "time::serde::rfc3339")]
    pub updated_at: OffsetDateTime,
}

/// Projections that are equally far and so are applied together.
#[derive(Debug, Clone)]
pub struct Standing {
    /// Where they are.
    pub at: Position,
    /// SHA-256 of the commit there as it was stored, where it could be read.
    pub digest: Option<String>,
    /// Which they are.
    pub projections: Vec<Projection>,
}

fn as_printed<S: serde::Serializer>(position: &Position, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(position)
}

pub(crate) fn position(row: &PgRow) -> Result<Position, sqlx::Error> {
    let epoch: String = row.try_get("epoch")?;
    let epoch = epoch.parse().map_err(|error: NotAPosition| sqlx::Error::Decode(error.into()))?;
    Ok(Position { epoch, sequence: sql::count(row, "sequence")? })
}

impl sqlx::FromRow<'_, PgRow> for Checkpoint {
    fn from_row(row: &PgRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            projection: row.try_get("projection")?,
            version: row.try_get("version")?,
            position: position(row)?,
            digest: row.try_get("digest")?,
            updated_at: row.try_get("updated_at")?,
        })
    }
}

/// All checkpoints, those of versions that nobody builds any more included.
pub async fn checkpoints(pool: &PgPool) -> Result<Vec<Checkpoint>, sqlx::Error> {
    sqlx::query_as(
        "select projection, version, epoch, sequence, digest, updated_at
         from checkpoints
         order by projection, version",
    )
    .fetch_all(pool)
    .await
}

/// Where each of these projections stands, those that lag most first. One that never ran starts before the first commit
/// of this life of the log; one that read another life stays there, until somebody decides to build it anew. One whose
/// tables hold the rows of another version is left out: an older one is built anew ([`outdated`]), a newer one belongs to
/// processes of a newer version.
pub async fn begin(
    pool: &PgPool,
    projections: &[Projection],
    epoch: Epoch,
) -> Result<Vec<Standing>, sqlx::Error> {
    let (names, versions) = keys(projections);
    sqlx::query(
        "insert into checkpoints (projection, version, epoch, sequence)
         select projection, version, $3, 0
         from unnest($1::text[], $2::integer[]) as known (projection, version)
         where not exists (select from checkpoints where checkpoints.projection = known.projection)
         on conflict do nothing",
    )
    .bind(&names)
    .bind(&versions)
    .bind(epoch.to_string())
    .execute(pool)
    .await?;
    Ok(standings(&checkpoints(pool).await?, projections))
}

fn standings(checkpoints: &[Checkpoint], projections: &[Projection]) -> Vec<Standing> {
    let mut standings: Vec<Standing> = vec![];
    for projection in projections {
        let Some(checkpoint) = checkpoints.iter().find(|checkpoint| checkpoint.is_of(projection)) else {
            continue;
        };
        let Checkpoint { position: at, digest, .. } = checkpoint.clone();
        match standings.iter_mut().find(|standing| standing.at == at && standing.digest == digest) {
            Some(standing) => standing.projections.push(*projection),
            None => standings.push(Standing { at, digest, projections: vec![*projection] }),
        }
    }
    standings.sort_by_key(|standing| standing.at.sequence);
    standings
}

/// Those of these projections whose tables hold the rows of an older version.
pub async fn outdated(pool: &PgPool, projections: &[Projection]) -> Result<Vec<Projection>, sqlx::Error> {
    let checkpoints = checkpoints(pool).await?;
    let newest = |projection: &Projection| {
        let of_it = checkpoints.iter().filter(|checkpoint| checkpoint.projection == projection.name);
        of_it.map(|checkpoint| checkpoint.version).max()
    };
    let is_old = |projection: &&Projection| newest(projection).is_some_and(|it| it < projection.version);
    Ok(projections.iter().filter(is_old).copied().collect())
}

impl Checkpoint {
    /// Whether it is that of this projection, in this version.
    pub fn is_of(&self, projection: &Projection) -> bool {
        self.projection == projection.name && self.version == projection.version
    }
}

/// How far all of these projections are: the least of their checkpoints. None while one of them has yet to begin, or
/// while they stand in different lives of the log.
pub async fn progress(pool: &PgPool, projections: &[Projection]) -> Result<Option<Position>, sqlx::Error> {
    let (names, versions) = keys(projections);
    let row = sqlx::query(
        "select min(epoch) as epoch, min(sequence) as sequence
         from checkpoints
         where (projection, version) in (select * from unnest($1::text[], $2::integer[]))
         having count(*) = cardinality($1::text[]) and count(distinct epoch) = 1",
    )
    .bind(&names)
    .bind(&versions)
    .fetch_optional(pool)
    .await?;
    row.as_ref().map(position).transpose()
}

/// The furthest commit that any row has seen, for each life of the log: at its start the journal holds itself against
/// this, because a log that is shorter, or another one, has lost something.
pub async fn seen(pool: &PgPool) -> Result<Vec<Position>, sqlx::Error> {
    let rows =
        sqlx::query("select epoch, max(sequence) as sequence from checkpoints group by epoch order by epoch")
            .fetch_all(pool)
            .await?;
    rows.iter().map(position).collect()
}

/// Whether a checkpoint moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Moved {
    /// It did, and nobody else can move it before this transaction ends.
    Yes,
    /// It did not stand where it was expected.
    Overtaken,
}

/// Moves the checkpoints of these projections, if all of them stand at `from`. The first statement of a transaction, so
/// that a second projector waits here and then learns that it is too late, before it has worked in vain.
pub(crate) async fn advance(
    tx: &mut PgConnection,
    projections: &[Projection],
    from: Position,
    to: Position,
    digest: Option<Digest>,
) -> Result<Moved, sqlx::Error> {
    let (names, versions) = keys(projections);
    let moved = sqlx::query(
        "update checkpoints
         set sequence   = $5,
             digest     = $6,
             updated_at = now()
         where (projection, version) in (select * from unnest($1::text[], $2::integer[]))
           and epoch    = $3
           and sequence = $4",
    )
    .bind(&names)
    .bind(&versions)
    .bind(from.epoch.to_string())
    .bind(sql::bigint(from.sequence))
    .bind(sql::bigint(to.sequence))
    .bind(digest.map(|digest| digest.to_string()))
    .execute(tx)
    .await?;
    let all = usize::try_from(moved.rows_affected()) == Ok(projections.len());
    Ok(if all { Moved::Yes } else { Moved::Overtaken })
}

/// Names and versions side by side, as `unnest` takes them.
pub(crate) fn keys(projections: &[Projection]) -> (Vec<&'static str>, Vec<i32>) {
    projections.iter().map(|projection| (projection.name, projection.version)).unzip()
}
