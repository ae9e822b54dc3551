//! The projector: reads the log from the checkpoint in Postgres and lets the projections apply it.
//!
//! Many commits make one transaction, which also moves the checkpoint, so that whatever is delivered twice, and
//! however many projectors run, every commit counts once. When another projector has moved the checkpoint, or a part
//! is away, it starts over from the checkpoint: nothing is kept here that matters.
//!
//! Projections that lag behind the others, because they are new, catch up first; then all go on together.

use std::time::{Duration, Instant};

use domain::commit::{Position, Recorded};
use futures_util::{FutureExt, Stream, StreamExt};
use nats::{CompareError, FollowError};
use projections::{ApplyError, Parked, Standing};
use tokio_util::sync::CancellationToken;

use crate::{house::House, progress::Progress};

/// As many commits at most make one transaction.
const BATCH: usize = 500;
/// How long commits are gathered before they are applied together, unless somebody waits for their rows: those may come
/// a moment later, first tokens may not, and a transaction for each commit takes the processor from them.
const GATHER: Duration = Duration::from_millis(10);

/// Why the projector cannot go on: an operator has to look.
#[derive(Debug, thiserror::Error)]
pub enum ProjectorError {
    /// The log is not the one that the checkpoints saw.
    #[error("the log does not agree with the checkpoints of the projections")]
    AnotherLog(#[source] CompareError),
    /// The log has a hole, or was rewound.
    #[error("the log is broken")]
    Broken(#[source] FollowError),
    /// A hole was found between the checkpoint and the log.
    #[error("the log does not join the rows")]
    Disjoint(#[source] ApplyError),
}

/// Why it starts over.
#[derive(Debug, thiserror::Error)]
enum Setback {
    #[error("the checkpoints cannot be read")]
    Checkpoints(#[source] sqlx::Error),
    #[error("the commits cannot be applied")]
    Apply(#[source] ApplyError),
    #[error("the log cannot be seen")]
    Away(#[source] CompareError),
    #[error("the log ended")]
    Ended,
    #[error(transparent)]
    Fatal(#[from] ProjectorError),
}

/// Projects until it is told to stop.
pub async fn run(house: House, stop: CancellationToken) -> Result<(), ProjectorError> {
    let mut waits = crate::backoff::patient();
    loop {
        let setback = tokio::select! {
            () = stop.cancelled() => return Ok(()),
            outcome = project(&house) => match outcome {
                Ok(()) => continue, // Those that lagged behind have caught up.
                Err(setback) => setback,
            },
        };
        match setback {
            Setback::Fatal(error) => return Err(error),
            Setback::Apply(ApplyError::Fenced { .. }) => {
                tracing::info!("projector: another one is at work; going on from its checkpoint");
            }
            setback => {
                tracing::warn!(error = &setback as &dyn std::error::Error, "projector: starting over");
            }
        }
        tokio::select! {
            () = stop.cancelled() => return Ok(()),
            () = tokio::time::sleep(waits.next().unwrap_or(Duration::from_secs(1))) => {}
        }
    }
}

/// Lets those that lag most catch up with the next ones; for ever, when all stand together.
async fn project(house: &House) -> Result<(), Setback> {
    let all = projections::all();
    let standings = projections::begin(&house.pool, &all, house.journal().epoch()).await;
    let mut standings = standings.map_err(Setback::Checkpoints)?.into_iter();
    let Some(last) = standings.next() else { return Err(Setback::Ended) };
    let until = standings.next().map(|next| next.at);
    let furthest = standings.last().map(|standing| standing.at).or(until).unwrap_or(last.at);
    compare(house, furthest).await?;
    house.progress.note(last.at);
    follow(house, last, until).await
}

/// Holds the log against what the rows have seen of it.
async fn compare(house: &House, seen: Position) -> Result<(), Setback> {
    match house.journal().compare(seen).await {
        Ok(()) => Ok(()),
        Err(error @ CompareError::Rewound(_)) => Err(ProjectorError::AnotherLog(error).into()),
        Err(error) => Err(Setback::Away(error)),
    }
}

async fn follow(house: &House, mut standing: Standing, until: Option<Position>) -> Result<(), Setback> {
    let commits = house.journal().follow(standing.at.sequence);
    let mut batches = std::pin::pin!(gathered(commits, &house.progress));
    while until.is_none_or(|until| standing.at.sequence < until.sequence) {
        let batch = next(&mut batches).await?;
        for stretch in stretches(batch, until) {
            standing.at = apply(house, &standing, stretch).await?;
        }
    }
    Ok(())
}

/// Commits in batches: what comes within a moment of the first, or until somebody waits for it.
fn gathered<T>(commits: impl Stream<Item = T> + Unpin, progress: &Progress) -> impl Stream<Item = Vec<T>> {
    futures_util::stream::unfold(commits, move |mut commits| async move {
        let first = commits.next().await?;
        // Either way it is time.
        drop(tokio::time::timeout(GATHER, progress.awaited()).await);
        let mut batch = vec![first];
        while batch.len() < BATCH
            && let Some(Some(next)) = commits.next().now_or_never()
        {
            batch.push(next);
        }
        Some((batch, commits))
    })
}

/// A part of a batch: what can be applied together, or one commit that cannot be read.
enum Stretch {
    Readable(Vec<Recorded>),
    Unreadable(FollowError),
}

async fn next(
    batches: &mut (impl Stream<Item = Vec<Result<Recorded, FollowError>>> + Unpin),
) -> Result<Vec<Result<Recorded, FollowError>>, Setback> {
    batches.next().await.ok_or(Setback::Ended)
}

fn stretches(batch: Vec<Result<Recorded, FollowError>>, until: Option<Position>) -> Vec<Stretch> {
    let mut stretches = vec![];
    for commit in batch {
        match (commit, stretches.last_mut()) {
            (Ok(commit), _) if until.is_some_and(|until| commit.position.sequence > until.sequence) => break,
            (Ok(commit), Some(Stretch::Readable(commits))) => commits.push(commit),
            (Ok(commit), _) => stretches.push(Stretch::Readable(vec![commit])),
            (Err(error), _) => stretches.push(Stretch::Unreadable(error)),
        }
    }
    stretches
}

async fn apply(house: &House, standing: &Standing, stretch: Stretch) -> Result<Position, Setback> {
    let began = Instant::now();
    let Standing { at, projections } = standing;
    let applied = match stretch {
        Stretch::Readable(commits) => projections::apply_batch(&house.pool, projections, *at, &commits).await,
        Stretch::Unreadable(error) => {
            let unreadable = unreadable(error)?;
            projections::park_unreadable(&house.pool, projections, *at, &unreadable).await
        }
    };
    let applied = applied.map_err(|error| match error {
        ApplyError::Hole { .. } | ApplyError::OtherEpoch { .. } => ProjectorError::Disjoint(error).into(),
        ApplyError::Fenced { .. } | ApplyError::Database(_) => Setback::Apply(error),
    })?;
    applied.parked.iter().for_each(report);
    metrics::histogram!("innkeeper_projection_seconds").record(began.elapsed().as_secs_f64());
    metrics::counter!("innkeeper_projected_commits_total")
        .increment(applied.position.sequence.saturating_sub(at.sequence));
    house.progress.note(applied.position);
    Ok(applied.position)
}

fn unreadable(error: FollowError) -> Result<projections::Unreadable, Setback> {
    match error {
        FollowError::Unreadable { position, aggregate, ref source } => {
            Ok(projections::Unreadable { position, aggregate: Some(aggregate), reason: source.to_string() })
        }
        FollowError::Stranger { position } => {
            Ok(projections::Unreadable { position, aggregate: None, reason: error.to_string() })
        }
        error @ (FollowError::Hole { .. } | FollowError::Rewound(_)) => {
            Err(ProjectorError::Broken(error).into())
        }
    }
}

fn report(parked: &Parked) {
    metrics::counter!("innkeeper_parked_commits_total").increment(1);
    tracing::error!(
        projection = %parked.projection,
        sequence = parked.sequence,
        reason = %parked.reason,
        "projector: this commit cannot be applied; its aggregate waits, the others go on",
    );
}
