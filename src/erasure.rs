//! Forgetting people: what happens once the log says that somebody was erased.
//!
//! Their keys are destroyed, so nothing of theirs in the log can be read again, by whoever, from whatever copy; their files
//! (what their browsers uploaded among them) and their snapshots are removed; and every process lets go of what it keeps
//! of them when its tail hears of it. Rows are the projector's.
//!
//! Whoever erases somebody does it at once. Should that process die before it is done, a durable consumer of the log does
//! it again: all of it may be done twice.

mod keepsakes;

use std::time::Duration;

use domain::{commit::Kind, user::UserId};
use futures_util::StreamExt;
pub use keepsakes::Keepsakes;
use nats::{Job, ObjectError, SnapshotError, Work, WorkOptions, keys::KeyError};
use tokio_util::sync::CancellationToken;

use crate::house::House;

/// The name of the consumer.
const DURABLE: &str = "erasure";
/// How long forgetting one person may take before another process tries: the files are looked at one by one.
const ACK_WAIT: Duration = Duration::from_secs(120);
/// Between attempts while something is away.
const AGAIN: Duration = Duration::from_secs(2);

/// Somebody is not forgotten yet.
#[derive(Debug, thiserror::Error)]
pub enum ErasureError {
    /// Their keys are still there.
    #[error("the keys of an erased user cannot be destroyed right now")]
    Keys(#[from] KeyError),
    /// Their files are, which nobody can open any more.
    #[error("the files of an erased user cannot be removed right now")]
    Objects(#[from] ObjectError),
    /// Their snapshots are, which nobody can open any more.
    #[error("the snapshots of an erased user cannot be removed right now")]
    Snapshots(#[from] SnapshotError),
}

/// Forgets a person whom the log calls erased.
pub async fn forget(house: &House, user: UserId) -> Result<(), ErasureError> {
    house.let_go(user);
    house.keys.destroy(user).await?;
    // Nothing new can be sealed for them from here on, so what is removed now is all that there is.
    let files = house.objects.remove_all(user).await?;
    house.executor.forget(user).await?;
    tracing::info!(user.id = %user, files, "a user was erased");
    Ok(())
}

/// Does so for everybody who is erased, until it is told to stop.
pub async fn run(house: House, stop: CancellationToken) {
    tokio::select! {
        () = stop.cancelled() => {}
        () = attend(&house) => {}
    }
}

async fn attend(house: &House) {
    let options = WorkOptions {
        durable: DURABLE.to_owned(),
        kinds: vec![Kind::User],
        ack_wait: ACK_WAIT,
        ..WorkOptions::default()
    };
    let work = loop {
        match Work::open(&house.nats, house.journal(), options.clone()).await {
            Ok(work) => break work,
            Err(error) => tracing::warn!(
                error = &error as &dyn std::error::Error,
                "erasure: the log is away; trying again"
            ),
        }
        tokio::time::sleep(AGAIN).await;
    };
    let mut jobs = work.jobs();
    while let Some(job) = jobs.next().await {
        if let Err(error) = answer(house, &job).await {
            tracing::debug!(error = &error as &dyn std::error::Error, "erasure: it will come again");
        }
    }
}

async fn answer(house: &House, job: &Job) -> Result<(), nats::WorkError> {
    let Some(user) = job.recorded.erases() else { return job.ack().await };
    match forget(house, user).await {
        Ok(()) => job.ack().await,
        Err(error) => {
            tracing::warn!(error = &error as &dyn std::error::Error, "erasure: trying again");
            job.retry_after(AGAIN).await
        }
    }
}
