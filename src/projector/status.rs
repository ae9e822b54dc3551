//! How far the projections are: behind the log in commits and in time, what is parked, what is being built.
//!
//! The lag is the age of the oldest commit that is not in the rows, by the clock of the log: 0 when there is none. A
//! projection that has stopped is told by it, one that has nothing to do is not.

use domain::commit::Position;
use nats::{CompareError, LoadError};
use projections::{Checkpoint, Projection, build, parked};
use serde::Serialize;
use time::OffsetDateTime;
use utoipa::ToSchema;

use super::is_held;
use crate::{house::House, stamp};

/// How far everything is.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Report {
    /// Where the log ends.
    #[schema(example = "5f0c2a11-1042")]
    pub log_end: String,
    /// Whether a projector is at work anywhere.
    pub projector_at_work: bool,
    /// The projections, in the order in which they are applied.
    pub projections: Vec<Status>,
}

/// How far a projection is.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = ProjectionStatus)]
pub struct Status {
    /// Its name.
    pub name: String,
    /// The version of its rules in this process.
    pub version: i32,
    /// What its rows are.
    pub state: State,
    /// The last commit in its rows; null if it never ran.
    pub position: Option<String>,
    /// How many commits are not in its rows.
    pub behind: u64,
    /// How old the oldest commit is that is not in its rows, in seconds.
    pub lag_seconds: f64,
    /// How many commits are parked.
    pub parked: u64,
    /// When its rows last changed, or were looked through.
    #[serde(with = "time::serde::rfc3339::option")]
    pub moved_at: Option<OffsetDateTime>,
    /// How far it is built anew, if it is.
    pub rebuild: Option<Rebuild>,
}

/// How far a projection is built anew.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Rebuild {
    /// The last commit in its new rows.
    pub position: String,
    /// How many commits are not in them.
    pub behind: u64,
}

/// What the rows of a projection are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// They follow the log.
    Live,
    /// There are none: it never ran.
    NeverRan,
    /// They are of an older version of the rules, which nobody applies any more.
    Outdated,
    /// They are of a newer version of the rules than this process has.
    Newer,
    /// They are of another log, or of an end of it that is lost.
    AnotherLog,
}

impl State {
    /// As it is written.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::NeverRan => "never ran",
            Self::Outdated => "outdated",
            Self::Newer => "newer",
            Self::AnotherLog => "another log",
        }
    }
}

/// Why it cannot be told.
#[derive(Debug, thiserror::Error)]
pub enum StatusError {
    /// The log cannot be reached.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// The database cannot be reached.
    #[error("the checkpoints cannot be read")]
    Database(#[from] sqlx::Error),
}

/// Looks how far everything is.
pub async fn report(house: &House) -> Result<Report, StatusError> {
    let all = projections::all();
    // The end is read last: nothing that is in the rows may seem to lie behind it.
    let checkpoints = projections::checkpoints(&house.pool).await?;
    let buildings = build::under_way(&house.pool, &all).await?;
    let parked = parked::counts(&house.pool).await?;
    let projector_at_work = is_held(&house.pool).await?;
    let end = house.journal().last().await?;
    let mut statuses = vec![];
    for projection in &all {
        let checkpoint = newest(&checkpoints, projection);
        let mut status = status(projection, checkpoint, end);
        status.parked =
            parked.iter().find(|(name, _)| name == projection.name).map_or(0, |(_, count)| *count);
        status.rebuild = buildings
            .iter()
            .find(|building| building.projection.name == projection.name)
            .map(|building| Rebuild { position: building.at.to_string(), behind: behind(building.at, end) });
        if let Some(checkpoint) = checkpoint
            && status.state == State::Live
            && !agrees(house, checkpoint).await?
        {
            status.state = State::AnotherLog;
        }
        if status.behind > 0 {
            let next = checkpoint.map_or(0, |checkpoint| seen(checkpoint.position, end)) + 1;
            status.lag_seconds = age(house, next).await?;
        }
        statuses.push(status);
    }
    Ok(Report { log_end: end.to_string(), projector_at_work, projections: statuses })
}

fn newest<'a>(checkpoints: &'a [Checkpoint], projection: &Projection) -> Option<&'a Checkpoint> {
    let of_it = checkpoints.iter().filter(|checkpoint| checkpoint.projection == projection.name);
    of_it.max_by_key(|checkpoint| checkpoint.version)
}

fn status(projection: &Projection, checkpoint: Option<&Checkpoint>, end: Position) -> Status {
    Status {
        name: projection.name.to_owned(),
        version: projection.version,
        state: checkpoint.map_or(State::NeverRan, |checkpoint| state(projection, checkpoint, end)),
        position: checkpoint.map(|checkpoint| checkpoint.position.to_string()),
        behind: checkpoint.map_or(end.sequence, |checkpoint| behind(checkpoint.position, end)),
        lag_seconds: 0.0,
        parked: 0,
        moved_at: checkpoint.map(|checkpoint| checkpoint.updated_at),
        rebuild: None,
    }
}

fn state(projection: &Projection, checkpoint: &Checkpoint, end: Position) -> State {
    let Position { epoch, sequence } = checkpoint.position;
    match checkpoint.version {
        version if version < projection.version => State::Outdated,
        version if version > projection.version => State::Newer,
        _ if epoch != end.epoch || sequence > end.sequence => State::AnotherLog,
        _ => State::Live,
    }
}

/// Whether the log still holds the commit that the rows saw last.
async fn agrees(house: &House, checkpoint: &Checkpoint) -> Result<bool, LoadError> {
    let Some(digest) = &checkpoint.digest else { return Ok(true) };
    match house.journal().compare_commit(checkpoint.position, digest).await {
        Ok(()) => Ok(true),
        Err(CompareError::Rewound(_)) => Ok(false),
        Err(CompareError::Unavailable(cause)) => Err(LoadError::Unavailable(cause)),
    }
}

/// What of this log is in the rows.
fn seen(at: Position, end: Position) -> u64 {
    if at.epoch == end.epoch { at.sequence.min(end.sequence) } else { 0 }
}

fn behind(at: Position, end: Position) -> u64 {
    end.sequence - seen(at, end)
}

/// How old a commit is.
async fn age(house: &House, sequence: u64) -> Result<f64, LoadError> {
    let stored = house.journal().stored_at(sequence).await?;
    Ok(stored.map_or(0.0, |stored| (stamp::now() - stored).as_seconds_f64().max(0.0)))
}

impl Report {
    /// Sets the gauges of `/metrics`.
    pub fn measure(&self) {
        for status in &self.projections {
            let gauge = |name: &'static str| metrics::gauge!(name, "projection" => status.name.clone());
            gauge("innkeeper_projection_lag_seconds").set(status.lag_seconds);
            gauge("innkeeper_projection_behind_commits").set(as_float(status.behind));
            gauge("innkeeper_projection_parked_commits").set(as_float(status.parked));
            let building = status.rebuild.as_ref().map_or(0, |rebuild| rebuild.behind);
            gauge("innkeeper_projection_rebuild_behind_commits").set(as_float(building));
            gauge("innkeeper_projection_is_live").set(if status.state == State::Live { 1.0 } else { 0.0 });
        }
        metrics::gauge!("innkeeper_projector_at_work").set(if self.projector_at_work { 1.0 } else { 0.0 });
    }
}

/// Nothing is known: an old lag would look as if it were one.
pub fn unknown() {
    for projection in projections::all() {
        metrics::gauge!("innkeeper_projection_lag_seconds", "projection" => projection.name).set(f64::NAN);
    }
}

/// A gauge is exact up to 2^53.
#[expect(clippy::cast_precision_loss, reason = "as many commits take centuries")]
fn as_float(count: u64) -> f64 {
    count as f64
}
