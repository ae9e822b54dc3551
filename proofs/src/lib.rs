//! Proof that a log is the one that was signed.
//!
//! A library on its own: it knows neither NATS nor what the house is about, so that somebody who trusts neither can check
//! a log with it, or write the same anew from `docs/verify.md`.
//!
//! - [`Message`] is one message of the log; its [leaf](Message::leaf) binds all that we wrote of it.
//! - [`Range`] is an RFC 6962 tree that grows leaf by leaf and keeps no more than its frontier.
//! - [`Signer`] and [`Key`] sign and open [`Checkpoint`]s, in the form of C2SP's signed notes.
//! - [`Inclusion`] and [`Consistency`] prove a message, and that one tree is the beginning of another.
//! - [`Verifier`] reads a log and says the first thing that is wrong with it.
//!
//! What it cannot see: a message that was written after the last checkpoint and is rewritten, as the last of its aggregate,
//! before the next. So checkpoints are signed often, and kept where whoever can write to the log cannot.
#![warn(missing_docs)]

mod checkpoint;
mod line;
mod message;
mod prove;
mod range;
mod verify;

pub use checkpoint::{Checkpoint, CheckpointError, Key, KeyError, Signer, notes};
pub use line::{LineError, of_line, to_line};
pub use message::{HEADERS, Message};
pub use prove::{Consistency, Inclusion, ProofError, Prover};
pub use range::{Hash, Node, Range, RangeError};
pub use verify::{Fault, Report, Verifier, Was};
