//! Commits in batches, and a batch in the rows.
//!
//! Whoever applies a batch waits for Postgres most of the time. Meanwhile the next one is read and opened, and no more than
//! that: how much is in memory does not depend on how much there is to do.

use std::{pin::pin, time::Instant};

use domain::commit::{Position, Recorded};
use futures_util::{
    StreamExt,
    future::{Either, select},
    stream::BoxStream,
};
use nats::FollowError;
use projections::{ApplyError, Parked, Projection, Site};
use tokio::{
    sync::mpsc::{self, Receiver},
    task::JoinSet,
};

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

/// Commits in batches, read ahead.
pub(super) struct Batches {
    ahead: Receiver<Heard>,
    _reader: JoinSet<()>,
}

impl Batches {
    /// Reads these commits, until it is dropped.
    pub(super) fn of(mut commits: BoxStream<'static, Heard>) -> Self {
        let (reads, ahead) = mpsc::channel(BATCH);
        let mut reader = JoinSet::new();
        reader.spawn(async move {
            while let Some(commit) = commits.next().await
                && reads.send(commit).await.is_ok()
            {}
        });
        Self { ahead, _reader: reader }
    }

    /// What is there, at least one commit; none when the log has ended.
    pub(super) async fn next(&mut self) -> Option<Vec<Heard>> {
        self.gather(std::future::ready(())).await
    }

    /// What is there once it is time, which begins with the first commit, or once there is enough.
    pub(super) async fn gather(&mut self, time: impl Future<Output = ()>) -> Option<Vec<Heard>> {
        let mut batch = vec![self.ahead.recv().await?];
        let mut time = pin!(time);
        loop {
            self.take_what_is_there(&mut batch);
            if batch.len() >= BATCH {
                return Some(batch);
            }
            match select(&mut time, pin!(self.ahead.recv())).await {
                Either::Left(((), _)) => break,
                Either::Right((Some(next), _)) => batch.push(next),
                Either::Right((None, _)) => return Some(batch),
            }
        }
        self.take_what_is_there(&mut batch);
        Some(batch)
    }

    fn take_what_is_there(&mut self, batch: &mut Vec<Heard>) {
        while batch.len() < BATCH
            && let Ok(next) = self.ahead.try_recv()
        {
            batch.push(next);
        }
    }
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
