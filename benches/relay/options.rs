//! The command line, and how much a run measures.

use std::{net::SocketAddr, time::Duration};

use anyhow::{Context, bail};

/// The time between two tokens of a paced reply: 20 a second.
pub(crate) const PACE: Duration = Duration::from_millis(50);

/// What this process is to do.
pub(crate) enum Errand {
    Measure(Plan),
    /// Speak for the model.
    Stub,
    /// Stand between client and model, and do nothing else.
    PassThrough {
        upstream: SocketAddr,
    },
}

/// How much is measured.
pub(crate) struct Plan {
    /// How many replies at once.
    pub(crate) streams: Vec<usize>,
    /// Rounds in which the ways take turns, so that a busy moment of the machine hits all of them.
    pub(crate) rounds: usize,
    /// Replies in a round at one stream, one after the other.
    pub(crate) turns: usize,
    /// Synced publishes in a round.
    pub(crate) publishes: usize,
    /// Tokens of a paced reply.
    pub(crate) reply: u32,
    /// For how long a crowd is watched, once it is complete.
    pub(crate) window: Duration,
    /// Tokens without a pause, all streams together.
    pub(crate) flood: u32,
}

impl Plan {
    fn whole() -> Self {
        Self {
            streams: vec![1, 50, 500, 1000],
            rounds: 7,
            turns: 100,
            publishes: 100,
            reply: 200,
            window: Duration::from_secs(10),
            flood: 200_000,
        }
    }

    /// Enough to see that everything works, not enough to believe the figures.
    fn quick() -> Self {
        Self {
            streams: vec![1, 50],
            rounds: 3,
            turns: 30,
            publishes: 30,
            reply: 40,
            window: Duration::from_secs(3),
            flood: 50_000,
        }
    }

    /// The largest crowd.
    pub(crate) fn most(&self) -> usize {
        self.streams.iter().copied().max().unwrap_or(1)
    }
}

impl Errand {
    pub(crate) fn parse(mut arguments: impl Iterator<Item = String>) -> anyhow::Result<Self> {
        let (mut plan, mut streams) = (Plan::whole(), None);
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                "--quick" => plan = Plan::quick(),
                "--streams" => streams = Some(counts(&arguments.next().context("--streams takes a list")?)?),
                // Cargo says so to every benchmark.
                "--bench" => {}
                "--stub" => return Ok(Self::Stub),
                "--pass-through" => {
                    let upstream = arguments.next().context("--pass-through takes an address")?.parse()?;
                    return Ok(Self::PassThrough { upstream });
                }
                other => bail!("unknown argument {other}; there are --quick and --streams 1,50,500,1000"),
            }
        }
        plan.streams = streams.unwrap_or(plan.streams);
        Ok(Self::Measure(plan))
    }
}

fn counts(list: &str) -> anyhow::Result<Vec<usize>> {
    let count = |text: &str| match text.trim().parse() {
        Ok(count @ 1..=4000) => Ok(count),
        _ => bail!("--streams takes numbers from 1 to 4000, separated by commas; this is not one: {text}"),
    };
    list.split(',').map(count).collect()
}
