//! Many writers at once, who remember what was acknowledged to them and never take "unknown" for an answer.

use std::{
    collections::HashMap,
    env,
    hash::{BuildHasher, RandomState},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
};

use domain::commit::AggregateKey;
use futures_util::StreamExt;
use nats::{AppendError, Journal};
use tokio::{sync::watch, task::JoinHandle};

use crate::world::{append, commit, user};

/// The commits of one writer are numbered from here on.
const RANGE: u128 = 100_000;

pub(crate) struct Chorus {
    stopped: Arc<AtomicBool>,
    count: watch::Receiver<u64>,
    voices: Vec<Voice>,
    singing: Vec<JoinHandle<()>>,
}

/// An aggregate, and the places of its commits as they were acknowledged.
#[derive(Clone)]
struct Voice {
    key: AggregateKey,
    first: u128,
    places: Arc<Mutex<Vec<u64>>>,
}

/// What was acknowledged up to some instant.
pub(crate) struct Acknowledged(HashMap<AggregateKey, (u128, Vec<u64>)>);

impl Chorus {
    /// So many writers, each on an aggregate of its own, which begin where these numbers do.
    pub(crate) fn of(journal: &Journal, writers: std::ops::Range<u128>) -> Self {
        let (stopped, (counting, count)) = (Arc::new(AtomicBool::new(false)), watch::channel(0));
        let voices: Vec<_> = writers
            .map(|writer| Voice { key: user(writer), first: writer * RANGE, places: Arc::default() })
            .collect();
        let sing = |voice: &Voice| {
            tokio::spawn(voice.clone().sing(journal.clone(), stopped.clone(), counting.clone()))
        };
        let singing = voices.iter().map(sing).collect();
        Self { stopped, count, voices, singing }
    }

    /// Waits until so many more commits are acknowledged.
    pub(crate) async fn goes_on_for(&mut self, more: u64) {
        let goal = *self.count.borrow() + more;
        self.count.wait_for(|count| *count >= goal).await.unwrap();
    }

    pub(crate) fn acknowledged(&self) -> Acknowledged {
        let places = |voice: &Voice| (voice.key, (voice.first, voice.places.lock().unwrap().clone()));
        Acknowledged(self.voices.iter().map(places).collect())
    }

    pub(crate) async fn stop(mut self) -> Acknowledged {
        self.stopped.store(true, Ordering::Relaxed);
        for singing in self.singing.drain(..) {
            singing.await.unwrap();
        }
        self.acknowledged()
    }
}

impl Drop for Chorus {
    fn drop(&mut self) {
        self.singing.iter().for_each(JoinHandle::abort);
    }
}

impl Voice {
    async fn sing(self, journal: Journal, stopped: Arc<AtomicBool>, count: watch::Sender<u64>) {
        let (mut last, mut next) = (0, self.first);
        while !stopped.load(Ordering::Relaxed) {
            match append(&journal, self.key, last, &commit(next)).await {
                Ok(position) => {
                    self.places.lock().unwrap().push(position.sequence);
                    (last, next) = (position.sequence, next + 1);
                    count.send_modify(|count| *count += 1);
                }
                Err(AppendError::Unknown(_) | AppendError::Unavailable(_)) => {}
                Err(error) => unreachable!("{error:?}"),
            }
        }
    }
}

impl Acknowledged {
    /// All of it is in the log once, whole, in order and where it was said to be, and nothing else is.
    pub(crate) async fn is_all_of(&self, journal: &Journal) {
        assert_eq!(self.beyond_in(journal).await, 0);
    }

    /// All of it is in the log once, whole, in order and where it was said to be. What was on its way, one commit for
    /// each writer, may be there too: answers how many there are.
    pub(crate) async fn beyond_in(&self, journal: &Journal) -> usize {
        let mut found: HashMap<AggregateKey, Vec<u64>> = HashMap::new();
        let last = journal.last().await.unwrap().sequence;
        let mut commits = journal.follow(0).take(usize::try_from(last).unwrap());
        while let Some(recorded) = commits.next().await {
            // A hole would be an error.
            let recorded = recorded.unwrap();
            let (first, _) = self.0[&recorded.aggregate];
            let places = found.entry(recorded.aggregate).or_default();
            assert_eq!(recorded.commit, commit(first + places.len() as u128), "{:?}", recorded.position);
            places.push(recorded.position.sequence);
        }
        let beyond = |(key, (_, said)): (&AggregateKey, &(u128, Vec<u64>))| {
            let there = found.get(key).map_or(&[][..], Vec::as_slice);
            assert!(there.starts_with(said), "{key}: {said:?} was acknowledged, and {there:?} is there");
            assert!(there.len() <= said.len() + 1, "{key}: {} more than were sent", there.len() - said.len());
            there.len() - said.len()
        };
        self.0.iter().map(beyond).sum()
    }

    /// Both.
    pub(crate) fn and(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }

    pub(crate) fn len(&self) -> usize {
        self.0.values().map(|(_, places)| places.len()).sum()
    }
}

/// How many rounds of chance there are: as many as `INNKEEPER_SOAK_ROUNDS` says.
#[expect(clippy::disallowed_methods, reason = "a soak is asked for by whoever starts the tests")]
pub(crate) fn rounds(usual: u64) -> u64 {
    env::var("INNKEEPER_SOAK_ROUNDS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(usual)
}

/// A number below this one, another each time.
pub(crate) fn chance(below: u64) -> u64 {
    RandomState::new().hash_one(below) % below
}
