//! `innkeeper import`: what people have elsewhere is brought into a house, whole folders of it.
//!
//! It speaks HTTP to a house that is open, like any other client, and keeps nothing of its own: every request is named
//! after the file that it carries, so whoever runs it again, also after it was killed half-way, brings nothing in twice.
//! Characters go first, then lorebooks, then the chats that were held with them, for each needs what goes before it.

mod carry;
mod door;
mod find;
mod home;
mod luggage;
mod tally;

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use indicatif::{ProgressBar, ProgressStyle};

use crate::{cli::ImportArguments, secret::Secret};
use carry::Porter;
use door::Door;
use tally::Tally;

/// How it went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing was refused.
    Whole,
    /// Something was refused; the text says what, and why.
    Partial,
}

/// Why nothing was brought in.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// There is no house to bring it to.
    #[error("no house is open on {}: start one with `innkeeper --data {}`, or name one with --to URL", .0.display(), .0.display())]
    NoHouse(PathBuf),
    /// The house does not answer.
    #[error("the house at {url} does not answer; is it open? `innkeeper` opens one")]
    Unreachable {
        /// Where it should be.
        url: String,
        /// Why not.
        source: reqwest::Error,
    },
    /// It answers, and not as a house does.
    #[error("what answers at {url} is no house, or not ready: it says {status}")]
    NoInnkeeper {
        /// Where.
        url: String,
        /// With which status.
        status: u16,
    },
    /// The key opens nothing.
    #[error("the house does not know this key; `innkeeper key create --user NAME` makes one")]
    KeyRefused,
    /// A house elsewhere is not shown the key of the house here.
    #[error(
        "--to names a house that may be somebody else's: name the key for it with --key-file FILE or --key KEY"
    )]
    NoKey,
    /// The key's file cannot be read.
    #[error("cannot read the key in {}", path.display())]
    KeyFile {
        /// Which file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The address is none.
    #[error("{0} is no address of a house; write it like http://127.0.0.1:4665")]
    BadAddress(String),
    /// More than anybody has.
    #[error("there are more than {0} files; bring them in by parts")]
    TooManyFiles(usize),
    /// The HTTP client cannot be built.
    #[error("cannot build the HTTP client")]
    Client(#[source] reqwest::Error),
}

/// Brings in what the command line names; answers what is to be printed.
pub async fn run(arguments: &ImportArguments, data: &Path) -> Result<(String, Outcome), ImportError> {
    let door = if arguments.dry_run { None } else { Some(open(arguments, data).await?) };
    let luggage = find::gather(&arguments.paths)?;
    let tally = Tally::new(bar(luggage.count()));
    Porter::new(door.as_ref(), &luggage, &tally).carry_all().await;
    let report = tally.finish();
    let outcome = if report.is_whole() { Outcome::Whole } else { Outcome::Partial };
    Ok((if arguments.json { report.lines() } else { report.table() }, outcome))
}

/// The door of the house, with the key in hand.
async fn open(arguments: &ImportArguments, data: &Path) -> Result<Door, ImportError> {
    let address = match &arguments.to {
        Some(url) => url.clone(),
        None => match fs::read_to_string(data.join("run/address")) {
            Ok(address) => address,
            Err(_) => return Err(ImportError::NoHouse(data.to_owned())),
        },
    };
    Door::open(&address, key(arguments, data)?).await
}

fn key(arguments: &ImportArguments, data: &Path) -> Result<Secret, ImportError> {
    let file = match (&arguments.key, &arguments.key_file, &arguments.to) {
        (Some(key), ..) => return Ok(Secret::new(key.trim())),
        (None, Some(file), _) => file.clone(),
        (None, None, None) => data.join("owner.key"),
        (None, None, Some(_)) => return Err(ImportError::NoKey),
    };
    let text = fs::read_to_string(&file).map_err(|source| ImportError::KeyFile { path: file, source })?;
    Ok(Secret::new(text.trim()))
}

/// Drawn on a terminal only.
fn bar(count: usize) -> ProgressBar {
    let bar = ProgressBar::new(u64::try_from(count).unwrap_or(u64::MAX));
    if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos}/{len} {wide_msg}") {
        bar.set_style(style);
    }
    bar
}
