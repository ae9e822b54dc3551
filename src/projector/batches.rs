//! Commits in batches, and a batch in the rows.

use std::{future::ready, time::Instant};

use domain::commit::{Position, Recorded};
use futures_util::{FutureExt, Stream, StreamExt};
use nats::FollowError;
use projections::{ApplyError, Parked, Projection, Site};

use super::{ProjectorError, Setback};
use crate::house::House;

/// As many commits at most make one transaction.
const BATCH: usize = 2000;

/// What is heard of the log.
pub(super) type Heard = Result<Recorded, FollowError>;

/// A part of a batch: what can be applied together, or one commit that cannot be read.
pub(super) enum Stretch {
    Readable(Vec<Recorded>),
    Unreadable(FollowError),
}

/// Commits in batches: what is there once `gather` is through, which begins with the first commit.
pub(super) fn gathered<S, Gathering>(
    commits: S,
    gather: impl Fn() -> Gathering,
) -> impl Stream<Item = Vec<Heard>>
where
    S: Stream<Item = Heard> + Unpin,
    Gathering: Future<Output = ()>,
{
    futures_util::stream::unfold((commits, gather), |(mut commits, gather)| async move {
        let first = commits.next().await?;
        gather().await;
        let mut batch = vec![first];
        while batch.len() < BATCH
            && let Some(Some(next)) = commits.next().now_or_never()
        {
            batch.push(next);
        }
        Some((batch, (commits, gather)))
    })
}

/// The same, with whatever is there already.
pub(super) fn as_they_come(commits: impl Stream<Item = Heard> + Unpin) -> impl Stream<Item = Vec<Heard>> {
    gathered(commits, || ready(()))
}

/// A batch in stretches, up to a position.
pub(super) fn stretches(batch: Vec<Heard>, until: Option<Position>) -> Vec<Stretch> {
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

/// Applies a stretch behind a position; answers the new one.
pub(super) async fn apply(
    house: &House,
    site: Site,
    projections: &[Projection],
    at: Position,
    stretch: Stretch,
) -> Result<Position, Setback> {
    let began = Instant::now();
    let applied = match stretch {
        Stretch::Readable(commits) => {
            projections::apply_at(&house.pool, site, projections, at, &commits).await
        }
        Stretch::Unreadable(error) => {
            let unreadable = unreadable(error)?;
            projections::park_unreadable(&house.pool, site, projections, at, &unreadable).await
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
