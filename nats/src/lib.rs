//! The log and the wires: the only crate that speaks to NATS.
//!
//! Everything that is stored goes through the [`Journal`], one commit a message, guarded by the aggregate's last
//! sequence. Everything that may be lost ([`Tokens`]) travels on core NATS beside it. The rest of the house sees our own
//! types only, so that the client library can change without anyone else noticing.
//!
//! - [`connect`], [`ensure`] what is missing, [`check`] what is there: the way in.
//! - [`keys`] seal people's words in the log.
//! - [`Journal`] appends, loads and follows commits; [`Work`] hands them out to workers.
//! - with the feature `cqrs-es`, `CqrsStore` lets aggregates of that crate live on a journal.
//! - [`Journal::replay`] hands out messages as they are stored, and [`SignedCheckpoints`] keeps what was signed of them.
//! - [`Snapshots`] are folded state that was put aside, never the truth.
//! - [`Tokens`] and [`Objects`] carry what is not history: pieces of replies, and files by their digest.
#![warn(missing_docs)]

mod backoff;
mod checkpoints;
pub mod checks;
mod client;
pub mod codec;
mod direct;
mod journal;
pub mod keys;
mod objects;
mod snapshots;
mod subjects;
mod tap;
mod tokens;
mod topology;
mod trace;
mod work;

pub use checkpoints::{CheckpointsError, SignedCheckpoints};
pub use checks::{CheckError, Finding, SyncAlways, Tolerance, check};
pub use client::{ConnectError, Nats, NatsOptions, connect};
pub use journal::{
    AppendError, Appended, CompareError, FollowError, Journal, JournalOptions, LoadError, OpenError,
    ReplayError, Rewound, Seen, Stored,
};
#[cfg(feature = "cqrs-es")]
pub use journal::{CqrsContext, CqrsStore};
pub use objects::{MAX_OBJECT, ObjectError, Objects};
pub use snapshots::{Found, Sitter, SnapshotError, Snapshots, Unusable};
pub use subjects::{NotAPrefix, Prefix, Subjects};
pub use tokens::{TextSoFar, TokenError, TokenMessage, Tokens};
pub use topology::{TopologyError, ensure};
pub use trace::Trace;
pub use work::{Job, Work, WorkError, WorkOptions};

/// What went wrong underneath, in the words of the client library or the server.
pub type Cause = Box<dyn std::error::Error + Send + Sync>;
