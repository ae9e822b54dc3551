//! What happened, made readable: events and a transaction in, rows out, and the queries of the same tables beside them.
//!
//! Rows are written here only, in the transaction that also moves the checkpoint (law 4), so that a commit takes effect
//! once however often it is delivered and however many projectors run. Every table follows from the log and can be
//! dropped and built again.
//!
//! - [`all`] names the projections; each has its own file, `apply` above, queries below.
//! - [`apply_batch`] applies many commits in one transaction; what cannot be applied is parked with its aggregate.
//! - [`checkpoint`] tells how far the rows are, [`page`] how lists are read.
//! - [`build`] builds a projection anew beside the one that serves, [`retry`] tries again what was parked.
//!
//! A projection reads no table but its own, because another one may be further, behind, or built anew. The four tables
//! of a conversation need each other (an event that ends a reply names neither its message nor its owner), so they are
//! one projection in four files: `conversations`, `transcripts`, `replies`, `character_interactions`. It is the one that
//! much happens to, so it works on a desk: see `desk.rs`.
//!
//! An event that only a newer version of the house knows is passed over: that version raises the version of the
//! projections that need it, and so builds them again.
//!
//! This crate knows nothing of NATS: whoever reads the log hands over [`Recorded`] commits.

mod apply;
pub mod build;
pub mod character_interactions;
pub mod characters;
pub mod checkpoint;
pub mod conversations;
mod desk;
mod erased;
pub mod lorebooks;
mod moment;
pub mod page;
pub mod parked;
pub mod past;
pub mod personas;
mod poison;
pub mod prints;
pub mod replies;
pub mod retry;
mod sql;
pub mod transcripts;
pub mod users;

use std::{fmt, pin::Pin};

pub use apply::{
    Applied, ApplyError, CHANNEL, News, Site, Unreadable, apply_at, apply_batch, park_unreadable,
};
pub use checkpoint::{Checkpoint, Standing, begin, checkpoints, outdated, progress, seen};
use domain::commit::{Kind, Recorded};
pub use parked::Parked;
use sqlx::{PgConnection, PgPool, migrate::MigrateError};

/// Every projection of the house, in the order in which they are applied.
pub fn all() -> Vec<Projection> {
    vec![
        users::PROJECTION,
        characters::PROJECTION,
        conversations::PROJECTION,
        lorebooks::PROJECTION,
        personas::PROJECTION,
    ]
}

/// Brings the tables up to date.
pub async fn migrate(pool: &PgPool) -> Result<(), MigrateError> {
    sqlx::migrate!("../migrations").run(pool).await
}

/// The future of an application.
pub type Applying<'a> = Pin<Box<dyn Future<Output = Result<(), sqlx::Error>> + Send + 'a>>;

/// How events of certain aggregates become rows.
#[derive(Clone, Copy)]
pub struct Projection {
    /// Its name: what a person sees.
    pub name: &'static str,
    /// The version of its rules. A new one is built beside the old one, from the beginning of the log.
    pub version: i32,
    /// The kinds of aggregate whose commits it reads.
    pub reads: &'static [Kind],
    /// Its tables. Nobody else writes them, so they can be built anew beside themselves.
    pub tables: &'static [&'static str],
    /// The statements that remove what it has of a person (`$1`), who was erased.
    pub forget: &'static [&'static str],
    /// What it does with commits, which come in the order of the log. One that is already in the rows changes nothing.
    pub apply: for<'a> fn(&'a [&'a Recorded], &'a mut PgConnection) -> Applying<'a>,
}

impl fmt::Debug for Projection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} v{}", self.name, self.version)
    }
}
