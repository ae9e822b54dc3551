//! Keys at hand: bounded, for a few minutes, wiped from memory when they go.

use std::{sync::Arc, time::Duration};

use domain::user::UserId;
use moka::sync::Cache;
use nats::keys::{DataKey, Held, KeyName};

/// How many keys are at hand at most. Each takes about a kilobyte.
const KEYS: u64 = 50_000;
/// For how long a key is at hand before its database is asked again.
const BRIEFLY: Duration = Duration::from_secs(5 * 60);

/// The keys at hand.
pub(super) struct AtHand {
    named: Cache<KeyName, Held>,
    current: Cache<UserId, Arc<DataKey>>,
}

impl Default for AtHand {
    fn default() -> Self {
        let (named, current) = (Cache::builder().max_capacity(KEYS), Cache::builder().max_capacity(KEYS));
        Self { named: named.time_to_live(BRIEFLY).build(), current: current.time_to_live(BRIEFLY).build() }
    }
}

impl AtHand {
    pub(super) fn named(&self, name: KeyName) -> Option<Held> {
        self.named.get(&name)
    }

    pub(super) fn current(&self, person: UserId) -> Option<Arc<DataKey>> {
        self.current.get(&person)
    }

    pub(super) fn keep(&self, name: KeyName, held: &Held) {
        self.named.insert(name, held.clone());
    }

    pub(super) fn keep_current(&self, name: KeyName, key: &Arc<DataKey>) {
        self.current.insert(name.person, key.clone());
        self.named.insert(name, Held::Key(key.clone()));
    }

    /// Lets go of all keys of a person, now.
    pub(super) fn forget(&self, person: UserId) {
        self.current.invalidate(&person);
        let theirs = self.named.iter().map(|(name, _)| *name).filter(|name| name.person == person);
        theirs.collect::<Vec<_>>().iter().for_each(|name| self.named.invalidate(name));
        self.named.run_pending_tasks();
        self.current.run_pending_tasks();
    }
}
