//! The entries of a lorebook, in their order and by their numbers.
//!
//! A book may have twenty thousand of them, so none of this looks at all of them to find one.

use std::collections::BTreeMap;

use cards::lorebook::Entry;
use serde::{Deserialize, Serialize};

/// Entries in their order. Each has a number of its own.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Entries {
    in_order: BTreeMap<u64, Entry>,
    places: BTreeMap<u64, u64>,
    next: u64,
}

impl Entries {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.in_order.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.in_order.is_empty()
    }

    /// The entry of this number.
    pub fn get(&self, uid: u64) -> Option<&Entry> {
        self.in_order.get(self.places.get(&uid)?)
    }

    /// All of them, in their order.
    pub fn iter(&self) -> impl Iterator<Item = &Entry> {
        self.in_order.values()
    }

    /// Puts an entry behind the others, unless one has its number.
    pub(super) fn push(&mut self, entry: Entry) {
        if self.places.contains_key(&entry.uid) {
            return;
        }
        self.places.insert(entry.uid, self.next);
        self.in_order.insert(self.next, entry);
        self.next += 1;
    }

    /// Puts an entry in the place of the one that has its number, if one has.
    pub(super) fn replace(&mut self, entry: Entry) {
        if let Some(old) = self.places.get(&entry.uid).and_then(|place| self.in_order.get_mut(place)) {
            *old = entry;
        }
    }

    /// Takes the entry of this number out.
    pub(super) fn remove(&mut self, uid: u64) {
        if let Some(place) = self.places.remove(&uid) {
            self.in_order.remove(&place);
        }
    }
}

impl FromIterator<Entry> for Entries {
    fn from_iter<Of: IntoIterator<Item = Entry>>(entries: Of) -> Self {
        let mut all = Self::default();
        entries.into_iter().for_each(|entry| all.push(entry));
        all
    }
}

#[cfg(test)]
mod spec {
    use super::*;

    fn of(uid: u64, content: &str) -> Entry {
        Entry { uid, content: content.into(), ..Entry::default() }
    }

    fn told(entries: &Entries) -> Vec<(u64, &str)> {
        entries.iter().map(|entry| (entry.uid, entry.content.as_str())).collect()
    }

    #[test]
    fn they_stay_in_their_order_whatever_their_numbers() {
        let mut entries: Entries = [of(7, "a"), of(0, "b"), of(3, "c")].into_iter().collect();
        entries.replace(of(0, "B"));
        entries.remove(7);
        entries.push(of(7, "d"));
        assert_eq!(told(&entries), [(0, "B"), (3, "c"), (7, "d")]);
        assert_eq!((entries.len(), entries.get(3).map(|entry| entry.uid)), (3, Some(3)));
    }

    #[test]
    fn a_number_that_is_taken_or_unknown_changes_nothing() {
        let mut entries: Entries = [of(1, "a")].into_iter().collect();
        let before = entries.clone();
        entries.push(of(1, "again"));
        entries.replace(of(2, "nobody"));
        entries.remove(2);
        assert_eq!(entries, before);
    }
}
