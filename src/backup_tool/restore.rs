//! `innkeeper restore`.

use std::path::{Path, PathBuf};

use serde_json::json;

use super::{BACKUP_KEY, ToolError, tick};
use crate::{
    audit::{
        trail::{self, Look},
        verify::{self, Stretch},
    },
    backup::{self, BackupError, Unlock, keys, restore::Restored},
    cli::RestoreArguments,
    commit_bar,
    config::Config,
    erasure,
    house::House,
    start::{self, Ground, StartError},
};

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
    let bar = commit_bar::new();
    let read = backup::restore::check(&arguments.files, unlock, |step| tick(&bar, step)).await;
    bar.finish_and_clear();
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
    let bar = commit_bar::new();
    let files: &[PathBuf] = &arguments.files;
    let read =
        backup::restore::restore(&nats, &config.nats.prefix, files, unlock, |step| tick(&bar, step)).await;
    bar.finish_and_clear();
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
    restored: &Restored,
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
    let bar = commit_bar::new();
    let verified = verify::verify(house, Stretch::default(), |at, of| commit_bar::tick(&bar, at, of)).await;
    bar.finish_and_clear();
    verified?;
    let erased = erasure::ledger::apply(house).await?;
    trail::of_operator(house, Look::at_all("restore")).await?;
    Ok(erased)
}
