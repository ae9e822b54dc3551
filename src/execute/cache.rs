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
    Aggregate, Fold, Id,
    audit::Audit,
    character::Character,
    commit::{Kind, Recorded},
    conversation::{Conversation, Transcript},
    lorebook::Lorebook,
    persona::Persona,
    user::{User, UserId},
};
use moka::sync::Cache;
use tokio::sync::{Mutex, MutexGuard};
use uuid::Uuid;

use super::Folded;

/// Entries of a kind, and for how long an unused one stays.
const STATES: u64 = 20_000;
const TRANSCRIPTS: u64 = 2_000;
const LOREBOOKS: u64 = 500;
const PERSONAS: u64 = 2_000;
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
    personas: Shelf<Persona>,
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

    /// Whose it is.
    fn whose(&self, id: Uuid) -> Option<UserId>;
}

impl Kept for User {
    fn shelf(caches: &Caches) -> &Shelf<Self> {
        &caches.users
    }

    fn whose(&self, id: Uuid) -> Option<UserId> {
        Aggregate::whose(self, Id::new(id))
    }
}

impl Kept for Character {
    fn shelf(caches: &Caches) -> &Shelf<Self> {
        &caches.characters
    }

    fn whose(&self, id: Uuid) -> Option<UserId> {
        Aggregate::whose(self, Id::new(id))
    }
}

impl Kept for Conversation {
    fn shelf(caches: &Caches) -> &Shelf<Self> {
        &caches.conversations
    }

    fn whose(&self, id: Uuid) -> Option<UserId> {
        Aggregate::whose(self, Id::new(id))
    }
}

impl Kept for Transcript {
    fn shelf(caches: &Caches) -> &Shelf<Self> {
        &caches.transcripts
    }

    fn whose(&self, _id: Uuid) -> Option<UserId> {
        self.owner
    }
}

impl Kept for Lorebook {
    fn shelf(caches: &Caches) -> &Shelf<Self> {
        &caches.lorebooks
    }

    fn whose(&self, id: Uuid) -> Option<UserId> {
        Aggregate::whose(self, Id::new(id))
    }
}

impl Kept for Persona {
    fn shelf(caches: &Caches) -> &Shelf<Self> {
        &caches.personas
    }

    fn whose(&self, id: Uuid) -> Option<UserId> {
        Aggregate::whose(self, Id::new(id))
    }
}

impl Kept for Audit {
    fn shelf(caches: &Caches) -> &Shelf<Self> {
        &caches.audits
    }

    fn whose(&self, id: Uuid) -> Option<UserId> {
        Aggregate::whose(self, Id::new(id))
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
            personas: shelf(PERSONAS),
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

    /// Lets go of everything that belongs to a person, and answers the conversations among it that were at hand. One that
    /// is in use may be theirs: it is answered, too.
    pub fn forget(&self, person: UserId) -> Vec<Arc<Entry<Conversation>>> {
        clear(&self.characters, person);
        clear(&self.transcripts, person);
        clear(&self.lorebooks, person);
        clear(&self.personas, person);
        clear(&self.conversations, person)
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
            Kind::Persona => show(&self.personas, recorded),
            Kind::Audit => show(&self.audits, recorded),
        }
    }
}

/// Takes a person's states off the shelf. One that is in use right now may be theirs: it goes too, and is folded anew.
fn clear<F: Kept>(shelf: &Shelf<F>, person: UserId) -> Vec<Arc<Entry<F>>> {
    let mut gone = vec![];
    for (id, entry) in shelf {
        let may_be_theirs = entry.at_once().is_none_or(|folded| folded.state().whose(*id) == Some(person));
        if may_be_theirs {
            shelf.invalidate(&*id);
            gone.push(entry);
        }
    }
    gone
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

    /// The state, if nobody has it right now.
    pub fn at_once(&self) -> Option<MutexGuard<'_, Folded<F>>> {
        self.folded.try_lock().ok()
    }

    /// The newest commit that the tail saw.
    pub fn known(&self) -> u64 {
        self.known.load(Ordering::Acquire)
    }
}
