//! The folded states that a process keeps, each behind a lock of its own.
//!
//! What is kept may be behind the log; the tail says so as soon as it sees a newer commit ([`Caches::saw`]), and the
//! next one who looks loads the difference. A state that was dropped is folded anew: the cache is never the truth.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use domain::{
    Fold,
    character::Character,
    commit::{Kind, Recorded},
    conversation::{Conversation, Transcript},
    user::User,
};
use moka::sync::Cache;
use tokio::sync::{Mutex, MutexGuard};
use uuid::Uuid;

use super::Folded;

/// Entries of a kind, and for how long an unused one stays.
const STATES: u64 = 20_000;
const TRANSCRIPTS: u64 = 2_000;
const IDLE: Duration = Duration::from_secs(15 * 60);

type Shelf<F> = Cache<Uuid, Arc<Entry<F>>>;

/// The folded states of all kinds.
pub struct Caches {
    users: Shelf<User>,
    characters: Shelf<Character>,
    conversations: Shelf<Conversation>,
    transcripts: Shelf<Transcript>,
}

/// One folded state.
#[derive(Default)]
pub struct Entry<F> {
    folded: Mutex<Folded<F>>,
    known: AtomicU64,
}

/// What can be kept: each kind says on which shelf.
pub trait Kept: Fold {
    /// Its shelf.
    fn shelf(caches: &Caches) -> &Cache<Uuid, Arc<Entry<Self>>>;
}

impl Kept for User {
    fn shelf(caches: &Caches) -> &Shelf<Self> {
        &caches.users
    }
}

impl Kept for Character {
    fn shelf(caches: &Caches) -> &Shelf<Self> {
        &caches.characters
    }
}

impl Kept for Conversation {
    fn shelf(caches: &Caches) -> &Shelf<Self> {
        &caches.conversations
    }
}

impl Kept for Transcript {
    fn shelf(caches: &Caches) -> &Shelf<Self> {
        &caches.transcripts
    }
}

impl Default for Caches {
    fn default() -> Self {
        Self {
            users: shelf(STATES),
            characters: shelf(STATES),
            conversations: shelf(STATES),
            transcripts: shelf(TRANSCRIPTS),
        }
    }
}

fn shelf<F: Fold>(entries: u64) -> Shelf<F> {
    Cache::builder().max_capacity(entries).time_to_idle(IDLE).build()
}

impl Caches {
    /// The entry of this id; an empty one that was never loaded if none is kept.
    pub fn get<F: Kept>(&self, id: Uuid) -> Arc<Entry<F>> {
        F::shelf(self).get_with(id, Arc::default)
    }

    /// Something was committed: what is kept of its aggregate is behind.
    pub fn saw(&self, recorded: &Recorded) {
        let (id, sequence) = (recorded.aggregate.id, recorded.position.sequence);
        match recorded.aggregate.kind {
            Kind::User => behind(&self.users, id, sequence),
            Kind::Character => behind(&self.characters, id, sequence),
            Kind::Conversation => {
                behind(&self.conversations, id, sequence);
                behind(&self.transcripts, id, sequence);
            }
        }
    }
}

fn behind<F: Fold>(shelf: &Shelf<F>, id: Uuid, sequence: u64) {
    if let Some(entry) = shelf.get(&id) {
        entry.known.fetch_max(sequence, Ordering::AcqRel);
    }
}

impl<F> Entry<F> {
    /// The state, for one at a time.
    pub async fn lock(&self) -> MutexGuard<'_, Folded<F>> {
        self.folded.lock().await
    }

    /// The newest commit that the tail saw.
    pub fn known(&self) -> u64 {
        self.known.load(Ordering::Acquire)
    }
}
