//! The book of webhooks: adding, listing and removing them, and trying again what was not delivered.
//!
//! None of it is a command of the log: a hook is a setting, and what it is told follows from the log anyway.

use std::time::Duration;

use domain::{character::CharacterId, public::described};
use nats::{Failed, HookError, KeptHook, MOST_HOOKS};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use tokio::time::Instant;
use utoipa::ToSchema;

use super::{
    Hook, State, TargetRejected, WebhookId, hooks,
    send::{Sender, Sent, message_id},
    signature::SigningKey,
    target,
};
use crate::{house::House, stamp, vault::VaultError};

/// How many types of events a hook names at most.
const MOST_TYPES: usize = 100;
/// How many of the undelivered are told, or tried, at once.
const PAGE: usize = 100;
/// How many failures, one behind the other, end a retry.
const ENOUGH: usize = 3;
/// How long a retry may take.
const LONG_ENOUGH: Duration = Duration::from_secs(60);

/// A webhook that is wanted.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewWebhook)]
pub struct NewHook {
    /// Where events are told to: https://host/path.
    #[schema(max_length = 2048)]
    pub url: String,
    /// Which types of events, such as `MessageSent`; all of them, if none is named.
    #[serde(default)]
    #[schema(max_items = 100)]
    pub types: Vec<String>,
    /// Only events that name this character.
    #[serde(default)]
    #[schema(value_type = Option<uuid::Uuid>)]
    pub character: Option<CharacterId>,
    /// From when on; from now on, without it. What the stream does not keep any more is not told.
    #[serde(default, with = "time::serde::rfc3339::option")]
    pub since: Option<OffsetDateTime>,
}

/// A webhook that was added.
#[derive(Debug)]
pub struct Added {
    /// Its id.
    pub id: WebhookId,
    /// What its signatures are made with; none, if it was there already.
    pub key: Option<SigningKey>,
}

/// A webhook, without its secret.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ListedWebhook)]
pub struct Listed {
    /// Its id.
    #[schema(value_type = uuid::Uuid)]
    pub id: WebhookId,
    /// Where events are told to.
    pub url: String,
    /// Which types of events; all of them, if none is named.
    pub types: Vec<String>,
    /// Only events that name this character.
    #[schema(value_type = Option<uuid::Uuid>)]
    pub character: Option<CharacterId>,
    /// From when on.
    #[serde(with = "time::serde::rfc3339")]
    pub since: OffsetDateTime,
    /// When it was added.
    #[serde(with = "time::serde::rfc3339")]
    pub added_at: OffsetDateTime,
    /// Whether it is told anything.
    pub state: State,
    /// How many events it has not heard of yet.
    pub ahead: u64,
    /// How many are being tried, or wait to be tried again.
    pub under_way: u64,
    /// How many were not delivered, however often it was tried.
    pub undelivered: u64,
}

/// An event that was not delivered.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = UndeliveredEvent)]
pub struct Missed {
    /// Its place among all that were not.
    pub sequence: u64,
    /// Why not, as a stable name.
    pub reason: String,
    /// How often it was tried.
    pub attempts: u32,
    /// The event, as its receiver would have got it.
    #[schema(value_type = Object)]
    pub event: serde_json::Value,
}

/// What was not delivered, oldest first.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = UndeliveredEvents)]
pub struct AllMissed {
    /// The oldest of them.
    pub items: Vec<Missed>,
    /// How many there are behind these.
    pub more: u64,
}

/// What came of trying again.
#[derive(Debug, Default, Serialize, ToSchema)]
#[schema(as = RetriedWebhook)]
pub struct Retried {
    /// How many were delivered now.
    pub delivered: u64,
    /// How many still wait.
    pub waiting: u64,
    /// Why the last one was not.
    pub reason: Option<String>,
}

/// Why it cannot be done.
#[derive(Debug, thiserror::Error)]
pub enum BookError {
    /// The hook cannot go there.
    #[error(transparent)]
    Target(#[from] TargetRejected),
    /// There is no such type of event.
    #[error("there is no event called {0}; `innkeeper events schema` lists them")]
    UnknownType(String),
    /// Too many are named.
    #[error("at most {MOST_TYPES} types of events")]
    TooManyTypes,
    /// There are too many hooks.
    #[error("there are {MOST_HOOKS} webhooks, and no more are kept")]
    Full,
    /// There is no such hook.
    #[error("there is no such webhook")]
    Missing,
    /// NATS does not do it.
    #[error(transparent)]
    Hooks(#[from] HookError),
    /// It cannot be sealed or opened.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// There is no HTTP client.
    #[error("the HTTP client cannot be built")]
    Client(#[from] reqwest::Error),
}

/// Adds a hook under this id. Adding it again changes nothing, and tells no secret.
pub async fn add(house: &House, id: WebhookId, new: NewHook) -> Result<Added, BookError> {
    let url = target::parse(&new.url, house.config.webhooks.reach())?;
    let types = checked(new.types)?;
    let (now, hooks) = (stamp::now(), hooks(house));
    hooks.ensure().await?;
    let kept = hooks.all().await?;
    if kept.iter().any(|kept| kept.id == id.uuid()) {
        return Ok(Added { id, key: None });
    }
    if kept.len() >= MOST_HOOKS {
        return Err(BookError::Full);
    }
    let hook = Hook {
        id,
        url,
        key: SigningKey::mint(),
        types,
        character: new.character,
        since: new.since.map_or(now, |since| since.clamp(OffsetDateTime::UNIX_EPOCH, now)),
        added_at: now,
        state: State::Active,
    };
    match hooks.put(id.uuid(), hook.sealed(&house.vault)?.into(), 0).await {
        Ok(()) => Ok(Added { id, key: Some(hook.key) }),
        Err(HookError::Overtaken) => Ok(Added { id, key: None }),
        Err(error) => Err(error.into()),
    }
}

fn checked(mut types: Vec<String>) -> Result<Vec<String>, BookError> {
    if types.len() > MOST_TYPES {
        return Err(BookError::TooManyTypes);
    }
    let known = described();
    if let Some(unknown) = types.iter().find(|name| !known.iter().any(|known| known.name == name.as_str())) {
        return Err(BookError::UnknownType(unknown.chars().take(100).collect()));
    }
    types.sort();
    types.dedup(); // The server refuses filters that overlap.
    Ok(types)
}

/// All hooks.
pub async fn list(house: &House) -> Result<Vec<Listed>, BookError> {
    let hooks = hooks(house);
    hooks.ensure().await?;
    let mut all = vec![];
    for kept in hooks.all().await? {
        let hook = Hook::open(&house.vault, &kept)?;
        let progress = hooks.progress(hook.id.uuid()).await?;
        let (missed, more) = hooks.undelivered(hook.id.uuid()).oldest(0, 1).await?;
        all.push(Listed {
            id: hook.id,
            url: hook.url.into(),
            types: hook.types,
            character: hook.character,
            since: hook.since,
            added_at: hook.added_at,
            state: hook.state,
            ahead: progress.ahead,
            under_way: progress.under_way,
            undelivered: missed.len() as u64 + more,
        });
    }
    Ok(all)
}

/// Removes a hook, with all that it has not heard.
pub async fn remove(house: &House, id: WebhookId) -> Result<(), BookError> {
    find(house, id).await?;
    Ok(hooks(house).remove(id.uuid()).await?)
}

/// What was not delivered to a hook, oldest first.
pub async fn undelivered(house: &House, id: WebhookId) -> Result<AllMissed, BookError> {
    find(house, id).await?;
    let (missed, more) = hooks(house).undelivered(id.uuid()).oldest(0, PAGE).await?;
    let items = missed.into_iter().map(|failed| Missed {
        sequence: failed.sequence,
        reason: failed.reason,
        attempts: failed.attempts,
        event: serde_json::from_slice(&failed.body).unwrap_or_default(),
    });
    Ok(AllMissed { items: items.collect(), more })
}

/// Tries again what was not delivered, oldest first, and what fails goes behind the others. A hook that was left alone is
/// told of events again.
pub async fn retry(house: &House, id: WebhookId) -> Result<Retried, BookError> {
    let kept = find(house, id).await?;
    let hook = wake(house, &kept).await?;
    let (sender, missed) = (Sender::new(&house.config.webhooks)?, hooks(house).undelivered(id.uuid()));
    let (all, more) = missed.oldest(0, PAGE).await?;
    let mut retried = Retried { waiting: all.len() as u64 + more, ..Retried::default() };
    let (mut failures, deadline) = (0, Instant::now() + LONG_ENOUGH);
    for failed in all {
        if failures == ENOUGH || Instant::now() >= deadline {
            break;
        }
        // What has no id was never told to anybody.
        let Some(event) = message_id(&failed.body) else { continue };
        match sender.send(&hook, event, failed.body.clone()).await {
            Sent::Delivered => {
                missed.take_out(&failed).await?;
                (retried.delivered, retried.waiting, failures) =
                    (retried.delivered + 1, retried.waiting.saturating_sub(1), 0);
            }
            sent => {
                let reason = reason_of(sent);
                let again = Failed { attempts: failed.attempts + 1, reason: reason.clone(), ..failed };
                missed.put(event, &again).await?;
                (retried.reason, failures) = (Some(reason), failures + 1);
            }
        }
    }
    Ok(retried)
}

fn reason_of(sent: Sent) -> String {
    match sent {
        Sent::Failed { reason, .. } => reason,
        Sent::Gone | Sent::Delivered => "status-410".to_owned(),
    }
}

async fn wake(house: &House, kept: &KeptHook) -> Result<Hook, BookError> {
    let hook = Hook::open(&house.vault, kept)?;
    if hook.state == State::Active {
        return Ok(hook);
    }
    let hook = Hook { state: State::Active, ..hook };
    match hooks(house).put(hook.id.uuid(), hook.sealed(&house.vault)?.into(), kept.revision).await {
        Ok(()) | Err(HookError::Overtaken) => Ok(hook),
        Err(error) => Err(error.into()),
    }
}

async fn find(house: &House, id: WebhookId) -> Result<KeptHook, BookError> {
    let hooks = hooks(house);
    hooks.ensure().await?;
    hooks.all().await?.into_iter().find(|kept| kept.id == id.uuid()).ok_or(BookError::Missing)
}
