//! Keys at hand: bounded, for a few minutes, wiped from memory when they go.

use std::{hash::Hash, sync::Arc, time::Duration};

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
    /// Who was forgotten lately: a key of theirs that was on its way then is not kept when it arrives.
    gone: Cache<UserId, ()>,
}

impl Default for AtHand {
    fn default() -> Self {
        Self { named: briefly(BRIEFLY), current: briefly(BRIEFLY), gone: briefly(2 * BRIEFLY) }
    }
}

fn briefly<K, V>(time: Duration) -> Cache<K, V>
where
    K: Hash + Eq + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    Cache::builder().max_capacity(KEYS).time_to_live(time).build()
}

impl AtHand {
    pub(super) fn named(&self, name: KeyName) -> Option<Held> {
        self.named.get(&name)
    }

    pub(super) fn current(&self, person: UserId) -> Option<Arc<DataKey>> {
        self.current.get(&person)
    }

    pub(super) fn is_gone(&self, person: UserId) -> bool {
        self.gone.contains_key(&person)
    }

    pub(super) fn keep(&self, name: KeyName, held: &Held) {
        if !self.is_gone(name.person) {
            self.named.insert(name, held.clone());
        }
    }

    pub(super) fn keep_current(&self, name: KeyName, key: &Arc<DataKey>) {
        if !self.is_gone(name.person) {
            self.current.insert(name.person, key.clone());
            self.named.insert(name, Held::Key(key.clone()));
        }
    }

    /// Lets go of all keys of a person who was forgotten, now and of those that are on their way.
    pub(super) fn forget(&self, person: UserId) {
        self.gone.insert(person, ());
        self.let_go(person);
    }

    /// Lets go of all keys of a person: there are newer ones.
    pub(super) fn let_go(&self, person: UserId) {
        self.current.invalidate(&person);
        let theirs = self.named.iter().map(|(name, _)| *name).filter(|name| name.person == person);
        theirs.collect::<Vec<_>>().iter().for_each(|name| self.named.invalidate(name));
        self.named.run_pending_tasks();
        self.current.run_pending_tasks();
    }
}

#[cfg(test)]
mod spec {
    use super::*;
    use crate::stamp;

    fn key(number: u32) -> Arc<DataKey> {
        Arc::new(DataKey::new(number, &stamp::secret()))
    }

    #[test]
    fn who_is_forgotten_has_no_key_at_hand_not_even_one_that_was_on_its_way() {
        let (at_hand, mira, vlad) = (AtHand::default(), stamp::id(), stamp::id());
        let name = |person| KeyName { person, number: 1 };
        at_hand.keep_current(name(mira), &key(1));
        at_hand.keep_current(name(vlad), &key(1));
        at_hand.forget(mira);
        at_hand.keep(name(mira), &Held::Key(key(1)));
        at_hand.keep_current(name(mira), &key(1));
        assert!(
            at_hand.named(name(mira)).is_none() && at_hand.current(mira).is_none() && at_hand.is_gone(mira)
        );
        assert!(at_hand.named(name(vlad)).is_some() && at_hand.current(vlad).is_some());
    }

    #[test]
    fn newer_keys_take_the_place_of_older_ones() {
        let (at_hand, mira) = (AtHand::default(), stamp::id());
        at_hand.keep_current(KeyName { person: mira, number: 1 }, &key(1));
        at_hand.let_go(mira);
        assert!(at_hand.current(mira).is_none());
        at_hand.keep_current(KeyName { person: mira, number: 2 }, &key(2));
        assert!(at_hand.current(mira).is_some());
    }
}
