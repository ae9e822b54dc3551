//! Many commits in one transaction, with the checkpoint that says so.
//!
//! ```text
//! begin → move the checkpoint (or be fenced) → rows of every commit → notify → commit
//!                                                 │ a commit is to blame
//!                                                 └► roll back, and once more with a savepoint around each commit
//! ```
//!
//! A savepoint costs as much as a statement, and nearly every batch is sound: only the batch that failed pays for them.

use std::fmt;

use domain::commit::{AggregateKey, Digest, Position, Recorded};
use sqlx::{Connection, PgConnection, PgPool, Postgres, Transaction};
use tracing::instrument;

use crate::{
    Parked, Projection, build,
    checkpoint::{self, Moved},
    erased::Erased,
    parked::{self, BEHIND, Waiting},
    poison,
};

/// Who listens here (`listen innkeeper_progress`) is told [`News`] whenever a checkpoint has moved.
pub const CHANNEL: &str = "innkeeper_progress";

/// Where rows are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Site {
    /// Into the tables that are read.
    House,
    /// Into those that are built beside them.
    Building,
}

/// What is told when checkpoints have moved: `<epoch>-<sequence>`, then which projections stand there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct News {
    /// Up to where.
    pub position: Position,
    /// Who: their names and versions, in the order in which they are applied.
    pub who: String,
}

impl News {
    /// These projections stand there.
    pub fn of(position: Position, projections: &[Projection]) -> Self {
        let names: Vec<_> = projections.iter().map(|it| format!("{}@{}", it.name, it.version)).collect();
        Self { position, who: names.join(",") }
    }

    /// The news in what was told; none, if it is of a form that a newer version tells.
    pub fn heard(told: &str) -> Option<Self> {
        let (position, who) = told.split_once(' ')?;
        Some(Self { position: position.parse().ok()?, who: who.to_owned() })
    }

    /// Whether they are about all of these projections.
    pub fn are_about(&self, projections: &[Projection]) -> bool {
        self.who == Self::of(self.position, projections).who
    }
}

impl fmt::Display for News {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.position, self.who)
    }
}

/// What came of a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applied {
    /// Where the checkpoint stands now.
    pub position: Position,
    /// What could not be applied, for the caller to report.
    pub parked: Vec<Parked>,
}

/// A message of the log whose commit cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreadable {
    /// Where it is.
    pub position: Position,
    /// Whose it is, as its subject says; none, if it is of no kind that this house knows.
    pub aggregate: Option<AggregateKey>,
    /// Why, without anybody's words.
    pub reason: String,
}

/// A batch was not applied, and no row has changed.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// Another projector has moved the checkpoint: load the checkpoints and go on from there.
    #[error("the checkpoint does not stand at {from} any more")]
    Fenced {
        /// Where it was expected.
        from: Position,
    },
    /// The log has a hole, or the reader left something out. An alarm: nothing is applied past it.
    #[error("after {after} comes {found}: there is a hole in between")]
    Hole {
        /// The last one before the hole.
        after: Position,
        /// The one behind it.
        found: Position,
    },
    /// The commit is of another life of the log than the checkpoint.
    #[error("the checkpoint stands at {from}, the commit at {found}, in another life of the log")]
    OtherEpoch {
        /// Where the checkpoint stands.
        from: Position,
        /// Where the commit does.
        found: Position,
    },
    /// The database could not; trying again may help.
    #[error("the rows cannot be written")]
    Database(#[from] sqlx::Error),
}

/// How much care is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Care {
    /// All commits stand or fall together.
    Together,
    /// Each stands or falls alone.
    OneByOne,
}

/// Applies the commits behind `from` to all of these projections, which must all stand there. Commits up to `from` are
/// skipped: the log may deliver twice.
pub async fn apply_batch(
    pool: &PgPool,
    projections: &[Projection],
    from: Position,
    commits: &[Recorded],
) -> Result<Applied, ApplyError> {
    apply_at(pool, Site::House, projections, from, commits).await
}

/// The same at either site. Projections that are built anew are built one by one.
#[instrument(name = "projection.apply", skip_all, fields(from = %from, commits = commits.len()))]
pub async fn apply_at(
    pool: &PgPool,
    site: Site,
    projections: &[Projection],
    from: Position,
    commits: &[Recorded],
) -> Result<Applied, ApplyError> {
    let commits = behind(from, commits)?;
    if commits.is_empty() {
        return Ok(Applied { position: from, parked: vec![] });
    }
    match attempt(pool, site, projections, from, commits, Care::Together).await {
        Err(ApplyError::Database(error)) if poison::reason(&error).is_some() => {
            attempt(pool, site, projections, from, commits, Care::OneByOne).await
        }
        done => done,
    }
}

/// Passes over the message right behind `from`, whose commit nobody here can read, and parks its aggregate if it is one
/// that this house knows.
pub async fn park_unreadable(
    pool: &PgPool,
    site: Site,
    projections: &[Projection],
    from: Position,
    unreadable: &Unreadable,
) -> Result<Applied, ApplyError> {
    let Unreadable { position, aggregate, reason } = unreadable;
    follows(from, *position)?;
    let mut tx = open(pool, site, projections, from, (*position, None)).await?;
    let mut parked = vec![];
    if let Some(aggregate) = aggregate {
        for projection in projections.iter().filter(|projection| projection.reads.contains(&aggregate.kind)) {
            parked.push(parked::park(&mut tx, projection, *aggregate, position.sequence, reason).await?);
        }
    }
    close(tx, site, projections, *position).await?;
    Ok(Applied { position: *position, parked })
}

/// Those that are not in the rows yet, if they follow without a hole.
fn behind(from: Position, commits: &[Recorded]) -> Result<&[Recorded], ApplyError> {
    let old =
        |commit: &Recorded| commit.position.epoch == from.epoch && commit.position.sequence <= from.sequence;
    let commits = &commits[commits.partition_point(old)..];
    let mut last = from;
    for commit in commits {
        follows(last, commit.position)?;
        last = commit.position;
    }
    Ok(commits)
}

fn follows(from: Position, next: Position) -> Result<(), ApplyError> {
    if next.epoch != from.epoch {
        return Err(ApplyError::OtherEpoch { from, found: next });
    }
    if next.sequence != from.sequence + 1 {
        return Err(ApplyError::Hole { after: from, found: next });
    }
    Ok(())
}

async fn attempt(
    pool: &PgPool,
    site: Site,
    projections: &[Projection],
    from: Position,
    commits: &[Recorded],
    care: Care,
) -> Result<Applied, ApplyError> {
    let Some(last) = commits.last() else { return Ok(Applied { position: from, parked: vec![] }) };
    let position = last.position;
    let mut tx = open(pool, site, projections, from, (position, Some(last.digest))).await?;
    let mut waiting = Waiting::among(&mut tx, projections, commits).await?;
    let mut erased = Erased::among(&mut tx, projections, commits).await?;
    let mut parked = vec![];
    for projection in projections {
        parked.extend(one(&mut tx, projection, commits, (&mut waiting, &mut erased), care).await?);
    }
    parked.sort_by_key(|parked| parked.sequence);
    close(tx, site, projections, position).await?;
    Ok(Applied { position, parked })
}

/// Applies the commits that a projection reads; those of aggregates that wait are parked behind the others.
async fn one(
    tx: &mut PgConnection,
    projection: &Projection,
    commits: &[Recorded],
    (waiting, erased): (&mut Waiting, &mut Erased),
    care: Care,
) -> Result<Vec<Parked>, sqlx::Error> {
    let (mut parked, mut sound) = (vec![], vec![]);
    for commit in commits {
        if let Some(person) = commit.erases() {
            together(tx, projection, &mut sound).await?;
            erased.forget(tx, projection, person).await?;
        }
        if !projection.reads.contains(&commit.aggregate.kind) || erased.holds(projection, commit) {
            continue;
        }
        let reason = match care {
            _ if waiting.holds(projection, commit.aggregate) => BEHIND.to_owned(),
            Care::Together => {
                sound.push(commit);
                continue;
            }
            Care::OneByOne => {
                let Some(reason) = alone(tx, projection, commit).await? else { continue };
                reason
            }
        };
        waiting.insert(projection, commit.aggregate);
        let sequence = commit.position.sequence;
        parked.push(parked::park(tx, projection, commit.aggregate, sequence, &reason).await?);
    }
    together(tx, projection, &mut sound).await?;
    Ok(parked)
}

/// Applies what has come together so far.
async fn together(
    tx: &mut PgConnection,
    projection: &Projection,
    sound: &mut Vec<&Recorded>,
) -> Result<(), sqlx::Error> {
    if !sound.is_empty() {
        (projection.apply)(sound, tx).await?;
        sound.clear();
    }
    Ok(())
}

/// Begins the transaction and takes the checkpoint. It need not wait for the disk: the log is the truth, and a crash of
/// Postgres loses the last rows together with the checkpoint that spoke for them, so that they are written again.
async fn open(
    pool: &PgPool,
    site: Site,
    projections: &[Projection],
    from: Position,
    (to, digest): (Position, Option<Digest>),
) -> Result<Transaction<'static, Postgres>, ApplyError> {
    let mut tx = begin(pool).await?;
    if site == Site::Building {
        for projection in projections {
            build::enter(&mut tx, projection).await?;
        }
    }
    match checkpoint::advance(&mut tx, projections, from, to, digest).await? {
        Moved::Yes => Ok(tx),
        Moved::Overtaken => Err(ApplyError::Fenced { from }),
    }
}

/// Begins a transaction that writes rows.
pub(crate) async fn begin(pool: &PgPool) -> Result<Transaction<'static, Postgres>, sqlx::Error> {
    let mut tx = pool.begin().await?;
    sqlx::query(
        "select set_config('synchronous_commit', 'off', true),
                set_config('statement_timeout', '30s', true)",
    )
    .execute(&mut *tx)
    .await?;
    Ok(tx)
}

async fn close(
    mut tx: Transaction<'static, Postgres>,
    site: Site,
    projections: &[Projection],
    position: Position,
) -> Result<(), sqlx::Error> {
    if site == Site::House {
        tell(&mut tx, &News::of(position, projections)).await?;
    }
    tx.commit().await
}

/// Tells the news when the transaction is through.
pub(crate) async fn tell(tx: &mut PgConnection, news: &News) -> Result<(), sqlx::Error> {
    sqlx::query("select pg_notify($1, $2)").bind(CHANNEL).bind(news.to_string()).execute(tx).await?;
    Ok(())
}

/// Applies a commit behind a savepoint; the reason to park it, if it is to blame.
pub(crate) async fn alone(
    tx: &mut PgConnection,
    projection: &Projection,
    commit: &Recorded,
) -> Result<Option<String>, sqlx::Error> {
    let mut savepoint = tx.begin().await?;
    let Err(error) = (projection.apply)(&[commit], &mut savepoint).await else {
        savepoint.commit().await?;
        return Ok(None);
    };
    let reason = poison::reason(&error).ok_or(error)?;
    savepoint.rollback().await?;
    Ok(Some(reason))
}
