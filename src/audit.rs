//! The proof that history is what it was: signed checkpoints over the log, its verification, proofs of single commits,
//! and the very prompt behind a reply.
//!
//! Everything here reads messages as they are stored, sealed; only [`prompt`] opens them. The arithmetic is the crate
//! `proofs`, which somebody who trusts nothing of ours can take alone, or write anew from `docs/verify.md`.
//!
//! - [`notary`] signs, [`shelves`] keeps what was signed in three places;
//! - [`verify`] reads the log and says the first thing that is wrong, [`offline`] does so without any server;
//! - [`prove`] proves that a commit is in the signed tree, [`export`] lets the log out, line by line;
//! - [`trail`] records who has looked.

pub mod export;
pub mod notary;
pub mod offline;
pub mod prompt;
pub mod prove;
pub mod shelves;
pub mod trail;
pub mod verify;

use nats::{ReplayError, Stored};
use proofs::{CheckpointError, Fault, HEADERS, Message};

pub use notary::Notary;

/// Why there is no answer, or what is wrong.
#[derive(Debug, thiserror::Error)]
pub enum AuditError {
    /// The log is not what was signed.
    #[error(transparent)]
    Fault(#[from] Fault),
    /// A checkpoint cannot be believed.
    #[error("a checkpoint in {place} cannot be believed: {source}")]
    Checkpoint {
        /// Where it lies.
        place: String,
        /// Why not.
        source: CheckpointError,
    },
    /// The log was made anew meanwhile.
    #[error(transparent)]
    Rewound(#[from] nats::Rewound),
    /// The log cannot be read.
    #[error(transparent)]
    Load(#[from] nats::LoadError),
    /// The stream of checkpoints cannot be used.
    #[error(transparent)]
    Stream(#[from] nats::CheckpointsError),
    /// The table of checkpoints cannot be used.
    #[error("the table of signed checkpoints cannot be used")]
    Table(#[source] sqlx::Error),
    /// A file cannot be used.
    #[error("cannot use {}", path.display())]
    File {
        /// Which one.
        path: std::path::PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// Nothing was signed yet.
    #[error("no checkpoint was signed yet: `innkeeper audit checkpoint` signs one")]
    NothingSigned,
    /// There is no proof.
    #[error(transparent)]
    Proof(#[from] proofs::ProofError),
    /// A line of an exported log is none.
    #[error("line {line} of the log: {source}")]
    Line {
        /// Which one, from 1.
        line: u64,
        /// What is wrong with it.
        source: proofs::LineError,
    },
    /// The key cannot be used.
    #[error(transparent)]
    Key(#[from] proofs::KeyError),
    /// The stretch ends before it begins.
    #[error("a stretch from commit {from} to commit {to} holds nothing")]
    Backwards {
        /// Its first commit.
        from: u64,
        /// Its last one.
        to: u64,
    },
    /// The position is of another log.
    #[error("{found} is no position of this log, whose life is {epoch}")]
    OtherEpoch {
        /// What was asked for.
        found: domain::commit::Position,
        /// In which life of the log we are.
        epoch: domain::commit::Epoch,
    },
}

impl AuditError {
    /// Whether this says that history was changed, and not that it could not be looked at.
    pub const fn is_finding(&self) -> bool {
        matches!(self, Self::Fault(_) | Self::Checkpoint { .. } | Self::Rewound(_))
    }

    /// A stable name, in kebab-case.
    pub const fn slug(&self) -> &'static str {
        match self {
            Self::Fault(fault) => fault.slug(),
            Self::Checkpoint { .. } => "checkpoint-not-signed",
            Self::Rewound(_) => "another-log",
            Self::Load(_) | Self::Stream(_) => "log-away",
            Self::Table(_) => "tables-away",
            Self::File { .. } => "file",
            Self::NothingSigned => "nothing-signed",
            Self::Proof(_) => "no-proof",
            Self::Line { .. } => "bad-line",
            Self::Key(_) => "bad-key",
            Self::Backwards { .. } => "backwards",
            Self::OtherEpoch { .. } => "another-epoch",
        }
    }
}

/// A message of the log, as proofs see it.
pub fn message(stored: &Stored) -> Message<'_> {
    Message {
        sequence: stored.sequence,
        subject: stored.subject.as_str().into(),
        headers: HEADERS.map(|name| stored.header(name).map(Into::into)),
        body: stored.body.as_ref().into(),
    }
}

/// What the store could not give, as a fault. `promised` is how far the log is known to reach.
fn of_replay(error: ReplayError, promised: u64) -> AuditError {
    match error {
        ReplayError::Missing { expected: sequence, found } => Fault::Missing { sequence, found }.into(),
        ReplayError::Damaged { sequence, source } => {
            Fault::Damaged { sequence, why: source.to_string() }.into()
        }
        ReplayError::Shorter { last } => Fault::Shorter { last, promised }.into(),
        ReplayError::Rewound(rewound) => rewound.into(),
        ReplayError::Unavailable(error) => error.into(),
    }
}
