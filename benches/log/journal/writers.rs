//! Writers at work: each says one thing behind the other, for a while.
//!
//! A conversation of a writer's own is left for a new one after some messages, because the peer loads all of it for each
//! command, and would be measured by how long this bench runs. Beginning a conversation costs every way a commit, and is
//! not counted.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use domain::conversation::ConversationId;
use innkeeper::stamp;
use tokio::{sync::Mutex, task::JoinSet};

use crate::figures::Figures;

/// What is not counted, because it only gets going.
const WARMING: Duration = Duration::from_millis(500);
/// How many messages a conversation of a writer's own has.
const LENGTH: usize = 20;

/// One way to keep what is said.
pub(crate) trait Way: Clone + Send + Sync + 'static {
    fn begins(&self, place: &Place) -> impl Future<Output = ()> + Send;
    fn says(&self, place: &Place) -> impl Future<Output = ()> + Send;
}

/// A conversation, and the sequence of its last commit for those who have to know it.
pub(crate) struct Place {
    pub(crate) conversation: ConversationId,
    pub(crate) last: Mutex<u64>,
}

/// Who writes where.
pub(crate) enum Crowd {
    /// So many, each in conversations of its own.
    Apart(usize),
    /// So many in ten conversations.
    InTen(usize),
}

/// From when to when is counted.
#[derive(Clone, Copy)]
pub(crate) struct Pace {
    counted: Duration,
}

impl Pace {
    pub(crate) const fn counting(counted: Duration) -> Self {
        Self { counted }
    }
}

/// Where a writer goes when it has said enough.
#[derive(Clone)]
enum Seat {
    Shared(Arc<Place>),
    Own,
}

/// Lets them write, and answers how long each message took.
pub(crate) async fn run(way: &impl Way, crowd: &Crowd, pace: Pace) -> Figures {
    let seats = match crowd {
        Crowd::Apart(count) => vec![Seat::Own; *count],
        Crowd::InTen(count) => {
            let mut ten = Vec::new();
            for _ in 0..10 {
                ten.push(Seat::Shared(sit_down(way).await));
            }
            ten.into_iter().cycle().take(*count).collect()
        }
    };
    let from = Instant::now() + WARMING;
    let mut writers = JoinSet::new();
    for seat in seats {
        writers.spawn(write(way.clone(), seat, from, from + pace.counted));
    }
    Figures::new(writers.join_all().await.concat(), pace.counted)
}

async fn sit_down(way: &impl Way) -> Arc<Place> {
    let place = Place { conversation: stamp::id(), last: Mutex::default() };
    way.begins(&place).await;
    Arc::new(place)
}

async fn write(way: impl Way, seat: Seat, from: Instant, until: Instant) -> Vec<Duration> {
    let mut waits = Vec::new();
    loop {
        let (place, length) = match &seat {
            Seat::Shared(place) => (place.clone(), usize::MAX),
            Seat::Own => (sit_down(&way).await, LENGTH),
        };
        for _ in 0..length {
            let begun = Instant::now();
            way.says(&place).await;
            let ended = Instant::now();
            if ended >= until {
                return waits;
            }
            if ended >= from {
                waits.push(ended - begun);
            }
        }
    }
}
