//! `innkeeper webhooks`: adding, seeing and removing hooks, and trying again what was not delivered.

use std::fmt::Write;

use crate::{
    cli::WebhooksCommand,
    house::House,
    stamp,
    webhooks::{
        State,
        book::{self, BookError, Listed, Missed, NewHook, Retried},
    },
};

/// How it went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// As asked for.
    Whole,
    /// Something still waits.
    Partial,
}

/// Does what was asked for; answers what is to be printed.
pub async fn run(house: &House, command: WebhooksCommand) -> Result<(String, Outcome), BookError> {
    match command {
        WebhooksCommand::Add { url, types, character, since } => {
            let new = NewHook { url, types, character: character.map(domain::Id::new), since };
            let added = book::add(house, stamp::id(), new).await?;
            // The secret is shown only now, to whoever added the hook.
            let secret = added.key.map(|key| key.shown());
            let secret = secret.as_ref().map_or("", |secret| secret.expose());
            Ok((format!("{} {secret}\n", added.id), Outcome::Whole))
        }
        WebhooksCommand::List { json } => {
            let all = book::list(house).await?;
            let text = if json { lines(&all) } else { all.iter().map(row).collect() };
            Ok((text, Outcome::Whole))
        }
        WebhooksCommand::Remove { id } => {
            book::remove(house, domain::Id::new(id)).await?;
            Ok((String::new(), Outcome::Whole))
        }
        WebhooksCommand::Undelivered { id, json } => {
            let missed = book::undelivered(house, domain::Id::new(id)).await?;
            let text =
                if json { lines(&missed.items) } else { missed.items.iter().map(missed_row).collect() };
            Ok((text, Outcome::Whole))
        }
        WebhooksCommand::Retry { id } => retry(house, id).await,
    }
}

/// Goes on as long as anything is delivered.
async fn retry(house: &House, id: uuid::Uuid) -> Result<(String, Outcome), BookError> {
    let mut all = Retried::default();
    loop {
        let retried = book::retry(house, domain::Id::new(id)).await?;
        all = Retried { delivered: all.delivered + retried.delivered, ..retried };
        if retried.delivered == 0 || all.waiting == 0 {
            break;
        }
    }
    let mut text = format!("{} delivered, {} still wait", all.delivered, all.waiting);
    if let Some(reason) = &all.reason {
        // Writing to a text does not fail.
        let _ = write!(text, ": {reason}");
    }
    text.push('\n');
    Ok((text, if all.waiting == 0 { Outcome::Whole } else { Outcome::Partial }))
}

fn lines<T: serde::Serialize>(values: &[T]) -> String {
    // Texts as keys and no number that JSON lacks: there always is a line.
    values.iter().map(|value| serde_json::to_string(value).unwrap_or_default() + "\n").collect()
}

fn row(hook: &Listed) -> String {
    let state = match hook.state {
        State::Active => "active",
        State::Gone => "gone",
    };
    let types = if hook.types.is_empty() { "all".to_owned() } else { hook.types.join(",") };
    format!(
        "{}  {state}  {} ahead, {} under way, {} undelivered  {types}  {}\n",
        hook.id, hook.ahead, hook.under_way, hook.undelivered, hook.url
    )
}

fn missed_row(missed: &Missed) -> String {
    let text = |name: &str| missed.event[name].as_str().unwrap_or_default().to_owned();
    format!(
        "{}  {}  {}  {} attempts: {}\n",
        text("id"),
        text("time"),
        text("type"),
        missed.attempts,
        missed.reason
    )
}
