//! Taking the house away in files, and bringing it back.
//!
//! An archive holds a stretch of the log as it is stored, sealed, and the files that are not in the log; it is locked with
//! age and vouched for by a signed checkpoint, whose root is worked out again from every byte that comes back. The keys to
//! people's words are a file apart, so that nobody who finds one of the two can read anything.
//!
//! - [`archive`] is the form, [`manifest`] what it says of itself, [`lock`] who can open it;
//! - [`save`] writes one, [`restore`] reads several in order, into a log that stays shut until all is proved;
//! - [`keys`] is the file apart.
//!
//! Who was erased since is erased again before a restored house opens: `erasure::ledger`, which is in no backup.

pub mod archive;
pub mod keys;
pub mod lock;
pub mod manifest;
pub mod restore;
pub mod save;

use std::path::{Path, PathBuf};

use crate::audit::AuditError;

pub use lock::{Lock, Unlock};

/// Why nothing was saved, or nothing is restored.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// A file is in the way.
    #[error("{} is there already; name another file", path.display())]
    Exists {
        /// Which one.
        path: PathBuf,
    },
    /// A file cannot be used.
    #[error("cannot use {}", path.display())]
    File {
        /// Which one.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// A text is no recipient.
    #[error("`{text}` is no age recipient: it begins with age1")]
    Recipient {
        /// What was written.
        text: String,
    },
    /// There is no identity in a file.
    #[error("{} holds no age identity (AGE-SECRET-KEY-1…)", path.display())]
    Identity {
        /// Which one.
        path: PathBuf,
    },
    /// The backup key cannot be kept.
    #[error("the backup key cannot be made")]
    OwnKey(#[source] Box<crate::start::StartError>),
    /// It cannot be locked.
    #[error("the archive cannot be locked: {0}")]
    Lock(String),
    /// It does not open.
    #[error("{} does not open: {why}; name the identity that fits with --identity FILE", path.display())]
    Shut {
        /// Which one.
        path: PathBuf,
        /// What age says.
        why: String,
    },
    /// It opens, and makes no sense.
    #[error("the archive is malformed: {why}")]
    Malformed {
        /// What is wrong with it.
        why: String,
    },
    /// It was written by another version.
    #[error("the archive has the form {form}, which this version does not know")]
    OtherForm {
        /// Which one.
        form: String,
    },
    /// The archives do not follow each other.
    #[error(
        "{} goes on after commit {after}, and what was given before it ends at {at}: give the archives in order, from the one that begins at the first commit",
        path.display()
    )]
    NotNext {
        /// Which one.
        path: PathBuf,
        /// Where it begins.
        after: u64,
        /// Where the others end.
        at: u64,
    },
    /// The archives are of two logs, or of a log under another name.
    #[error("{} is of another log: {found}, not {wanted}", path.display())]
    OtherLog {
        /// Which one.
        path: PathBuf,
        /// What it is of.
        found: String,
        /// What the others are of, or what this house is called.
        wanted: String,
    },
    /// What came back is not what was saved.
    #[error("{} is not what was signed: its root is {found}, and {signed} was signed", path.display())]
    OtherRoot {
        /// Which one.
        path: PathBuf,
        /// What was worked out.
        found: String,
        /// What was signed.
        signed: String,
    },
    /// The log has no such commit yet.
    #[error("the log ends at {last}: there is nothing after {after} to save")]
    NothingAfter {
        /// What was asked for.
        after: u64,
        /// Where the log ends.
        last: u64,
    },
    /// The log is not what was signed, or cannot be read.
    #[error(transparent)]
    Audit(#[from] AuditError),
    /// A line of the log is none.
    #[error("a line of the log is none")]
    Line(#[from] proofs::LineError),
    /// The log is not whole.
    #[error(transparent)]
    Fault(#[from] proofs::Fault),
    /// The log cannot be filled.
    #[error(transparent)]
    Refill(#[from] nats::RefillError),
    /// The files cannot be read or put back.
    #[error(transparent)]
    Objects(#[from] nats::ObjectError),
    /// The log cannot be read.
    #[error(transparent)]
    Load(#[from] nats::LoadError),
    /// The keys cannot be read or put back.
    #[error("the database of keys cannot be used")]
    Keys(#[source] sqlx::Error),
}

impl BackupError {
    fn file(path: &Path, source: std::io::Error) -> Self {
        Self::File { path: path.to_owned(), source }
    }

    fn malformed(why: &str) -> Self {
        Self::Malformed { why: why.to_owned() }
    }

    fn shut(path: &Path, source: &age::DecryptError) -> Self {
        Self::Shut { path: path.to_owned(), why: source.to_string() }
    }
}

/// How far it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// At this commit, of so many.
    Commit(u64, u64),
    /// At this file.
    File(u64),
}
