//! Keeping the rows that are read up to date.
//!
//! Projections that lag behind the others, because they are new, catch up first; then all go on together.

use std::time::Duration;

use domain::commit::Position;
use nats::CompareError;
use projections::{ApplyError, Site, Standing};
use tokio::time::{sleep, timeout};

use super::{
    ProjectorError, Setback,
    batches::{Batches, apply, stretches},
};
use crate::house::House;

/// How long commits are gathered before they are applied together, unless somebody waits for their rows: those may come
/// a moment later, first tokens may not, and a transaction for each commit takes the processor from them.
const GATHER: Duration = Duration::from_millis(10);
/// How soon one looks again who stands where, when there is nothing to do or another one was faster.
const SOON: Duration = Duration::from_millis(200);

/// Projects until it cannot go on.
pub(super) async fn run(house: &House) -> ProjectorError {
    let mut waits = crate::backoff::patient();
    loop {
        match project(house).await {
            Ok(()) => waits = crate::backoff::patient(), // Those that lagged behind have caught up.
            Err(Setback::Fatal(error)) => return error,
            Err(Setback::Apply(ApplyError::Fenced { .. })) => {
                tracing::info!("projector: the checkpoint was moved; going on from there");
                sleep(SOON).await;
            }
            Err(setback) => {
                tracing::warn!(error = &setback as &dyn std::error::Error, "projector: starting over");
                sleep(waits.next().unwrap_or(SOON)).await;
            }
        }
    }
}

/// Lets those that lag most catch up with the next ones; for ever, when all stand together.
async fn project(house: &House) -> Result<(), Setback> {
    let all = projections::all();
    let standings = projections::begin(&house.pool, &all, house.journal().epoch()).await;
    let standings = standings.map_err(Setback::Checkpoints)?;
    for standing in &standings {
        match agrees(house, standing.at, standing.digest.as_deref()).await {
            Ok(()) => {}
            Err(error @ CompareError::Rewound(_)) => return Err(ProjectorError::AnotherLog(error).into()),
            Err(error) => return Err(Setback::Away(error)),
        }
    }
    house.progress.read().await.map_err(Setback::Checkpoints)?;
    let mut standings = standings.into_iter();
    let Some(last) = standings.next() else {
        // All rows are of other versions: what is old is being built anew.
        sleep(SOON).await;
        return Ok(());
    };
    follow(house, last, standings.next().map(|next| next.at)).await
}

/// Holds the log against what rows have seen of it.
pub(super) async fn agrees(house: &House, at: Position, digest: Option<&str>) -> Result<(), CompareError> {
    match digest {
        Some(digest) => house.journal().compare_commit(at, digest).await,
        None => house.journal().compare(at).await,
    }
}

async fn follow(house: &House, mut standing: Standing, until: Option<Position>) -> Result<(), Setback> {
    let mut batches = Batches::of(house.journal().follow(standing.at.sequence));
    let gather = || async {
        // Either way it is time.
        drop(timeout(GATHER, house.progress.awaited()).await);
    };
    while until.is_none_or(|until| standing.at.sequence < until.sequence) {
        let batch = batches.gather(gather()).await.ok_or(Setback::Ended)?;
        for stretch in stretches(batch, until) {
            let Standing { at, projections, .. } = &standing;
            standing.at = apply(house, Site::House, projections, *at, stretch).await?;
            house.progress.moved(standing.at, &standing.projections).await;
        }
    }
    Ok(())
}
