//! Entries as SillyTavern keeps them in files of their own.

use serde_json::{Map, Value};

use super::entries::Draft;
use crate::lorebook::Entry;
use crate::lorebook::names::{self, WORLD};
use crate::lorebook::write;
use crate::taking::Taking;

/// Nothing is demanded here: SillyTavern itself fills in what an entry lacks.
pub(super) fn entry(from: &mut Taking<'_>) -> Draft {
    let mut entry = Entry {
        id: from.text("id"),
        name: from.text("name"),
        comment: from.text("comment"),
        content: from.text("content"),
        enabled: !from.truth("disable", false),
        keys: from.texts("key"),
        secondary_keys: from.texts("keysecondary"),
        selective: from.truth("selective", true),
        use_regex: from.truth_if_any("use_regex"),
        constant: from.truth("constant", false),
        position: names::position(from).unwrap_or_default(),
        order: from.whole("order").unwrap_or(Entry::ORDER),
        priority: from.whole("priority"),
        add_memo: from.truth("addMemo", true),
        extensions: from.object("extensions"),
        ..Entry::default()
    };
    WORLD.take(from, &mut entry);
    Draft { number: from.take("uid"), entry }
}

/// Fields of other programs that SillyTavern has other uses for are set aside, so that writing a book for SillyTavern
/// neither loses them nor changes what the entry means.
pub(super) fn set_aside(entry: &mut Entry) {
    if entry.rest.is_empty() {
        return;
    }
    let used = write::world_entry(&Entry::default());
    let used = |key: &str| used.contains_key(key) || write::SELDOM.contains(&key);
    let (aside, rest) =
        std::mem::take(&mut entry.rest).into_iter().partition::<Map<_, _>, _>(|(key, _)| used(key));
    entry.rest = rest;
    if aside.is_empty() {
        return;
    }
    let kept = entry.extensions.entry("rest").or_insert_with(|| Value::Object(Map::new()));
    if let Value::Object(kept) = kept {
        kept.extend(aside);
    }
}
