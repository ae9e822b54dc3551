//! The entries of a book: each by its own shape, each with a number of its own.

use std::collections::HashSet;

use serde_json::{Map, Value};

use super::{Format, character_book, others, sillytavern};
use crate::bounds;
use crate::coerce;
use crate::lorebook::Entry;
use crate::refusal::Refusal;
use crate::taking::Taking;
use crate::warning::{WarningCode, Warnings};

/// An entry, and the number that it would like to have.
pub(super) struct Draft {
    pub(super) entry: Entry,
    pub(super) number: Option<Value>,
}

pub(super) fn of(format: Format, root: &mut Taking<'_>) -> Result<Vec<Entry>, Refusal> {
    let key = if format == Format::RisuAi { "data" } else { "entries" };
    let list = list(format, key, root);
    bounds::count("entries", list.len(), bounds::LORE_ENTRIES)?;
    let at = root.path(key);
    let drafts = list.into_iter().enumerate();
    let drafts: Vec<_> = drafts
        .filter_map(|(nth, one)| draft(format, one, nth, &format!("{at}[{nth}]"), root.warnings()))
        .collect();
    Ok(numbered(drafts, &at, root.warnings()))
}

/// The entries, each with what it stands under.
fn list(format: Format, key: &str, root: &mut Taking<'_>) -> Vec<(Option<String>, Value)> {
    match root.take(key) {
        Some(Value::Array(list)) => list.into_iter().map(|entry| (None, entry)).collect(),
        Some(Value::Object(map)) => {
            if format != Format::SillyTavern {
                let message = "the entries are an object; its values were read as the list";
                root.warn(WarningCode::EntriesAsMap, key, message);
            }
            map.into_iter().map(|(key, entry)| (Some(key), entry)).collect()
        }
        Some(_) => {
            root.warn(WarningCode::WrongType, key, "this should be a list; it was kept but not read");
            Vec::new()
        }
        None => {
            root.warn(WarningCode::MissingField, key, "the field is missing; it was taken as empty");
            Vec::new()
        }
    }
}

fn draft(
    format: Format,
    (key, entry): (Option<String>, Value),
    nth: usize,
    at: &str,
    warnings: &mut Warnings,
) -> Option<Draft> {
    let Value::Object(entry) = entry else {
        warnings.add(WarningCode::WrongType, at, "this is no entry; it was kept but not read");
        return None;
    };
    let shape = shape(format, &entry);
    let mut entry = Taking::new(entry, at, warnings);
    let mut draft = match shape {
        Format::SillyTavern => sillytavern::entry(&mut entry),
        Format::V3 | Format::CharacterBook => character_book::entry(&mut entry, shape),
        Format::NovelAi => others::novelai(&mut entry),
        Format::Agnai => others::agnai(&mut entry),
        Format::RisuAi => others::risuai(&mut entry),
    };
    draft.entry.rest = entry.rest();
    if shape != Format::SillyTavern {
        sillytavern::set_aside(&mut draft.entry);
    }
    draft.number = draft.number.or(key.map(Value::from)).or(Some(nth.into()));
    Some(draft)
}

/// Where books are pasted into each other, an entry's shape is not its book's.
fn shape(format: Format, entry: &Map<String, Value>) -> Format {
    match format {
        Format::NovelAi | Format::Agnai | Format::RisuAi => format,
        Format::V3 if !entry.contains_key("key") => format,
        _ if entry.contains_key("key") => Format::SillyTavern,
        _ if entry.contains_key("keys") => Format::CharacterBook,
        Format::SillyTavern | Format::V3 | Format::CharacterBook => format,
    }
}

/// Everybody gets the number that they would like to have, or else one that nobody wants.
fn numbered(drafts: Vec<Draft>, at: &str, warnings: &mut Warnings) -> Vec<Entry> {
    let wanted = |draft: &Draft| draft.number.as_ref().and_then(uid);
    let all: HashSet<u64> = drafts.iter().filter_map(wanted).collect();
    let mut free = (0..).filter(|number| !all.contains(number));
    let mut given = HashSet::new();
    let mut entries = Vec::with_capacity(drafts.len());
    for (nth, draft) in drafts.into_iter().enumerate() {
        let wanted = wanted(&draft);
        let uid = wanted.filter(|number| given.insert(*number));
        if wanted.is_some() && uid.is_none() {
            let message = "another entry has the same number; this one got another";
            warnings.add(WarningCode::DuplicateId, format!("{at}[{nth}]"), message);
        }
        let uid = uid.or_else(|| free.next()).unwrap_or_default();
        entries.push(Entry { uid, ..draft.entry });
    }
    entries
}

/// A number that JavaScript can count with.
fn uid(value: &Value) -> Option<u64> {
    const FAR: f64 = 9_007_199_254_740_991.0;
    let number = coerce::number(value)?;
    if number.fract() != 0.0 || !(0.0..=FAR).contains(&number) {
        return None;
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "whole, and within u64")]
    let uid = number as u64;
    Some(uid)
}
