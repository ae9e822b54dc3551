//! Hard days: a model that never waits, and readers that do.

use std::{ops::Range, time::Duration};

use futures_util::{StreamExt, stream};
use tokio::{task::JoinSet, time::Instant};

use crate::{
    client::Reading,
    figures::{Flood, Tally, Trial, median},
    options::Plan,
    script::Script,
    way::Way,
};

/// How long a reader looks away.
const STALL: Duration = Duration::from_secs(3);
/// Readers that look away at the same time.
pub(crate) const STALLING: usize = 20;
/// The fewest and the most tokens of a reply of the flood: the most is near what a reply may hold.
const SHORT: u32 = 200;
const LONG: u32 = 10_000;
const ROUNDS: usize = 3;
/// Conversations that are warmed up at the same time.
const WARMING: usize = 32;

/// One short turn in every seat, so that nothing is met for the first time when it counts.
pub(crate) async fn warm_up(way: &Way, seats: usize) -> Tally {
    let mut tally = Tally::default();
    let mut turns =
        stream::iter(0..seats).map(|seat| once(way, seat, Script::Instant(1), Reading::AsItComes));
    let mut turns = std::pin::pin!(turns.by_ref().buffer_unordered(WARMING));
    while let Some(told) = turns.next().await {
        tally.note(told);
    }
    tally
}

/// So many replies at once of a model that never waits, in rounds in which the ways take turns.
pub(crate) async fn floods(ways: &[Way], streams: usize, plan: &Plan, first_seat: usize) -> Vec<Flood> {
    let tokens = plan.flood / u32::try_from(streams).unwrap_or(u32::MAX);
    let script = Script::Instant(tokens.clamp(SHORT, LONG));
    let mut speeds = vec![vec![]; ways.len()];
    let mut tallies = vec![Tally::default(); ways.len()];
    for _ in 0..ROUNDS {
        for (place, way) in ways.iter().enumerate() {
            let begin = Instant::now();
            let tally = at_once(way, first_seat..first_seat + streams, script, Reading::AsItComes).await;
            speeds[place].push(tally.tokens as f64 / begin.elapsed().as_secs_f64());
            tallies[place].add(&tally);
        }
    }
    let all = ways.iter().zip(speeds).zip(tallies);
    all.map(|((way, speeds), tally)| Flood {
        way: way.name,
        streams,
        tokens_a_second: median(speeds.into_iter()),
        tally,
    })
    .collect()
}

/// Readers that look away while tokens come.
pub(crate) async fn stalls(way: &Way, first_seat: usize) -> Vec<Trial> {
    let mut trials = vec![];
    for (name, script) in [
        ("readers stall for 3 s, the model never waits", Script::Instant(LONG)),
        ("readers stall for 3 s, 20 tokens a second", Script::Paced(100)),
    ] {
        let tally = at_once(way, first_seat..first_seat + STALLING, script, Reading::Stalling(STALL)).await;
        trials.push(Trial { name: name.to_owned(), tally });
    }
    trials
}

async fn at_once(way: &Way, seats: Range<usize>, script: Script, reading: Reading) -> Tally {
    let mut readers = JoinSet::new();
    for seat in seats {
        let way = way.clone();
        readers.spawn(async move { once(&way, seat, script, reading).await });
    }
    let mut tally = Tally::default();
    while let Some(told) = readers.join_next().await {
        tally.note(told.unwrap_or_else(|error| Err(error.into())));
    }
    tally
}

async fn once(
    way: &Way,
    seat: usize,
    script: Script,
    reading: Reading,
) -> anyhow::Result<crate::client::Told> {
    let mut client = way.connect(reading).await?;
    client.ask(&way.request(seat, script), way.dialect(), script, |_| {}).await
}
