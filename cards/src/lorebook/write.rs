//! From the neutral form back to files: SillyTavern's, and those of the specifications.
//!
//! What nobody here knows is written where it was found, so a book that passes through loses nothing. Where the same
//! thing has two places, the typed field is written and not the old spelling of it.

use serde_json::{Map, Value, json};

use super::names::{EXTENSIONS, WORLD};
use super::{Entry, Lorebook, Position};

/// A file of SillyTavern's own. Reading it again yields the same book.
#[must_use]
pub fn write_sillytavern(book: &Lorebook) -> Value {
    let entries = book.entries.iter().map(|entry| (entry.uid.to_string(), world_entry(entry).into()));
    let mut root = Map::from_iter([("entries".to_owned(), Value::Object(entries.collect()))]);
    put_book(book, &mut root);
    Value::Object(root)
}

/// A file of its own as V3 describes it.
#[must_use]
pub fn write_v3(book: &Lorebook) -> Value {
    json!({"spec": "lorebook_v3", "data": character_book(book)})
}

/// The book as it lies inside of a card, V2 or V3.
#[must_use]
pub fn character_book(book: &Lorebook) -> Value {
    let mut root = Map::new();
    put_book(book, &mut root);
    root.entry("extensions").or_insert_with(|| json!({}));
    let entries = book.entries.iter().map(|entry| Value::Object(book_entry(entry)));
    root.insert("entries".to_owned(), entries.collect());
    Value::Object(root)
}

fn put_book(book: &Lorebook, root: &mut Map<String, Value>) {
    let mut put =
        |key: &str, value: Option<Value>| drop(value.map(|value| root.insert(key.to_owned(), value)));
    put("name", text(&book.name));
    put("description", text(&book.description));
    put("scan_depth", book.scan_depth.map(Value::from));
    put("token_budget", book.token_budget.map(Value::from));
    put("recursive_scanning", book.recursive_scanning.map(Value::from));
    put("extensions", object(&book.extensions));
    add(&book.rest, root);
}

/// What [`world_entry`] writes only where there is something to write.
pub(super) const SELDOM: [&str; 7] =
    ["id", "name", "use_regex", "priority", "displayIndex", "characterFilter", "extensions"];

/// An entry as SillyTavern keeps it.
pub(super) fn world_entry(entry: &Entry) -> Map<String, Value> {
    let mut map = Map::new();
    let mut put =
        |key: &str, value: Option<Value>| drop(value.map(|value| map.insert(key.to_owned(), value)));
    put("uid", Some(entry.uid.into()));
    put("key", Some(entry.keys.clone().into()));
    put("keysecondary", Some(entry.secondary_keys.clone().into()));
    put("comment", Some(entry.comment.as_str().into()));
    put("content", Some(entry.content.as_str().into()));
    put("constant", Some(entry.constant.into()));
    put("selective", Some(entry.selective.into()));
    put("addMemo", Some(entry.add_memo.into()));
    put("order", Some(entry.order.into()));
    put("disable", Some((!entry.enabled).into()));
    put("id", text(&entry.id));
    put("name", text(&entry.name));
    put("use_regex", entry.use_regex.map(Value::from));
    put("priority", entry.priority.map(Value::from));
    put("extensions", object(&entry.extensions));
    WORLD.put(entry, &mut map);
    add(&entry.rest, &mut map);
    map
}

/// An entry as it lies inside of a card.
fn book_entry(entry: &Entry) -> Map<String, Value> {
    let mut extensions = entry.extensions.clone();
    EXTENSIONS.put(entry, &mut extensions);
    let position = if entry.position == Position::BeforeCharacter { "before_char" } else { "after_char" };

    let mut map = Map::new();
    let mut put =
        |key: &str, value: Option<Value>| drop(value.map(|value| map.insert(key.to_owned(), value)));
    put("id", Some(text(&entry.id).unwrap_or_else(|| entry.uid.into())));
    put("keys", Some(entry.keys.clone().into()));
    put("secondary_keys", Some(entry.secondary_keys.clone().into()));
    put("name", text(&entry.name));
    put("comment", Some(entry.comment.as_str().into()));
    put("content", Some(entry.content.as_str().into()));
    put("constant", Some(entry.constant.into()));
    put("selective", Some(entry.selective.into()));
    put("insertion_order", Some(entry.order.into()));
    put("enabled", Some(entry.enabled.into()));
    put("position", Some(position.into()));
    put("use_regex", Some(entry.use_regex.unwrap_or_default().into()));
    put("case_sensitive", entry.case_sensitive.map(Value::from));
    put("priority", entry.priority.map(Value::from));
    put("extensions", Some(Value::Object(extensions)));
    add(&entry.rest, &mut map);
    map
}

fn text(text: &str) -> Option<Value> {
    (!text.is_empty()).then(|| text.into())
}

fn object(map: &Map<String, Value>) -> Option<Value> {
    (!map.is_empty()).then(|| Value::Object(map.clone()))
}

/// What is known is not overwritten by what is not.
fn add(rest: &Map<String, Value>, map: &mut Map<String, Value>) {
    for (key, value) in rest {
        map.entry(key).or_insert_with(|| value.clone());
    }
}
