//! What was changed here since in the lorebook that came with a card, as edits of that card.
//!
//! An entry that is what it was is not touched, however the card spells it; one that was changed is written anew. Edits
//! are few by their nature, and each looks through the text again: where they are many, the list of entries is set
//! whole, with those that nobody changed as values as they were.

use std::collections::{BTreeMap, BTreeSet};

use cards::{
    Card, Edit,
    lorebook::{character_book, character_book_entry},
};
use domain::lorebook::{Book, Entry, Settings};
use serde_json::Value;

const BOOK: &str = "data.character_book";
/// More edits of entries than these are one of the whole list.
const FEW: usize = 50;

/// The lorebook of a card, as it came and as it is.
#[derive(Debug, Clone)]
pub(super) struct Lore {
    /// How it is searched, as it came.
    pub(super) settings: Settings,
    /// What it knew then.
    pub(super) entries: Vec<Entry>,
    /// What it is now.
    pub(super) now: Book,
}

impl Lore {
    /// The edits that make the card say what the lorebook says now.
    pub(super) fn edits(&self, card: &Card) -> Vec<Edit> {
        let Some(book) = cards::at(card.tree(), BOOK) else { return vec![] };
        let Some(places) = Places::of(book).filter(|places| places.fit(&self.entries)) else {
            // In some other program's shape: it is told as cards tell books.
            return if self.is_changed() {
                vec![Edit::set(BOOK, character_book(&self.now.to_plain()))]
            } else {
                vec![]
            };
        };
        let mut edits = self.settings(book);
        let entries = self.entries(&places);
        if entries.len() <= FEW && places.takes(&self.added()) {
            edits.extend(entries);
        } else {
            edits.push(Edit::set(format!("{BOOK}.entries"), self.list(&places)));
        }
        edits
    }

    fn is_changed(&self) -> bool {
        self.settings != self.now.settings || !self.entries.iter().eq(self.now.entries.iter())
    }

    fn settings(&self, book: &Value) -> Vec<Edit> {
        let (was, is) = (&self.settings, &self.now.settings);
        let fields: [(&str, bool, Value); 5] = [
            ("name", was.name == is.name, is.name.as_str().into()),
            ("description", was.description == is.description, is.description.as_str().into()),
            ("scan_depth", was.scan_depth == is.scan_depth, is.scan_depth.into()),
            ("token_budget", was.token_budget == is.token_budget, is.token_budget.into()),
            (
                "recursive_scanning",
                was.recursive_scanning == is.recursive_scanning,
                is.recursive_scanning.into(),
            ),
        ];
        let changed = fields.into_iter().filter(|(_, same, _)| !same);
        changed
            .filter_map(|(field, _, value)| match value {
                Value::Null => book.get(field).map(|_| Edit::remove(format!("{BOOK}.{field}"))),
                value => Some(Edit::set(format!("{BOOK}.{field}"), value)),
            })
            .collect()
    }

    /// Those that were changed, those that are gone from the last to the first, those that were added.
    fn entries(&self, places: &Places<'_>) -> Vec<Edit> {
        let pairs = || self.entries.iter().zip(&places.entries);
        let changed = pairs().filter_map(|(was, (place, _))| match self.now.entries.get(was.uid) {
            Some(is) if is != was => Some(Edit::set(place.as_str(), character_book_entry(is))),
            _ => None,
        });
        let gone = pairs().rev().filter(|(was, _)| self.now.entries.get(was.uid).is_none());
        let gone: Vec<_> = gone.map(|(_, (place, _))| Edit::remove(place.as_str())).collect();
        let end = places.length - gone.len();
        let added = self.added().into_iter().enumerate();
        let added = added
            .map(|(nth, is)| Edit::set(format!("{BOOK}.entries[{}]", end + nth), character_book_entry(is)));
        changed.chain(gone.clone()).chain(added).collect()
    }

    fn added(&self) -> Vec<&Entry> {
        let known: BTreeSet<u64> = self.entries.iter().map(|entry| entry.uid).collect();
        self.now.entries.iter().filter(|entry| !known.contains(&entry.uid)).collect()
    }

    /// The whole list, in the lorebook's order.
    fn list(&self, places: &Places<'_>) -> Value {
        let came = self.entries.iter().zip(&places.entries);
        let came: BTreeMap<u64, _> = came.map(|(was, (_, value))| (was.uid, (was, *value))).collect();
        let tell = |is: &Entry| match came.get(&is.uid) {
            Some((was, value)) if *was == is => (*value).clone(),
            _ => character_book_entry(is),
        };
        self.now.entries.iter().map(tell).collect()
    }
}

/// Where the entries of a card's book stand, and what stands there.
struct Places<'a> {
    entries: Vec<(String, &'a Value)>,
    /// How many things the list has, entries or not.
    length: usize,
    is_list: bool,
}

impl<'a> Places<'a> {
    /// Of a book in the shape that cards have.
    fn of(book: &'a Value) -> Option<Self> {
        let (all, is_list): (Vec<_>, _) = match book.get("entries")? {
            Value::Array(list) => {
                (list.iter().enumerate().map(|(nth, entry)| (format!("[{nth}]"), entry)).collect(), true)
            }
            Value::Object(map) => (
                map.iter().map(|(key, entry)| (format!("[{}]", Value::from(key.as_str())), entry)).collect(),
                false,
            ),
            _ => return None,
        };
        let length = all.len();
        let entries = all.into_iter().filter(|(_, entry)| entry.is_object());
        let entries = entries.map(|(step, entry)| (format!("{BOOK}.entries{step}"), entry)).collect();
        Some(Self { entries, length, is_list })
    }

    /// Whether these are the entries that came in, each in the shape that cards have.
    fn fit(&self, came: &[Entry]) -> bool {
        let is_of_a_card =
            |(_, entry): &(String, &Value)| entry.get("keys").is_some() && entry.get("key").is_none();
        self.entries.len() == came.len() && self.entries.iter().all(is_of_a_card)
    }

    /// Whether these can be put behind the others.
    fn takes(&self, added: &[&Entry]) -> bool {
        self.is_list || added.is_empty()
    }
}

#[cfg(test)]
mod spec;
