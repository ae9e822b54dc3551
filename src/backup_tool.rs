//! `innkeeper backup` and `innkeeper restore`: taking the house away in files, and bringing it back.
//!
//! Results go to stdout, progress to stderr. Both leave a line in the audit trail: a backup before it reads anything, a
//! restore before the log may be opened by anybody else.

use std::{
    io::IsTerminal,
    path::{Path, PathBuf},
};

use domain::{audit::ConsultHistoryRejected, commit::Position};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;

use crate::{
    audit::{
        AuditError,
        trail::{self, Look},
        verify::{self, Stretch},
    },
    backup::{BackupError, Lock, Step, Unlock, keys, restore, save},
    cli::{BackupArguments, RestoreArguments},
    config::Config,
    erasure,
    execute::ExecuteError,
    house::{House, Workers},
    start::{self, Ground, StartError},
};

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

/// Saves the house; answers what is to be printed.
pub async fn back_up(arguments: &BackupArguments, config: Config) -> Result<String, ToolError> {
    let ground = Ground::borrow(&config).await?;
    let done = match start::open(&ground, config, Workers::Elsewhere).await {
        Ok(house) => save_all(&house, arguments).await,
        Err(error) => Err(error.into()),
    };
    ground.clear().await;
    done
}

async fn save_all(house: &House, arguments: &BackupArguments) -> Result<String, ToolError> {
    let after = since(house, arguments.since.as_deref())?;
    let (lock, note) = lock(&house.config, arguments)?;
    trail::of_operator(house, Look::at_all("backup").within((after > 0).then_some(after + 1), None)).await?;
    let bar = Bar::new();
    let saved = save::save(house, &arguments.file, after, &lock, |step| bar.tick(step)).await;
    bar.end();
    let saved = saved?;
    let people = match &arguments.keys {
        Some(file) => Some(keys::save(&house.keys, file, &lock).await?),
        None => None,
    };
    if arguments.json {
        return Ok(json!({ "archive": saved, "people": people }).to_string() + "\n");
    }
    let mut said = format!(
        "saved commits {} to {} and {} files to {}\n  root         {}\n  next time    innkeeper backup FILE --since {}\n",
        saved.after + 1,
        saved.until,
        saved.files,
        arguments.file.display(),
        saved.root,
        saved.until,
    );
    match (&arguments.keys, people) {
        (Some(file), Some(people)) => {
            said += &format!("saved the keys (people: {people}) to {}; keep it elsewhere\n", file.display());
        }
        _ => said += "the keys to people's words are not in it; --keys FILE saves them\n",
    }
    Ok(said + &note)
}

fn since(house: &House, text: Option<&str>) -> Result<u64, ToolError> {
    let Some(text) = text else { return Ok(0) };
    if let Ok(sequence) = text.parse() {
        return Ok(sequence);
    }
    match text.parse::<Position>() {
        Ok(position) if position.epoch == house.journal().epoch() => Ok(position.sequence),
        _ => Err(ToolError::Position { text: text.to_owned() }),
    }
}

/// Who can open it, and what there is to say about that.
fn lock(config: &Config, arguments: &BackupArguments) -> Result<(Lock, String), ToolError> {
    let named = if arguments.recipient.is_empty() { &config.backup.recipients } else { &arguments.recipient };
    if !named.is_empty() {
        return Ok((Lock::to(named)?, String::new()));
    }
    let path = config.data.join(BACKUP_KEY);
    let (lock, was_made) = Lock::to_own(&path)?;
    let made = if was_made { ", which was made now" } else { "" };
    let note = format!(
        "it opens with {}{made}: keep copies of it, master.key, audit.key, secrets.key and erased.ledger elsewhere\n",
        path.display()
    );
    Ok((lock, note))
}

/// Brings the house back, or only looks whether it could be; answers what is to be printed.
pub async fn restore(arguments: &RestoreArguments, config: Config) -> Result<String, ToolError> {
    let identity = arguments.identity.clone().unwrap_or_else(|| config.data.join(BACKUP_KEY));
    let unlock = Unlock::with(&identity)?;
    if arguments.check {
        return check(arguments, &unlock).await;
    }
    let ground = Ground::borrow(&config).await?;
    let done = bring_back(&ground, arguments, config, &unlock).await;
    ground.clear().await;
    done
}

async fn check(arguments: &RestoreArguments, unlock: &Unlock) -> Result<String, ToolError> {
    let bar = Bar::new();
    let read = restore::check(&arguments.files, unlock, |step| bar.tick(step)).await;
    bar.end();
    let read = read?;
    let people = read_keys(arguments.keys.as_deref(), unlock)?;
    if arguments.json {
        return Ok(json!({ "whole": true, "archive": read, "people": people }).to_string() + "\n");
    }
    let keys = people.map(|people| format!(", and the keys of {people} people")).unwrap_or_default();
    Ok(format!(
        "the archives are whole: {} commits, {} files{keys}\n  root         {}\n",
        read.commits, read.files, read.root
    ))
}

fn read_keys(file: Option<&Path>, unlock: &Unlock) -> Result<Option<usize>, BackupError> {
    file.map(|file| keys::read(file, unlock).map(|copies| copies.len())).transpose()
}

async fn bring_back(
    ground: &Ground,
    arguments: &RestoreArguments,
    config: Config,
    unlock: &Unlock,
) -> Result<String, ToolError> {
    // A file that does not open is told before anything is done.
    read_keys(arguments.keys.as_deref(), unlock)?;
    let nats = start::connect(ground, &config).await?;
    let bar = Bar::new();
    let files: &[PathBuf] = &arguments.files;
    let read = restore::restore(&nats, &config.nats.prefix, files, unlock, |step| bar.tick(step)).await;
    bar.end();
    let (restored, refill) = read?;
    let house = start::open_refilling(ground, config).await?;
    let erased = prove(&house, arguments, &restored, unlock).await;
    let erased = match erased {
        Ok(erased) => refill.finish().await.map_err(BackupError::from).map(|()| erased)?,
        Err(error) => {
            house.close().await;
            return Err(error);
        }
    };
    house.close().await;
    if arguments.json {
        return Ok(json!({ "restored": restored, "erased_again": erased }).to_string() + "\n");
    }
    Ok(format!(
        "brought back {} commits and {} files, proved by their root\n  root         {}\n  erased again {erased}\nthe read models are made of it when the house opens; over tables of another time, run `innkeeper projections rebuild all`\n",
        restored.commits, restored.files, restored.root
    ))
}

/// All that has to be so before the log may be opened.
async fn prove(
    house: &House,
    arguments: &RestoreArguments,
    restored: &restore::Restored,
    unlock: &Unlock,
) -> Result<usize, ToolError> {
    if let Some(file) = &arguments.keys {
        keys::restore(&house.keys, file, unlock).await?;
    }
    house.keys.fits().await.map_err(StartError::from)?;
    if house.keys.is_empty().await.map_err(BackupError::Keys)? {
        return Err(ToolError::NoKeys);
    }
    if !house.notary.trusts(&restored.kept.note) {
        return Err(ToolError::OtherSigner { key: restored.key.clone() });
    }
    house.notary.shelve(&restored.kept).await?;
    let bar = Bar::new();
    let verified = verify::verify(house, Stretch::default(), |at, of| bar.tick(Step::Commit(at, of))).await;
    bar.end();
    verified?;
    let erased = erasure::ledger::apply(house).await?;
    trail::of_operator(house, Look::at_all("restore")).await?;
    Ok(erased)
}

/// Drawn on a terminal only, and on stderr.
struct Bar(ProgressBar);

impl Bar {
    fn new() -> Self {
        if !std::io::stderr().is_terminal() {
            return Self(ProgressBar::hidden());
        }
        let bar = ProgressBar::new(0);
        if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos}/{len} commits, {eta} left {msg}") {
            bar.set_style(style);
        }
        Self(bar)
    }

    fn tick(&self, step: Step) {
        match step {
            Step::Commit(at, of) => {
                self.0.set_length(of);
                self.0.set_position(at);
            }
            Step::File(count) => self.0.set_message(format!("and {count} files")),
        }
    }

    fn end(&self) {
        self.0.finish_and_clear();
    }
}
