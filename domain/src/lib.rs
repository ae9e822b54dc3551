//! The rules of the house: aggregates, their commands, and the events that they decide.
//!
//! Everything here is pure and synchronous, so that a rule can be read, tested and replayed without a clock, a
//! network or a die: whatever a decision needs to know is in the command or in the state, put there by the edge.
//!
//! - [`Aggregate`] folds events into the state that decisions need.
//! - [`Command`] decides, from that state, which events happen, or says no with a typed rejection.
//! - [`Private`] marks the fields of an event that are somebody's words.
//! - [`commit`] is the form in which the events of one decision travel together.
#![warn(missing_docs)]

mod aggregate;
pub mod audit;
pub mod bounds;
pub mod character;
pub mod commit;
pub mod conversation;
mod event;
mod id;
pub mod lorebook;
pub mod persona;
pub mod private;
pub mod provider;
pub mod public;
#[cfg(any(test, feature = "spec"))]
pub mod samples;
pub mod user;

#[cfg(test)]
mod laws;
#[cfg(test)]
mod spec;

pub use aggregate::{Aggregate, Command, Fold, Rejection, When, Why};
pub use event::{Event, EventBody};
pub use id::Id;
pub use private::Private;

/// Which rules these are: another text for any other sources of state and folding (see `build.rs`). What was folded by
/// other rules is not to be relied on.
pub const RULES: &str = env!("DOMAIN_RULES");
