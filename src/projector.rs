//! The projector: reads the log from the checkpoints in Postgres and lets the projections apply it.
//!
//! Many commits make one transaction, which also moves the checkpoint, so that whatever is delivered twice, and
//! however many projectors run, every commit counts once. When another projector has moved the checkpoint, or a part
//! is away, it starts over from the checkpoint: nothing is kept here that matters.
//!
//! One of all projectors is at work, by a lease ([`Lease`]); the others stand by and take over within seconds. The lease
//! only saves work: what keeps two from writing the same is the checkpoint.
//!
//! - `live` keeps the rows that are read up to date;
//! - [`builds`] builds projections anew beside them, and switches;
//! - [`status`] tells how far all of them are, [`retry`] tries again what was parked.

mod batches;
pub mod builds;
mod lease;
mod live;
pub mod retry;
pub mod status;

use nats::{CompareError, FollowError};
use projections::ApplyError;
use tokio_util::sync::CancellationToken;

use crate::house::House;
pub use lease::{Lease, is_held};

/// Why the projector cannot go on: an operator has to look.
#[derive(Debug, thiserror::Error)]
pub enum ProjectorError {
    /// The log is not the one that the checkpoints saw.
    #[error(
        "the log does not agree with the rows, so nothing is projected over them: bring the right log back, or, if this \
         log is the right one, run `innkeeper projections rebuild all`"
    )]
    AnotherLog(#[source] CompareError),
    /// The log has a hole, or was rewound.
    #[error("the log is broken, so nothing is projected any further: bring back a copy of it that is whole")]
    Broken(#[source] FollowError),
    /// A hole was found between the checkpoint and the log.
    #[error("the log does not join the rows: run `innkeeper projections rebuild all`")]
    Disjoint(#[source] ApplyError),
}

/// Why it starts over.
#[derive(Debug, thiserror::Error)]
enum Setback {
    #[error("the checkpoints cannot be read")]
    Checkpoints(#[source] sqlx::Error),
    #[error("the commits cannot be applied")]
    Apply(#[source] ApplyError),
    #[error("the new rows cannot take over")]
    Switch(#[source] sqlx::Error),
    #[error("the log cannot be seen")]
    Away(#[source] CompareError),
    #[error("the log cannot be seen")]
    NoEnd(#[from] nats::LoadError),
    #[error("the log ended")]
    Ended,
    #[error(transparent)]
    Fatal(#[from] ProjectorError),
}

/// Projects until it is told to stop.
pub async fn run(house: House, stop: CancellationToken) -> Result<(), ProjectorError> {
    loop {
        let mut lease = tokio::select! {
            () = stop.cancelled() => return Ok(()),
            lease = Lease::wait(&house.pool) => lease,
        };
        tokio::select! {
            () = stop.cancelled() => return Ok(()),
            () = lease.lost() => tracing::warn!("projector: the database let go of us; standing by"),
            error = live::run(&house) => return Err(error),
            never = builds::run(&house) => match never {},
        }
    }
}
