//! The keys under which people's words are sealed in the log: random ones, a few for each person, in a database of their
//! own, wrapped under a master key that is not in it.
//!
//! They are kept at hand for a few minutes, so that a database that is away for a moment is not missed, and wiped from
//! memory then. What was destroyed leaves a tombstone: nobody gets a key again who was forgotten.

mod cache;
mod care;
mod database;
mod master;
mod ring;

pub use master::{Master, MasterError};
pub use ring::Ring;

/// Why the keys cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    /// Their database is not there.
    #[error(
        "cannot open the database of keys; may this user create it? If not, create it and name it in INNKEEPER_KEYS_URL"
    )]
    Database(#[source] sqlx::Error),
    /// Their tables cannot be made.
    #[error("cannot bring the tables of keys up to date")]
    Migrate(#[source] sqlx::migrate::MigrateError),
    /// They are wrapped under a master key that is not there.
    #[error(transparent)]
    Master(#[from] MasterError),
}
