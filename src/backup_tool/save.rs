//! `innkeeper backup`.

use domain::commit::Position;
use serde_json::json;

use super::{BACKUP_KEY, ToolError, tick};
use crate::{
    audit::trail::{self, Look},
    backup::{self, Lock, keys},
    cli::BackupArguments,
    commit_bar,
    config::Config,
    house::{House, Workers},
    start::{self, Ground},
};

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
    let bar = commit_bar::new();
    let saved = backup::save::save(house, &arguments.file, after, &lock, |step| tick(&bar, step)).await;
    bar.finish_and_clear();
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
