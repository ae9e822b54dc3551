//! Places at the table: how many connections one person has at once.

use std::{
    collections::HashMap,
    sync::{Arc, LazyLock},
};

use domain::user::UserId;
use parking_lot::Mutex;

/// How many.
const MOST: usize = 64;

static TAKEN: LazyLock<Arc<Mutex<HashMap<UserId, usize>>>> = LazyLock::new(Arc::default);

/// A place that is taken until it is dropped.
pub(super) struct Place(UserId);

impl Place {
    /// Another one for this person, if they have not all that they may have.
    pub(super) fn take(user: UserId) -> Option<Self> {
        let mut taken = TAKEN.lock();
        let count = taken.entry(user).or_default();
        (*count < MOST).then(|| {
            *count += 1;
            Self(user)
        })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = TAKEN.lock();
        if let Some(count) = taken.get_mut(&self.0) {
            *count -= 1;
            if *count == 0 {
                taken.remove(&self.0);
            }
        }
    }
}

#[cfg(test)]
mod spec {
    use super::*;
    use crate::stamp;

    #[test]
    fn who_leaves_makes_room() {
        let user = stamp::id();
        let mut places: Vec<_> = std::iter::from_fn(|| Place::take(user)).collect();
        assert_eq!(places.len(), MOST);
        assert!(Place::take(stamp::id()).is_some(), "somebody else");
        places.pop();
        assert!(Place::take(user).is_some());
        drop(places);
        assert!(!TAKEN.lock().contains_key(&user));
    }
}
