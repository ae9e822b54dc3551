//! What a run finds out. Serialized, it is `relay.json`; times are in milliseconds.

use std::{collections::BTreeMap, time::Duration};

use serde::Serialize;

use crate::{client::Told, way::Name};

/// Everything that a run found out.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    pub(crate) cores: usize,
    pub(crate) load_before: f64,
    pub(crate) load_after: f64,
    pub(crate) one: One,
    pub(crate) crowds: Vec<Crowd>,
    pub(crate) floods: Vec<Flood>,
    pub(crate) memory: Vec<Memory>,
    pub(crate) trials: Vec<Trial>,
    pub(crate) verdicts: Vec<Verdict>,
}

/// Times of one sort.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub(crate) struct Times {
    pub(crate) p50: f64,
    pub(crate) p99: f64,
    pub(crate) count: usize,
}

/// One reply at a time: medians of the rounds.
#[derive(Debug, Serialize)]
pub(crate) struct One {
    pub(crate) ways: Vec<First>,
    pub(crate) publish: Times,
    /// What the pass-through adds, and one synced publish.
    pub(crate) floor: f64,
}

/// The time to the first token on one way, and where it has gone.
#[derive(Debug, Serialize)]
pub(crate) struct First {
    pub(crate) way: Name,
    /// To the head of the answer: Innkeeper has the message on its disk by then.
    pub(crate) head: Times,
    /// To the moment at which the model said the first token.
    pub(crate) said: Times,
    pub(crate) first: Times,
    pub(crate) tally: Tally,
}

/// So many paced replies at once, on one way, while all of them are open.
#[derive(Debug, Serialize)]
pub(crate) struct Crowd {
    pub(crate) way: Name,
    pub(crate) streams: usize,
    pub(crate) first: Times,
    pub(crate) token: Times,
    /// Time on a core for each token, in microseconds, by the name of the process.
    pub(crate) cpu: BTreeMap<String, f64>,
    pub(crate) tally: Tally,
}

/// So many replies at once of a model that never waits.
#[derive(Debug, Serialize)]
pub(crate) struct Flood {
    pub(crate) way: Name,
    pub(crate) streams: usize,
    pub(crate) tokens_a_second: f64,
    pub(crate) tally: Tally,
}

/// What the process in between holds for each open reply.
#[derive(Debug, Serialize)]
pub(crate) struct Memory {
    pub(crate) way: Name,
    pub(crate) streams: usize,
    /// In KiB, before any reply was open.
    pub(crate) idle: u64,
    /// In KiB, while all were open.
    pub(crate) open: u64,
    pub(crate) kib_a_reply: f64,
}

/// A hard day.
#[derive(Debug, Serialize)]
pub(crate) struct Trial {
    pub(crate) name: String,
    pub(crate) tally: Tally,
}

/// Whether a figure is what it has to be.
#[derive(Debug, Serialize)]
pub(crate) struct Verdict {
    pub(crate) what: String,
    pub(crate) is: f64,
    pub(crate) at_most: f64,
    pub(crate) unit: &'static str,
}

/// What became of replies and their tokens.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct Tally {
    pub(crate) replies: u64,
    pub(crate) tokens: u64,
    pub(crate) lost: u64,
    pub(crate) repeated: u64,
    pub(crate) failed: u64,
    /// Why the first one failed.
    pub(crate) trouble: Option<String>,
}

impl Report {
    /// All tallies of one way.
    pub(crate) fn tally_of(&self, way: Name) -> Tally {
        let mut all = Tally::default();
        let trials = self.trials.iter().map(|trial| &trial.tally).filter(|_| way == Name::Innkeeper);
        let ones = self.one.ways.iter().filter(|one| one.way == way).map(|one| &one.tally);
        let crowds = self.crowds.iter().filter(|crowd| crowd.way == way).map(|crowd| &crowd.tally);
        let floods = self.floods.iter().filter(|flood| flood.way == way).map(|flood| &flood.tally);
        ones.chain(crowds).chain(floods).chain(trials).for_each(|tally| all.add(tally));
        all
    }
}

impl Times {
    /// Of these microseconds.
    pub(crate) fn of(mut micros: Vec<u64>) -> Self {
        micros.sort_unstable();
        let at = |share: f64| {
            let place = (micros.len() as f64 * share) as usize;
            micros
                .get(place.min(micros.len().saturating_sub(1)))
                .map_or(0.0, |micros| *micros as f64 / 1000.0)
        };
        Self { p50: at(0.5), p99: at(0.99), count: micros.len() }
    }

    /// The medians of several rounds.
    pub(crate) fn median(rounds: &[Self]) -> Self {
        Self {
            p50: median(rounds.iter().map(|round| round.p50)),
            p99: median(rounds.iter().map(|round| round.p99)),
            count: rounds.iter().map(|round| round.count).sum(),
        }
    }
}

/// The middle one.
pub(crate) fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}

pub(crate) fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

impl Verdict {
    pub(crate) fn is_good(&self) -> bool {
        self.is <= self.at_most
    }
}

impl Tally {
    /// Takes in how a reply went; gives it back if it went to its end.
    pub(crate) fn note(&mut self, told: anyhow::Result<Told>) -> Option<Told> {
        self.replies += 1;
        match told {
            Ok(told) => {
                self.tokens += u64::from(told.received);
                self.lost += u64::from(told.lost);
                self.repeated += u64::from(told.repeated);
                Some(told)
            }
            Err(error) => {
                self.failed += 1;
                self.trouble.get_or_insert_with(|| format!("{error:#}"));
                None
            }
        }
    }

    pub(crate) fn add(&mut self, other: &Self) {
        self.replies += other.replies;
        self.tokens += other.tokens;
        self.lost += other.lost;
        self.repeated += other.repeated;
        self.failed += other.failed;
        self.trouble = self.trouble.take().or_else(|| other.trouble.clone());
    }

    /// Tokens and replies that did not come as they should have.
    pub(crate) fn wrong(&self) -> u64 {
        self.lost + self.repeated + self.failed
    }
}
