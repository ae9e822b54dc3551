//! The card's lorebook, filled up to what V2 or V3 demands of it.
//!
//! An entry that is as demanded stays as it is. Books in the shape of another program are written anew from what they
//! were understood as, with all that nobody here knows.

use serde_json::{Map, Value, json};

use super::{Filling, LossCode, Target};
use crate::lorebook::{Entry, Key, Lorebook, Position, character_book, of_card};
use crate::refusal::Refusal;

/// What V2 programs, and people who read their notes, are told.
const NOTE: &str = "(Copied from V3 to V2: parts of the lorebook had conditions that V2 cannot express. They are gone, so \
                    entries may appear where their author did not mean them to.)";

/// SillyTavern's number of the last position that the specifications know.
const AFTER: usize = 1;

pub(super) fn fill(filling: &mut Filling<'_>, data: &mut Map<String, Value>) -> Result<(), Refusal> {
    let before = data.get("character_book").cloned();
    let Some(raw) = before.as_ref().filter(|book| book.is_object()).or(filling.sheet.lorebook.as_deref())
    else {
        // Null is no book, and everything else that is none is lost.
        if data.shift_remove("character_book").is_some_and(|book| !book.is_null()) {
            filling.losses.add(LossCode::ValueDropped, "data.character_book".to_owned());
        }
        return Ok(());
    };
    let (understood, _) = of_card(raw)?;
    let mut book = if is_of_a_card(raw) { raw.clone() } else { character_book(&understood) };
    let stripped = filled(filling, &mut book, &understood);
    data.insert("character_book".to_owned(), book);
    if stripped {
        warn_in_notes(data);
    }
    Ok(())
}

/// Whether a book has the shape that it should have inside of a card, but for types and gaps.
fn is_of_a_card(book: &Value) -> bool {
    let is_of_a_card = |entry: &Value| entry.get("key").is_none();
    let entries = book.get("entries");
    let says_other = book.get("lorebookVersion").is_some() || book.get("kind").is_some();
    !says_other && entries.and_then(Value::as_array).is_some_and(|entries| entries.iter().all(is_of_a_card))
}

/// Fills a book up, and says whether decorators were taken out of it.
fn filled(filling: &mut Filling<'_>, book: &mut Value, understood: &Lorebook) -> bool {
    let Value::Object(book) = book else { return false };
    keep(book, "extensions", Value::is_object, || Some(json!({})));
    keep_if_any(book, "name", Value::is_string, || text(&understood.name));
    keep_if_any(book, "description", Value::is_string, || text(&understood.description));
    keep_if_any(book, "scan_depth", Value::is_number, || understood.scan_depth.map(Value::from));
    keep_if_any(book, "token_budget", Value::is_number, || understood.token_budget.map(Value::from));
    keep_if_any(book, "recursive_scanning", Value::is_boolean, || {
        understood.recursive_scanning.map(Value::from)
    });

    let mut stripped = false;
    let mut understood = understood.entries.iter();
    let entries = book.get_mut("entries").map(Value::take).unwrap_or_default();
    let entries = entries.as_array().cloned().unwrap_or_default().into_iter().enumerate();
    let entries = entries.filter_map(|(nth, entry)| {
        let at = format!("data.character_book.entries[{nth}]");
        let Value::Object(mut entry) = entry else {
            filling.losses.add(LossCode::EntryDropped, at);
            return None;
        };
        let understood = understood.next()?;
        demanded(filling, &mut entry, understood, &at);
        if filling.target == Target::V2 && strip(&mut entry, understood) {
            stripped = true;
            filling.losses.add(LossCode::DecoratorsStripped, format!("{at}.content"));
        }
        Some(Value::Object(entry))
    });
    let entries: Vec<Value> = entries.collect();
    book.insert("entries".to_owned(), entries.into());
    stripped
}

fn demanded(filling: &mut Filling<'_>, entry: &mut Map<String, Value>, understood: &Entry, at: &str) {
    let is_texts = |value: &Value| value.as_array().is_some_and(|list| list.iter().all(Value::is_string));
    keep(entry, "keys", is_texts, || Some(understood.keys.clone().into()));
    keep(entry, "content", Value::is_string, || text(&understood.content).or_else(|| Some("".into())));
    keep(entry, "extensions", Value::is_object, || Some(json!({})));
    keep(entry, "enabled", Value::is_boolean, || Some(understood.enabled.into()));
    keep(entry, "insertion_order", Value::is_number, || Some(understood.order.into()));
    keep_if_any(entry, "case_sensitive", Value::is_boolean, || understood.case_sensitive.map(Value::from));
    keep_if_any(entry, "name", Value::is_string, || text(&understood.name));
    keep_if_any(entry, "comment", Value::is_string, || text(&understood.comment));
    keep_if_any(entry, "priority", Value::is_number, || understood.priority.map(Value::from));
    keep_if_any(entry, "selective", Value::is_boolean, || Some(understood.selective.into()));
    keep_if_any(entry, "constant", Value::is_boolean, || Some(understood.constant.into()));
    keep_if_any(entry, "secondary_keys", is_texts, || Some(understood.secondary_keys.clone().into()));
    position(entry, understood);
    match filling.target {
        Target::V2 => {
            let had_a_name = entry.get("id").is_some_and(Value::is_string) && !understood.id.is_empty();
            keep_if_any(entry, "id", Value::is_number, || Some(understood.uid.into()));
            if had_a_name {
                filling.losses.add(LossCode::IdReplaced, format!("{at}.id"));
            }
        }
        Target::V3 => {
            let is_id = |value: &Value| value.is_number() || value.is_string();
            keep_if_any(entry, "id", is_id, || Some(understood.uid.into()));
            keep(entry, "use_regex", Value::is_boolean, || Some(uses_regex(understood).into()));
        }
    }
}

/// Where the specifications have no word for a place, SillyTavern's number says it.
fn position(entry: &mut Map<String, Value>, understood: &Entry) {
    let is_word = |value: &Value| matches!(value.as_str(), Some("before_char" | "after_char"));
    if !entry.contains_key("position") || entry.get("position").is_some_and(is_word) {
        return;
    }
    let word = if understood.position == Position::BeforeCharacter { "before_char" } else { "after_char" };
    entry.insert("position".to_owned(), word.into());
    let number = Position::ALL.iter().position(|position| *position == understood.position);
    if let (Some(number), Some(Value::Object(extensions))) =
        (number.filter(|number| *number > AFTER), entry.get_mut("extensions"))
    {
        extensions.entry("position").or_insert_with(|| number.into());
    }
}

fn uses_regex(entry: &Entry) -> bool {
    !entry.keys.is_empty() && entry.keys().all(|key| matches!(key, Key::Pattern { .. }))
}

/// Takes the decorators out of a content, and says whether there were any.
fn strip(entry: &mut Map<String, Value>, understood: &Entry) -> bool {
    let decorated = understood.decorated();
    if decorated.decorators.is_empty() {
        return false;
    }
    entry.insert("content".to_owned(), decorated.content.into());
    true
}

/// V3 demands that nobody finds out by surprise.
fn warn_in_notes(data: &mut Map<String, Value>) {
    let notes = data.get("creator_notes").and_then(Value::as_str).unwrap_or_default();
    let notes = if notes.trim().is_empty() { NOTE.to_owned() } else { format!("{notes}\n\n{NOTE}") };
    data.insert("creator_notes".to_owned(), notes.into());
}

fn text(text: &str) -> Option<Value> {
    (!text.is_empty()).then(|| text.into())
}

/// Keeps a field as it is if it is as demanded, else writes what it was understood as, or nothing.
fn keep(
    map: &mut Map<String, Value>,
    key: &str,
    is_as_demanded: impl Fn(&Value) -> bool,
    understood: impl FnOnce() -> Option<Value>,
) {
    if map.get(key).is_some_and(is_as_demanded) {
        return;
    }
    match understood() {
        Some(value) => drop(map.insert(key.to_owned(), value)),
        None => drop(map.shift_remove(key)),
    }
}

fn keep_if_any(
    map: &mut Map<String, Value>,
    key: &str,
    is_as_demanded: impl Fn(&Value) -> bool,
    understood: impl FnOnce() -> Option<Value>,
) {
    if map.contains_key(key) {
        keep(map, key, is_as_demanded, understood);
    }
}
