//! `innkeeper backup` and `innkeeper restore`: taking the house away in files, and bringing it back.
//!
//! Results go to stdout, progress to stderr. Both leave a line in the audit trail: a backup before it reads anything, a
//! restore before the log may be opened by anybody else.

mod restore;
mod save;

use domain::audit::ConsultHistoryRejected;
use indicatif::ProgressBar;

use crate::{
    audit::AuditError,
    backup::{BackupError, Step},
    commit_bar, erasure,
    execute::ExecuteError,
    start::StartError,
};

pub use restore::restore;
pub use save::back_up;

/// The house's own backup key, in the data folder.
const BACKUP_KEY: &str = "backup.key";

/// Why it was not done.
#[derive(Debug, thiserror::Error)]
pub enum ToolError {
    /// There is no house.
    #[error(transparent)]
    Start(#[from] StartError),
    /// Nothing was saved, or the log stays shut.
    #[error(transparent)]
    Backup(#[from] BackupError),
    /// What came back is not whole.
    #[error(transparent)]
    Audit(#[from] AuditError),
    /// Who was erased cannot be erased again.
    #[error(transparent)]
    Ledger(#[from] erasure::ledger::LedgerError),
    /// It could not be recorded, and so was not done.
    #[error("it could not be recorded in the audit trail")]
    Trail(#[from] ExecuteError<ConsultHistoryRejected>),
    /// The text is no position.
    #[error("`{text}` is no position of this log: it looks like 5f0c2a11-1042, or 1042")]
    Position {
        /// What was written.
        text: String,
    },
    /// The archives were signed by another house, as far as this one knows.
    #[error(
        "the archives were signed by a key that this house does not know, {key}: put the audit.key of then into the data folder, or name this one in audit.former_keys, and run it again"
    )]
    OtherSigner {
        /// The key.
        key: String,
    },
    /// Nobody could read what was said in this house.
    #[error("there are no keys to people's words here: give the file that was saved with --keys FILE")]
    NoKeys,
}

fn tick(bar: &ProgressBar, step: Step) {
    match step {
        Step::Commit(at, of) => commit_bar::tick(bar, at, of),
        Step::File(count) => bar.set_message(format!("and {count} files")),
    }
}
