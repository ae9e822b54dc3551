//! The publisher: tells analysts what happened, one message an event, without anybody's words.
//!
//! It follows the log from where the stream that analysts read ends, and keeps nothing itself: the stream's last message
//! says from which event it was made. Any number of publishers may run; each message names the one that it follows, so
//! only one of them gets ahead, and the others stand by until the stream stops although there is more to tell.
//!
//! What it cannot do it says and waits for: the house goes on without analysts, and a stream that was derived from
//! something else is for an operator to derive anew (`innkeeper events rebuild`).

mod cloud_event;
mod derive;
mod document;
mod lag;

use std::{convert::Infallible, pin::pin, time::Duration};

use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use nats::{
    CompareError, EventStream, EventStreamError, FollowError, Keep, LoadError, Origin, PublishError, Standing,
};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use self::derive::Deriver;
pub use self::{document::document, lag::watch as watch_lag};
use crate::{config::EventsConfig, house::House, stamp};

/// As many commits at most are read at once.
const COMMITS: usize = 128;
/// As many events at most, and as many bytes of them, are published at once.
const EVENTS: usize = 256;
const BYTES: usize = 4 * 1024 * 1024;
/// How often one who has nothing to tell looks whether somebody else writes.
const LOOK: Duration = Duration::from_secs(1);
/// How long the stream has to stand, although there is more to tell, before one who stands by steps in.
const STILL: Duration = Duration::from_secs(2);
/// How long one waits for an operator before looking again.
const OPERATOR: Duration = Duration::from_secs(15);

/// Why it starts over.
#[derive(Debug, thiserror::Error)]
enum Setback {
    #[error(transparent)]
    Stream(#[from] EventStreamError),
    #[error(transparent)]
    Publish(#[from] PublishError),
    #[error("another publisher is at work")]
    Overtaken,
    #[error("the log cannot be seen")]
    Log(#[from] LoadError),
    #[error("the log cannot be held against the stream")]
    Away(#[source] CompareError),
    #[error("the stream was derived from another log: `innkeeper events rebuild` derives it anew")]
    AnotherLog(#[source] CompareError),
    #[error("the log is broken")]
    Broken(#[source] FollowError),
    #[error("the log ended")]
    Ended,
}

/// Publishes until it is told to stop.
pub async fn run(house: House, stop: CancellationToken) {
    if !house.config.events.publish {
        return stop.cancelled().await;
    }
    tokio::select! {
        () = stop.cancelled() => {}
        () = keep_publishing(&house) => {}
    }
}

async fn keep_publishing(house: &House) {
    let mut waits = crate::backoff::patient();
    loop {
        let Err(setback) = publish(house).await;
        match &setback {
            Setback::Publish(PublishError::Fenced(_)) | Setback::Overtaken => {
                tracing::info!("publisher: another one is at work; standing by");
                stand_by(house).await;
                waits = crate::backoff::patient();
            }
            Setback::Stream(EventStreamError::OtherOrigin { .. })
            | Setback::AnotherLog(_)
            | Setback::Broken(_) => {
                tracing::error!(
                    error = &setback as &dyn std::error::Error,
                    "publisher: waiting for an operator"
                );
                sleep(OPERATOR).await;
            }
            Setback::Stream(EventStreamError::Unavailable { .. })
            | Setback::Publish(PublishError::Unclear(_))
            | Setback::Log(_)
            | Setback::Away(_)
            | Setback::Ended => {
                tracing::warn!(error = &setback as &dyn std::error::Error, "publisher: starting over");
                sleep(waits.next().unwrap_or(LOOK)).await;
            }
        }
    }
}

/// Publishes from where the stream ends, for ever.
async fn publish(house: &House) -> Result<Infallible, Setback> {
    let events = EventStream::open(&house.analysts, &origin(house), keep(&house.config.events)).await?;
    let mut at = events.standing().await?;
    compare(house, at).await?;
    // The last commit is read again, because its last events may be missing.
    let after = at.source.map_or(0, |source| source.position.sequence.saturating_sub(1));
    let deriver = Deriver::new(house);
    let mut commits = pin!(house.journal().follow(after).ready_chunks(COMMITS));
    loop {
        match next(&mut commits).await {
            Some(batch) => at = tell(&deriver, &events, at, batch?).await?,
            None if events.last().await? != at.sequence => return Err(Setback::Overtaken),
            None => {}
        }
    }
}

type Read = Vec<Result<domain::commit::Recorded, FollowError>>;

/// The next commits; none, if there are none for a while.
async fn next(commits: &mut (impl Stream<Item = Read> + Unpin)) -> Option<Result<Read, Setback>> {
    tokio::select! {
        biased;
        batch = commits.next() => Some(batch.ok_or(Setback::Ended)),
        () = sleep(LOOK) => None,
    }
}

async fn tell(
    deriver: &Deriver<'_>,
    events: &EventStream,
    mut at: Standing,
    commits: Read,
) -> Result<Standing, Setback> {
    let (mut ready, mut size) = (vec![], 0);
    for commit in commits {
        let commit = commit.map_or_else(passed_over, |commit| Ok(Some(commit)))?;
        for event in deriver.events(commit, at.source) {
            if ready.len() >= EVENTS || size + event.body.len() > BYTES {
                at = events.publish(at, &std::mem::take(&mut ready)).await?;
                size = 0;
            }
            size += event.body.len();
            ready.push(event);
        }
    }
    Ok(events.publish(at, &ready).await?)
}

/// A commit that cannot be read is told of and left out; a newer house derives the stream anew.
fn passed_over(error: FollowError) -> Result<Option<domain::commit::Recorded>, Setback> {
    if error.is_end() {
        return Err(Setback::Broken(error));
    }
    derive::left_out(&error);
    Ok(None)
}

/// Holds the log against what the stream was made from.
async fn compare(house: &House, at: Standing) -> Result<(), Setback> {
    let Some(source) = at.source else { return Ok(()) };
    match house.journal().compare(source.position).await {
        Ok(()) => Ok(()),
        Err(error @ CompareError::Rewound(_)) => Err(Setback::AnotherLog(error)),
        Err(error) => Err(Setback::Away(error)),
    }
}

/// Waits until nobody publishes any more, although there is something to tell, or the stream begins anew.
async fn stand_by(house: &House) {
    let mut before = None;
    loop {
        match standing(house).await {
            Ok((at, _)) if at.source.is_none() => return,
            Ok((at, more)) if more && before == Some(at) => return,
            Ok((at, _)) => before = Some(at),
            Err(setback) => {
                tracing::debug!(error = &setback as &dyn std::error::Error, "publisher: cannot look");
            }
        }
        sleep(STILL).await;
    }
}

/// Where the stream stands, and whether the log has more to tell.
async fn standing(house: &House) -> Result<(Standing, bool), Setback> {
    let nothing = Standing { sequence: 0, source: None, generation: 0 };
    let at = EventStream::look(&house.analysts).await?.unwrap_or(nothing);
    let last = house.journal().last().await?;
    Ok((at, at.source.is_none_or(|source| source.position.sequence < last.sequence)))
}

/// Lets the stream begin anew. Whoever publishes, in whichever process, hears of it and begins with the first event.
pub async fn rebuild(house: &House) -> Result<u64, EventStreamError> {
    let at = stamp::now();
    let (origin, keep) = (origin(house), keep(&house.config.events));
    let word = |generation| Bytes::from(cloud_event::restarted(house, generation, at));
    EventStream::restart(&house.analysts, &origin, keep, word).await
}

fn origin(house: &House) -> Origin {
    Origin { log: house.journal().epoch(), names: house.pseudonyms.fingerprint().to_owned() }
}

fn keep(config: &EventsConfig) -> Keep {
    let age = (!config.keep_for.is_zero()).then_some(config.keep_for);
    Keep { age, bytes: (config.keep_bytes > 0).then_some(config.keep_bytes) }
}
