//! Keys in memory only: whoever drops the pocket has forgotten everybody's words.

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use domain::user::UserId;
use futures_util::{FutureExt, future::BoxFuture};
use rand::Rng;

use super::{DataKey, Held, KEY_LENGTH, KeyError, KeyName, KeyRing};

/// Keys in memory.
#[derive(Default)]
pub struct Pocket(Mutex<HashMap<UserId, Vec<Held>>>);

impl fmt::Debug for Pocket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pocket(***)")
    }
}

impl Pocket {
    /// From now on this person's words are sealed under another key.
    pub fn rotate(&self, person: UserId) {
        let mut keys = self.lock();
        let keys = keys.entry(person).or_default();
        if !matches!(keys.last(), Some(Held::Destroyed)) {
            keys.push(fresh(keys.len()));
        }
    }

    /// Destroys all keys of a person.
    pub fn destroy(&self, person: UserId) {
        let mut keys = self.lock();
        let keys = keys.entry(person).or_default();
        keys.iter_mut().for_each(|key| *key = Held::Destroyed);
        if keys.is_empty() {
            keys.push(Held::Destroyed);
        }
    }

    /// A panic elsewhere leaves the map as it was.
    fn lock(&self) -> MutexGuard<'_, HashMap<UserId, Vec<Held>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn fresh(before: usize) -> Held {
    let mut key = [0; KEY_LENGTH];
    rand::rng().fill_bytes(&mut key);
    Held::Key(Arc::new(DataKey::new(number(before), &key)))
}

/// Keys are numbered from 1.
fn number(before: usize) -> u32 {
    u32::try_from(before).unwrap_or(u32::MAX).saturating_add(1)
}

impl KeyRing for Pocket {
    fn current(&self, person: UserId) -> BoxFuture<'_, Result<Arc<DataKey>, KeyError>> {
        let mut keys = self.lock();
        let keys = keys.entry(person).or_default();
        if keys.is_empty() {
            keys.push(fresh(0));
        }
        let current = match keys.last() {
            Some(Held::Key(key)) => Ok(key.clone()),
            Some(Held::Destroyed) | None => Err(KeyError::Destroyed),
        };
        async move { current }.boxed()
    }

    fn at_hand(&self, name: KeyName) -> Option<Held> {
        let before = usize::try_from(name.number.checked_sub(1)?).ok()?;
        self.lock().get(&name.person)?.get(before).cloned()
    }

    fn find<'a>(&'a self, names: &'a [KeyName]) -> BoxFuture<'a, Result<HashMap<KeyName, Held>, KeyError>> {
        let found = names.iter().filter_map(|name| Some((*name, self.at_hand(*name)?))).collect();
        async move { Ok(found) }.boxed()
    }
}
