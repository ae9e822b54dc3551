//! One reply at a time, with everybody at rest before: the time to the first token, in rounds in which the ways and
//! the bare publish take turns.

use std::time::Duration;

use tokio::time::sleep;

use crate::{
    client::{Reading, Told},
    figures::{First, One, Tally, Times, micros},
    floor::Writer,
    options::Plan,
    script::Script,
    way::{Name, Way},
};

/// A short answer: the time to its first token does not depend on what follows.
const SCRIPT: Script = Script::Instant(16);
/// A conversation grows with each turn, and with it the prompt; so each takes a few turns only.
const TURNS_A_SEAT: usize = 10;

/// Between two replies, or two publishes: what one leaves to be done, such as rows, is not to be paid by the next.
const REST: Duration = Duration::from_millis(20);

/// How many seats the rounds need, from this one on.
pub(crate) fn seats(plan: &Plan) -> usize {
    (plan.rounds * plan.turns).div_ceil(TURNS_A_SEAT)
}

/// Measures the rounds; the first seat that is free is given.
pub(crate) async fn measure(
    ways: &[Way],
    writer: &mut Writer,
    plan: &Plan,
    first_seat: usize,
) -> anyhow::Result<One> {
    let mut rounds: Vec<Vec<Round>> = ways.iter().map(|_| vec![]).collect();
    let mut tallies = vec![Tally::default(); ways.len()];
    let mut publishes = vec![];
    for round in 0..plan.rounds {
        for (place, way) in ways.iter().enumerate() {
            let turns = (round * plan.turns)..((round + 1) * plan.turns);
            let seats = turns.map(|turn| first_seat + turn / TURNS_A_SEAT);
            rounds[place].push(talk(way, seats, &mut tallies[place]).await?);
        }
        publishes.push(publish(writer, plan.publishes).await?);
    }
    let ways = ways.iter().zip(rounds).zip(tallies);
    let ways: Vec<First> = ways.map(|((way, rounds), tally)| first(way.name, &rounds, tally)).collect();
    let publish = Times::median(&publishes);
    let of = |name| ways.iter().find(|first| first.way == name).map_or(0.0, |first| first.first.p50);
    let floor = of(Name::PassThrough) - of(Name::Direct) + publish.p50;
    Ok(One { ways, publish, floor })
}

/// One way in one round.
struct Round {
    head: Times,
    said: Times,
    first: Times,
}

fn first(way: Name, rounds: &[Round], tally: Tally) -> First {
    let median = |of: fn(&Round) -> Times| Times::median(&rounds.iter().map(of).collect::<Vec<_>>());
    let (head, said) = (median(|round| round.head), median(|round| round.said));
    First { way, head, said, first: median(|round| round.first), tally }
}

async fn talk(way: &Way, seats: impl Iterator<Item = usize>, tally: &mut Tally) -> anyhow::Result<Round> {
    let mut client = way.connect(Reading::AsItComes).await?;
    let mut replies = vec![];
    for seat in seats {
        sleep(REST).await;
        let told = client.ask(&way.request(seat, SCRIPT), way.dialect(), SCRIPT, |_| {}).await;
        let broken = told.is_err();
        replies.extend(tally.note(told));
        if broken {
            client = way.connect(Reading::AsItComes).await?;
        }
    }
    let times = |of: fn(&Told) -> Duration| Times::of(replies.iter().map(|told| micros(of(told))).collect());
    let (head, said) = (times(|told| told.head), times(|told| told.said));
    Ok(Round { head, said, first: times(|told| told.first) })
}

async fn publish(writer: &mut Writer, count: usize) -> anyhow::Result<Times> {
    let mut times = vec![];
    for _ in 0..count {
        sleep(REST).await;
        times.push(micros(writer.append().await?));
    }
    Ok(Times::of(times))
}
