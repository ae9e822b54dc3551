//! Many replies at once, paced as a real model paces them.
//!
//! The readers come in evenly over the length of one reply, and ask for the next one as soon as theirs has ended. So
//! when all are there, as many replies begin as end, at every moment alike; only then is looked at the clock.

use std::time::Duration;

use tokio::{
    task::JoinSet,
    time::{Instant, sleep_until},
};

use crate::{
    client::Reading,
    figures::{Crowd, Memory, Tally, Times, micros},
    options::{PACE, Plan},
    process,
    script::Script,
    way::Way,
};

/// Between the arrival of the last reader and the first look.
const CALM: Duration = Duration::from_millis(500);

/// From when to when is looked.
#[derive(Debug, Clone, Copy)]
struct Window {
    from: Instant,
    to: Instant,
}

impl Window {
    fn holds(self, moment: Instant) -> bool {
        self.from <= moment && moment < self.to
    }
}

/// What one reader heard.
#[derive(Default)]
struct Heard {
    firsts: Vec<u64>,
    tokens: Vec<u64>,
    tally: Tally,
}

/// Watches so many paced replies at once.
pub(crate) async fn measure(way: &Way, streams: usize, plan: &Plan) -> anyhow::Result<Crowd> {
    let (script, length) = (Script::Paced(plan.reply), PACE * plan.reply);
    let begin = Instant::now();
    let from = begin + length + CALM;
    let window = Window { from, to: from + plan.window };
    let mut readers = JoinSet::new();
    for (seat, start) in arrivals(begin, length, streams) {
        readers.spawn(read(way.clone(), seat, script, start, window));
    }
    sleep_until(window.from).await;
    let before = process::family(way.pid);
    sleep_until(window.to).await;
    let used = process::between(&before, &process::family(way.pid));
    let mut all = Heard::default();
    while let Some(heard) = readers.join_next().await {
        let heard = heard??;
        all.firsts.extend(heard.firsts);
        all.tokens.extend(heard.tokens);
        all.tally.add(&heard.tally);
    }
    let token = Times::of(all.tokens);
    let a_token = |(name, time): (String, Duration)| (name, micros(time) as f64 / token.count.max(1) as f64);
    let cpu = used.into_iter().map(a_token).collect();
    Ok(Crowd { way: way.name, streams, first: Times::of(all.firsts), token, cpu, tally: all.tally })
}

/// When each of them comes, with its seat.
fn arrivals(begin: Instant, over: Duration, streams: usize) -> impl Iterator<Item = (usize, Instant)> {
    (0..streams).map(move |seat| (seat, begin + over.mul_f64(seat as f64 / streams as f64)))
}

async fn read(
    way: Way,
    seat: usize,
    script: Script,
    start: Instant,
    window: Window,
) -> anyhow::Result<Heard> {
    let mut heard = Heard::default();
    let mut client = way.connect(Reading::AsItComes).await?;
    let request = way.request(seat, script);
    sleep_until(start).await;
    while Instant::now() < window.to {
        let begin = Instant::now();
        let told = client
            .ask(&request, way.dialect(), script, |age| {
                if window.holds(Instant::now()) {
                    heard.tokens.push(age);
                }
            })
            .await;
        let broken = told.is_err();
        let first = heard.tally.note(told).map(|told| told.first);
        heard.firsts.extend(first.filter(|first| window.holds(begin + *first)).map(micros));
        if broken {
            client = way.connect(Reading::AsItComes).await?;
        }
    }
    Ok(heard)
}

/// Opens so many paced replies and looks at the memory of the process in between while all of them are open.
pub(crate) async fn memory(way: &Way, streams: usize, plan: &Plan) -> anyhow::Result<(Memory, Tally)> {
    let length = PACE * plan.reply;
    let idle = process::resident(way.pid).unwrap_or_default();
    let begin = Instant::now();
    // Nobody asks again: the first reply is still under way when the last reader has come.
    let nothing = Window { from: begin, to: begin + length.mul_f64(0.75) };
    let mut readers = JoinSet::new();
    for (seat, start) in arrivals(begin, length / 2, streams) {
        readers.spawn(read(way.clone(), seat, Script::Paced(plan.reply), start, nothing));
    }
    sleep_until(begin + length.mul_f64(0.8)).await;
    let open = process::resident(way.pid).unwrap_or_default();
    let mut tally = Tally::default();
    while let Some(heard) = readers.join_next().await {
        tally.add(&heard??.tally);
    }
    let kib_a_reply = open.saturating_sub(idle) as f64 / streams as f64;
    Ok((Memory { way: way.name, streams, idle, open, kib_a_reply }, tally))
}
