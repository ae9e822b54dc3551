//! The edge: where ids, time and dice come into the house.
//!
//! Decisions are pure (law 2), so whatever is not in the log is made up here, once, and travels in the command. These
//! are the only functions that ask the clock or throw a die.
#![expect(clippy::disallowed_methods, reason = "this is the one place that stamps")]

use domain::Id;
use rand::{Rng, RngExt as _};
use time::OffsetDateTime;
use uuid::Uuid;

/// A new id; later ones sort behind earlier ones.
pub fn id<Kind>() -> Id<Kind> {
    Id::new(Uuid::now_v7())
}

/// The time, in UTC.
pub fn now() -> OffsetDateTime {
    OffsetDateTime::now_utc()
}

/// The dice of a reply.
pub fn dice() -> u64 {
    rand::rng().random()
}

/// The number of a run of a worker, or of an epoch of the log: never 0.
pub fn number() -> u32 {
    rand::rng().random_range(1..=u32::MAX)
}

/// Bytes that nobody can guess.
pub fn secret<const LENGTH: usize>() -> [u8; LENGTH] {
    let mut bytes = [0; LENGTH];
    rand::rng().fill_bytes(&mut bytes);
    bytes
}
