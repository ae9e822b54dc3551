//! The sync store as Upstash's Redis, as much of it as NextChat speaks: texts under names, got and set, where a state is
//! cut into chunks, and their number is set last.
//!
//! Chunks that belong together are one state: those that are got are of the state whose number was asked for, and those
//! that are set become one when their number is. In between they are in the memory of this process.

use std::{
    collections::BTreeMap,
    sync::{Arc, LazyLock},
    time::Duration,
};

use axum::{
    Json,
    body::Body,
    extract::{Path, Request, State},
    http::{HeaderValue, Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use domain::user::UserId;
use moka::sync::Cache;
use serde_json::{Value, json};

use super::{Syncing, keeper};
use crate::{
    api::{body, problem::Problem},
    door::Device,
    house::House,
};

/// How long a chunk is that we tell, and at most one that we take.
const TOLD: usize = 1_000_000;
const TAKEN: usize = 4 * 1024 * 1024;
/// How many chunks a state has at most.
const CHUNKS: usize = 64;
/// How long chunks wait for the others, and how many bytes of them wait, of everybody.
const WAITING: Duration = Duration::from_secs(10 * 60);
const MEMORY: u64 = 256 * 1024 * 1024;

type Whose = (UserId, Option<Device>);

static TELLING: LazyLock<Cache<Whose, Bytes>> = LazyLock::new(|| {
    Cache::builder()
        .max_capacity(MEMORY)
        .weigher(|_, state: &Bytes| weight(state.len()))
        .time_to_live(WAITING)
        .build()
});
static TAKING: LazyLock<Cache<Whose, Arc<BTreeMap<usize, Bytes>>>> = LazyLock::new(|| {
    let size =
        |_: &Whose, chunks: &Arc<BTreeMap<usize, Bytes>>| weight(chunks.values().map(Bytes::len).sum());
    Cache::builder().max_capacity(MEMORY).weigher(size).time_to_live(WAITING).build()
});

/// Lets go of the chunks of a person.
pub fn forget(user: UserId) {
    fn let_go<V: Clone + Send + Sync + 'static>(cache: &Cache<Whose, V>, user: UserId) {
        let theirs = cache.iter().map(|(whose, _)| *whose).filter(|whose| whose.0 == user);
        theirs.collect::<Vec<_>>().iter().for_each(|whose| cache.invalidate(whose));
    }
    let_go(&TELLING, user);
    let_go(&TAKING, user);
}

fn weight(bytes: usize) -> u32 {
    u32::try_from(bytes).unwrap_or(u32::MAX)
}

/// What a name is the name of.
#[derive(Debug, PartialEq, Eq)]
enum Named {
    Count,
    Chunk(usize),
    Other,
}

impl Named {
    fn read(name: &str) -> Self {
        if name.ends_with("-chunk-count") {
            return Self::Count;
        }
        let number = name.rsplit_once("-chunk-").and_then(|(_, number)| number.parse().ok());
        number.filter(|number| *number < CHUNKS).map_or(Self::Other, Self::Chunk)
    }
}

/// Answers what NextChat asks.
pub(super) async fn serve(
    State(house): State<House>,
    syncing: Syncing,
    Path(path): Path<String>,
    request: Request<Body>,
) -> Result<Response, Problem> {
    let (verb, name) = path.trim_end_matches('/').split_once('/').unwrap_or_default();
    let named = Named::read(name);
    let result = match (verb, request.method()) {
        ("get", &Method::GET) => get(&house, &syncing, named).await?,
        ("set", &Method::POST | &Method::PUT) => {
            let bytes = body::read(request.into_body(), TAKEN).await?;
            set(&house, &syncing, named, bytes).await?;
            json!("OK")
        }
        _ => return Err(Problem::not_found("not-found", "this store knows get and set only")),
    };
    let now_only = [(header::CACHE_CONTROL, HeaderValue::from_static("private, no-store"))];
    Ok((now_only, Json(json!({"result": result}))).into_response())
}

async fn get(house: &House, syncing: &Syncing, named: Named) -> Result<Value, Problem> {
    let whose = (syncing.caller.user, syncing.device);
    let known = match named {
        Named::Other => return Ok(Value::Null),
        Named::Count => None,
        Named::Chunk(_) => TELLING.get(&whose),
    };
    let state = match known {
        Some(state) => state,
        None => Bytes::from(keeper::fetch(house, syncing).await?),
    };
    TELLING.insert(whose, state.clone());
    let text = std::str::from_utf8(&state).map_err(|error| Problem::fault(&error))?;
    let mut chunks = chunks(text);
    Ok(match named {
        Named::Count => json!(chunks.count().to_string()),
        Named::Chunk(number) => chunks.nth(number).map_or(Value::Null, |chunk| json!(chunk)),
        Named::Other => Value::Null,
    })
}

/// A text in pieces, none of which ends inside of a character.
fn chunks(mut text: &str) -> impl Iterator<Item = &str> {
    std::iter::from_fn(move || {
        let (chunk, rest) = text.split_at(text.floor_char_boundary(TOLD));
        text = rest;
        (!chunk.is_empty()).then_some(chunk)
    })
}

async fn set(house: &House, syncing: &Syncing, named: Named, bytes: Bytes) -> Result<(), Problem> {
    let whose = (syncing.caller.user, syncing.device);
    let taking = TAKING.get(&whose).unwrap_or_default();
    match named {
        Named::Other => Err(Problem::not_found("not-found", "this store knows the chunks of a state only")),
        Named::Chunk(number) => {
            let mut chunks = taking.as_ref().clone();
            chunks.insert(number, bytes);
            if chunks.values().map(Bytes::len).sum::<usize>() > keeper::STATE {
                return Err(body::too_large(keeper::STATE));
            }
            TAKING.insert(whose, Arc::new(chunks));
            Ok(())
        }
        Named::Count => {
            let count = std::str::from_utf8(&bytes)
                .ok()
                .and_then(|count| count.trim().trim_matches('"').parse().ok());
            let count = count.filter(|count| (1..=CHUNKS).contains(count)).ok_or_else(incomplete)?;
            let state: Option<Vec<_>> = (0..count).map(|number| taking.get(&number).cloned()).collect();
            keeper::upload(house, syncing, &state.ok_or_else(incomplete)?.concat()).await?;
            TAKING.invalidate(&whose);
            Ok(())
        }
    }
}

fn incomplete() -> Problem {
    Problem::new(StatusCode::CONFLICT, "chunks-missing", "chunks of this state are missing: sync once more")
}

#[cfg(test)]
mod spec {
    use super::*;

    #[test]
    fn names_are_of_chunks_or_of_their_number() {
        assert_eq!(Named::read("mira-chunk-count"), Named::Count);
        assert_eq!(Named::read("mira-chunk-12"), Named::Chunk(12));
        for other in ["mira", "mira-chunk-64", "mira-chunk--1", "mira-chunk-x", ""] {
            assert_eq!(Named::read(other), Named::Other, "{other}");
        }
    }

    #[test]
    fn no_chunk_ends_inside_of_a_character() {
        let text = "ü🦀".repeat(400_000);
        let parts: Vec<_> = chunks(&text).collect();
        assert!(parts.len() == 3 && parts.iter().all(|part| part.len() <= TOLD));
        assert_eq!(parts.concat(), text);
    }
}
