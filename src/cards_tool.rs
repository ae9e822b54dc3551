//! `innkeeper cards`: card files looked at, converted and edited, without any server.
//!
//! What is printed for programs is one JSON line a file, and never changes its fields; what is printed for people may.

mod convert;
mod edit;
mod inspect;

use std::{
    fs::{self, File},
    io::{self, Read},
    path::{Path, PathBuf},
};

use cards::bounds;

use crate::cli::CardsCommand;
use convert::Losses;

/// Whether all files could be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// All of them.
    Whole,
    /// Not all of them; the text says which not, and why.
    Partial,
}

/// Does what the command line says; answers what is to be printed.
pub fn run(command: &CardsCommand) -> Result<(String, Outcome), CardsError> {
    match command {
        CardsCommand::Inspect { json, files } => Ok(look(files, *json)),
        CardsCommand::Convert { from, to, lossy } => {
            let losses = if *lossy { Losses::Accepted } else { Losses::Refused };
            let lost = convert::convert(from, to, losses)?;
            let told = if lost.is_empty() { String::new() } else { format!("lost on the way:\n{lost}") };
            Ok((told, Outcome::Whole))
        }
        CardsCommand::Edit { from, to, set, remove } => {
            edit::edit(from, to, set, remove)?;
            Ok((String::new(), Outcome::Whole))
        }
    }
}

fn look(files: &[PathBuf], json: bool) -> (String, Outcome) {
    let (mut text, mut outcome) = (String::new(), Outcome::Whole);
    for file in files {
        let report = inspect::inspect(file);
        text += &if json { report.line() } else { report.text() };
        if !report.is_ok() {
            outcome = Outcome::Partial;
        }
    }
    (text, outcome)
}

/// Why a file was not looked at, converted or edited.
#[derive(Debug, thiserror::Error)]
pub enum CardsError {
    /// It cannot be read.
    #[error("cannot read {path}: {reason}")]
    Unreadable {
        /// Which file.
        path: String,
        /// Why not, in the system's words.
        reason: io::Error,
    },
    /// It cannot be written.
    #[error("cannot write {path}: {reason}")]
    Unwritable {
        /// Which file.
        path: String,
        /// Why not, in the system's words.
        reason: io::Error,
    },
    /// It is no card.
    #[error(transparent)]
    Refused(#[from] cards::Refusal),
    /// It was not edited.
    #[error(transparent)]
    NotEdited(#[from] cards::EditRefused),
    /// The new file's name does not say what it shall be.
    #[error("{0} does not say what to write: end its name in .png, .json or .charx")]
    UnknownTarget(String),
    /// The new file's name says that it shall be something else than the card is.
    #[error(
        "{0} is called like another kind of file than the card is: edit it as what it is, then convert it"
    )]
    OtherKind(String),
    /// Something would be lost.
    #[error("nothing was written, because this would be lost (--lossy writes it all the same):\n{0}")]
    WouldLose(String),
    /// The assignment has no `=`.
    #[error("{0} assigns nothing; write it like --set data.name=\"Mira\"")]
    NoAssignment(String),
}

impl CardsError {
    /// The error's stable spelling, for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unreadable { .. } => "unreadable-file",
            Self::Unwritable { .. } => "unwritable-file",
            Self::Refused(refusal) => refusal.code(),
            Self::NotEdited(refused) => refused.code(),
            Self::UnknownTarget(_) => "unknown-target",
            Self::OtherKind(_) => "other-target",
            Self::WouldLose(_) => "would-lose",
            Self::NoAssignment(_) => "no-assignment",
        }
    }
}

/// The bytes of a file, which are no more than a card may have.
fn read(path: &Path) -> Result<Vec<u8>, CardsError> {
    let unreadable = |reason| CardsError::Unreadable { path: path.display().to_string(), reason };
    let mut bytes = vec![];
    let limit = bounds::FILE_BYTES as u64 + 1;
    File::open(path).map_err(unreadable)?.take(limit).read_to_end(&mut bytes).map_err(unreadable)?;
    Ok(bytes)
}

/// Writes a file whole or not at all: whoever stops us half-way finds the old one.
fn write(path: &Path, bytes: &[u8]) -> Result<(), CardsError> {
    let unwritable = |reason| CardsError::Unwritable { path: path.display().to_string(), reason };
    let mut name = path.as_os_str().to_owned();
    name.push(".part");
    fs::write(&name, bytes).and_then(|()| fs::rename(&name, path)).map_err(|reason| {
        drop(fs::remove_file(&name));
        unwritable(reason)
    })
}
