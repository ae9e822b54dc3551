//! What is kept between two syncs: read and replaced one after the other for each person, and sealed for them.

use std::{
    sync::{Arc, LazyLock},
    time::Duration,
};

use domain::user::UserId;
use moka::sync::Cache;
use serde_json::Value;
use tokio::sync::{Mutex, Semaphore, SemaphorePermit};

use super::{
    Syncing,
    merge::State,
    story,
    weave::{self, Kept},
};
use crate::{
    api::{after, body, problem::Problem},
    door::Device,
    house::House,
};

/// How many bytes a state has at most that is uploaded, and all that is kept of somebody.
pub(super) const STATE: usize = 32 * 1024 * 1024;
const ALL: usize = 48 * 1024 * 1024;
/// How deep it may be nested: less than what is read at all, because what is kept has a level around it.
const DEPTH: usize = 100;
/// What it is called in the object store.
const WHAT: &str = "sync";

/// How many sync at once: each may take a few times its size of memory.
static SYNCING: Semaphore = Semaphore::const_new(4);
/// Who syncs: one upload of a person after the other.
static TURNS: LazyLock<Cache<UserId, Arc<Mutex<()>>>> =
    LazyLock::new(|| Cache::builder().max_capacity(10_000).time_to_idle(Duration::from_secs(3600)).build());

/// What whoever syncs gets.
pub(super) async fn fetch(house: &House, syncing: &Syncing) -> Result<Vec<u8>, Problem> {
    let _leave = leave().await?;
    after::catch_up(house).await;
    let owner = syncing.caller.user;
    let stories = story::all(house, owner).await?;
    let kept = read(house, owner).await?;
    let name = syncing.device.map(Device::name);
    let has_lately = |message| syncing.device.is_some_and(|device| device.has_lately(message));
    let state = weave::give_out(&kept, name.as_deref(), &stories, has_lately);
    serde_json::to_vec(&state).map_err(|error| Problem::fault(&error))
}

/// Keeps what whoever syncs uploads.
pub(super) async fn upload(house: &House, syncing: &Syncing, bytes: &[u8]) -> Result<(), Problem> {
    let _leave = leave().await?;
    let uploaded: State = body::parse(bytes)?;
    if uploaded.values().any(|store| is_deeper(store, DEPTH)) {
        return Err(Problem::bad_request(
            "too-deep",
            format!("the state is nested more than {DEPTH} levels deep"),
        ));
    }
    after::catch_up(house).await;
    let owner = syncing.caller.user;
    let stories = story::all(house, owner).await?;
    let turn = TURNS.get_with(owner, Arc::default);
    let _turn = turn.lock().await;
    let mut kept = read(house, owner).await?;
    let name = syncing.device.map(Device::name);
    weave::take_in(&mut kept, uploaded, name.as_deref(), &stories);
    write(house, owner, &kept).await
}

async fn leave() -> Result<SemaphorePermit<'static>, Problem> {
    SYNCING.acquire().await.map_err(|_| Problem::away("unavailable", "nobody syncs right now"))
}

fn is_deeper(value: &Value, levels: usize) -> bool {
    match (value, levels.checked_sub(1)) {
        (Value::Array(items), Some(rest)) => items.iter().any(|item| is_deeper(item, rest)),
        (Value::Object(fields), Some(rest)) => fields.values().any(|field| is_deeper(field, rest)),
        (Value::Array(_) | Value::Object(_), None) => true,
        (Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_), _) => false,
    }
}

async fn read(house: &House, owner: UserId) -> Result<Kept, Problem> {
    let Some(json) = house.objects.kept(WHAT, owner).await? else { return Ok(Kept::default()) };
    serde_json::from_slice(&json).map_err(|error| Problem::fault(&error))
}

async fn write(house: &House, owner: UserId, kept: &Kept) -> Result<(), Problem> {
    let json = serde_json::to_vec(kept).map_err(|error| Problem::fault(&error))?;
    if json.len() > ALL {
        return Err(body::too_large(ALL).detail("all that your browsers uploaded is too much together"));
    }
    Ok(house.objects.keep(WHAT, owner, json).await?)
}
