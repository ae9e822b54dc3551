//! From the neutral form back to files: SillyTavern's, and those of the specifications.
//!
//! What nobody here knows is written where it was found, so a book that passes through loses nothing. Where the same
//! thing has two places, the typed field is written and not the old spelling of it.

mod plain;
mod text;

use serde_json::{Map, Value, json};

pub use text::write_sillytavern_text;

use super::names::{EXTENSIONS, WORLD};
use super::{Entry, Lorebook, Position};
pub(super) use plain::Plain;

/// A file of SillyTavern's own, as a tree. Reading it again yields the same book.
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
    let entries = book.entries.iter().map(character_book_entry);
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
    put_world(entry, &mut |key, value| drop(map.insert(key.to_owned(), value.into())));
    add(&entry.rest, &mut map);
    map
}

/// Puts all that SillyTavern knows of an entry, each under a name of its own.
fn put_world<'a>(entry: &'a Entry, put: &mut impl FnMut(&'static str, Plain<'a>)) {
    put_words(entry, put);
    WORLD.put(entry, put);
    WORLD.put_seldom(entry, put);
}

/// Puts what an entry has for itself, for the most part.
fn put_words<'a>(entry: &'a Entry, put: &mut impl FnMut(&'static str, Plain<'a>)) {
    put("uid", entry.uid.into());
    put("key", entry.keys.as_slice().into());
    put("keysecondary", entry.secondary_keys.as_slice().into());
    put("comment", entry.comment.as_str().into());
    put("content", entry.content.as_str().into());
    put("constant", entry.constant.into());
    put("selective", entry.selective.into());
    put("addMemo", entry.add_memo.into());
    put("order", entry.order.into());
    put("disable", (!entry.enabled).into());
    if !entry.id.is_empty() {
        put("id", entry.id.as_str().into());
    }
    if !entry.name.is_empty() {
        put("name", entry.name.as_str().into());
    }
    if let Some(use_regex) = entry.use_regex {
        put("use_regex", use_regex.into());
    }
    if let Some(priority) = entry.priority {
        put("priority", priority.into());
    }
    if !entry.extensions.is_empty() {
        put("extensions", Plain::Object(&entry.extensions));
    }
}

/// An entry of a book as it lies inside of a card, V2 or V3.
#[must_use]
pub fn character_book_entry(entry: &Entry) -> Value {
    Value::Object(book_entry(entry))
}

fn book_entry(entry: &Entry) -> Map<String, Value> {
    let mut extensions = entry.extensions.clone();
    let mut put = |key: &'static str, value: Plain<'_>| drop(extensions.insert(key.to_owned(), value.into()));
    EXTENSIONS.put(entry, &mut put);
    EXTENSIONS.put_seldom(entry, &mut put);
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
