//! The folded states that a process keeps, each behind a lock of its own.
//!
//! The tail shows it every commit ([`Caches::saw`]). A commit that joins what is kept is taken in, so that the states in
//! use stay as new as the log; where one does not join, or the state is locked, it is noted that the state is behind,
//! and the next one who looks loads the difference. A state that was dropped is folded anew: the cache is never the
//! truth.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use domain::{
    Fold,
    audit::Audit,
    character::Character,
    commit::{Kind, Recorded},
    conversation::{Conversation, Transcript},
    lorebook::Lorebook,
    user::User,
};
use moka::sync::Cache;
use tokio::sync::{Mutex, MutexGuard};
use uuid::Uuid;

use super::Folded;

/// Entries of a kind, and for how long an unused one stays.
const STATES: u64 = 20_000;
const TRANSCRIPTS: u64 = 2_000;
const LOREBOOKS: u64 = 500;
const AUDITS: u64 = 100;
const IDLE: Duration = Duration::from_secs(15 * 60);

type Shelf<F> = Cache<Uuid, Arc<Entry<F>>>;

/// The folded states of all kinds.
pub struct Caches {
    users: Shelf<User>,
    characters: Shelf<Character>,
    conversations: Shelf<Conversation>,
    transcripts: Shelf<Transcript>,
    lorebooks: Shelf<Lorebook>,
    audits: Shelf<Audit>,
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

impl Kept for Lorebook {
    fn shelf(caches: &Caches) -> &Shelf<Self> {
        &caches.lorebooks
    }
}

impl Kept for Audit {
    fn shelf(caches: &Caches) -> &Shelf<Self> {
        &caches.audits
    }
}

impl Default for Caches {
    fn default() -> Self {
        Self {
            users: shelf(STATES),
            characters: shelf(STATES),
            conversations: shelf(STATES),
            transcripts: shelf(TRANSCRIPTS),
            lorebooks: shelf(LOREBOOKS),
            audits: shelf(AUDITS),
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

    /// Something was committed: here a moment ago, or anywhere, as the tail tells. Whoever looks next, through whichever
    /// fold, sees it.
    pub fn saw(&self, recorded: &Recorded) {
        match recorded.aggregate.kind {
            Kind::User => show(&self.users, recorded),
            Kind::Character => show(&self.characters, recorded),
            Kind::Conversation => {
                show(&self.conversations, recorded);
                show(&self.transcripts, recorded);
            }
            Kind::Lorebook => show(&self.lorebooks, recorded),
            Kind::Audit => show(&self.audits, recorded),
        }
    }
}

/// Shows a commit to what is kept of its aggregate. Of one that has just begun nothing is kept yet: it will be needed.
fn show<F: Fold>(shelf: &Shelf<F>, recorded: &Recorded) {
    let id = recorded.aggregate.id;
    let entry = match recorded.commit.after {
        0 => Some(shelf.get_with(id, Arc::default)),
        _ => shelf.get(&id),
    };
    let Some(entry) = entry else { return };
    entry.known.fetch_max(recorded.position.sequence, Ordering::AcqRel);
    if let Ok(mut folded) = entry.folded.try_lock() {
        folded.join(recorded);
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
