//! What an entry may hold, and what it weighs in the log.
//!
//! Entries hold values of other programs, of any shape. Whatever an entry comes to have later, it is looked at as a
//! value as well: no U+0000 anywhere, no depth that the log does not read back, and no more weight than a commit has
//! room for.

use std::collections::BTreeSet;

use cards::lorebook::Entry;
use serde::Serialize;
use serde_json::Value;

use super::{Entries, Extras, LorebookRejected};
use crate::bounds::{self, OutOfBounds};

/// The library that writes values marks numbers and such by fields whose names begin like this: an object with one of
/// them would not read back.
const RESERVED: &str = "$serde_json::";

/// What a number weighs besides its digits: it is stored with a mark.
const NUMBER: usize = 36;
/// What a text, a list or an object weighs besides what is in it.
const HEAD: usize = 5;

/// What an entry weighs in the log, in bytes, at most.
pub fn weight(entry: &Entry) -> usize {
    weighed("an entry", entry, usize::MAX).unwrap_or(usize::MAX)
}

/// Holds if each of these is bounded.
pub fn entries(entries: &[Entry]) -> Result<(), LorebookRejected> {
    bounds::count("entries", entries.len(), bounds::ENTRIES)?;
    entries.iter().try_for_each(entry)
}

/// Holds if each of these has a number that no other has.
pub(super) fn are_new(entries: &[Entry], known: &Entries) -> Result<(), LorebookRejected> {
    let mut seen = BTreeSet::new();
    let mut taken = entries.iter().filter(|entry| known.get(entry.uid).is_some() || !seen.insert(entry.uid));
    taken.next().map_or(Ok(()), |entry| Err(LorebookRejected::EntryAlreadyHere { uid: entry.uid }))
}

/// Holds if the entry is bounded.
pub(super) fn entry(entry: &Entry) -> Result<(), LorebookRejected> {
    parts(entry).map_err(|reason| LorebookRejected::BadEntry { uid: entry.uid, reason })
}

fn parts(entry: &Entry) -> Result<(), OutOfBounds> {
    number(entry.uid)?;
    bounds::text("the content", &entry.content, bounds::ENTRY_TEXT)?;
    keys("the keys", &entry.keys)?;
    keys("the secondary keys", &entry.secondary_keys)?;
    bounds::range("the probability", entry.probability, 0.0, 100.0)?;
    weighed("an entry", entry, bounds::ENTRY).map(drop)
}

fn number(uid: u64) -> Result<(), OutOfBounds> {
    if uid > bounds::ENTRY_NUMBER {
        let most = 9_007_199_254_740_991.0;
        return Err(OutOfBounds::OutOfRange { what: "the number of an entry", least: 0.0, most });
    }
    Ok(())
}

fn keys(what: &'static str, keys: &[String]) -> Result<(), OutOfBounds> {
    bounds::count(what, keys.len(), bounds::ENTRY_KEYS)?;
    keys.iter().try_for_each(|key| bounds::text("a key", key, bounds::ENTRY_KEY))
}

/// Holds if what other programs keep in a lorebook is bounded.
pub(super) fn extras(extras: &Extras) -> Result<(), OutOfBounds> {
    weighed("what other programs keep in the lorebook", extras, bounds::EXTRAS).map(drop)
}

/// What something weighs, if it is bounded.
pub(crate) fn weighed(what: &'static str, thing: &impl Serialize, most: usize) -> Result<usize, OutOfBounds> {
    // Everything that is weighed here has a form.
    let form = serde_json::to_value(thing).unwrap_or_default();
    let weight = value(what, &form, bounds::NESTING)?;
    if weight > most { Err(OutOfBounds::TooLong { what, most }) } else { Ok(weight) }
}

fn value(what: &'static str, form: &Value, levels: usize) -> Result<usize, OutOfBounds> {
    match form {
        Value::Null | Value::Bool(_) => Ok(1),
        Value::Number(number) => Ok(NUMBER + number.to_string().len()),
        Value::String(words) => text(what, words),
        Value::Array(list) => {
            let levels = deeper(what, levels)?;
            list.iter().try_fold(HEAD, |sum, entry| Ok(sum + value(what, entry, levels)?))
        }
        Value::Object(fields) => {
            let levels = deeper(what, levels)?;
            fields.iter().try_fold(HEAD, |sum, (name, field)| {
                Ok(sum + named(what, name)? + value(what, field, levels)?)
            })
        }
    }
}

fn deeper(what: &'static str, levels: usize) -> Result<usize, OutOfBounds> {
    levels.checked_sub(1).ok_or(OutOfBounds::TooDeep { what, most: bounds::NESTING })
}

fn named(what: &'static str, name: &str) -> Result<usize, OutOfBounds> {
    if name.starts_with(RESERVED) {
        return Err(OutOfBounds::Reserved { what });
    }
    text(what, name)
}

fn text(what: &'static str, words: &str) -> Result<usize, OutOfBounds> {
    bounds::text(what, words, usize::MAX)?;
    Ok(HEAD + words.len())
}

#[cfg(test)]
mod spec {
    use serde_json::json;

    use super::*;
    use crate::lorebook::spec::tides;

    fn keeping(kept: Value) -> Entry {
        let mut entry = tides();
        entry.extensions.insert("kept".into(), kept);
        entry
    }

    fn why_not(entry: &Entry) -> Option<OutOfBounds> {
        parts(entry).err()
    }

    fn nested(levels: usize) -> Value {
        (0..levels).fold(json!(1), |inner, _| json!([inner]))
    }

    #[test]
    fn an_ordinary_entry_is_bounded_and_weighs_at_least_its_words() {
        assert_eq!(parts(&tides()), Ok(()));
        assert!(weight(&tides()) > tides().content.len());
        let longer = Entry { content: "a".repeat(1_000), ..tides() };
        assert_eq!(weight(&longer) - weight(&tides()), 1_000 - tides().content.len());
    }

    #[test]
    fn what_the_log_would_not_read_back_is_refused() {
        let what = "an entry";
        let [fits, deep] = [bounds::NESTING - 2, bounds::NESTING - 1].map(|levels| keeping(nested(levels)));
        assert_eq!(why_not(&fits), None);
        assert_eq!(why_not(&deep), Some(OutOfBounds::TooDeep { what, most: bounds::NESTING }));
        let mut marked = serde_json::Map::new();
        marked.insert("$serde_json::private::Number".into(), json!("abc"));
        assert_eq!(why_not(&keeping(marked.into())), Some(OutOfBounds::Reserved { what }));
    }

    #[test]
    fn no_text_holds_what_cannot_be_stored() {
        let comment = Entry { comment: "a\0b".into(), ..tides() };
        for entry in [comment, keeping(json!(["\0"])), keeping(json!({ "\0": 1 }))] {
            assert_eq!(why_not(&entry), Some(OutOfBounds::Nul { what: "an entry" }));
        }
    }

    #[test]
    fn every_part_has_its_bound() {
        let too_long = |what, most| Some(OutOfBounds::TooLong { what, most });
        let long = Entry { content: "a".repeat(bounds::ENTRY_TEXT + 1), ..tides() };
        assert_eq!(why_not(&long), too_long("the content", bounds::ENTRY_TEXT));
        let key = Entry { keys: vec!["a".repeat(bounds::ENTRY_KEY + 1)], ..tides() };
        assert_eq!(why_not(&key), too_long("a key", bounds::ENTRY_KEY));
        let many = Entry { secondary_keys: vec![String::new(); bounds::ENTRY_KEYS + 1], ..tides() };
        let too_many = OutOfBounds::TooMany { what: "the secondary keys", most: bounds::ENTRY_KEYS };
        assert_eq!(why_not(&many), Some(too_many));
        let heavy = keeping(json!("a".repeat(bounds::ENTRY)));
        assert_eq!(why_not(&heavy), too_long("an entry", bounds::ENTRY));
        for entry in [
            Entry { uid: bounds::ENTRY_NUMBER + 1, ..tides() },
            Entry { probability: f64::NAN, ..tides() },
            Entry { probability: 100.5, ..tides() },
        ] {
            assert!(matches!(why_not(&entry), Some(OutOfBounds::OutOfRange { .. })));
        }
    }
}
