//! The card's lorebook, raw.
//!
//! It is a world of its own, so the sheet carries it as it is and leaves reading it to whoever runs lorebooks. Only two
//! things are settled here, because everybody would trip over them: `entries` is a list, and no text holds U+0000.

use serde_json::{Map, Value};

use super::fields::Fields;
use crate::coerce;
use crate::sheet::Book;
use crate::warning::WarningCode;

pub(super) fn of(fields: &mut Fields<'_>, key: &str) -> Option<Book> {
    let (at, value) = fields.find(key)?;
    let entries_at = format!("{at}.entries");
    let mut book = match value {
        Value::Object(book) => book.clone(),
        Value::Array(entries) => {
            fields.warn(
                WarningCode::EntriesAsMap,
                at.as_str(),
                "the lorebook is a bare list; it was read as its entries",
            );
            Map::from_iter([("entries".to_owned(), Value::Array(entries.clone()))])
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            fields.warn(WarningCode::WrongType, at, "this is no lorebook; it was kept but not read");
            return None;
        }
    };

    let entries = book.get_mut("entries").map(Value::take).unwrap_or_default();
    book.insert("entries".to_owned(), Value::Array(list(fields, &entries_at, entries)));

    let mut book = Value::Object(book);
    if coerce::clean(&mut book) {
        fields.warn(WarningCode::NulCharacter, at, "the lorebook holds U+0000; it is shown as U+FFFD");
    }
    Some(book.into())
}

fn list(fields: &mut Fields<'_>, at: &str, entries: Value) -> Vec<Value> {
    match entries {
        Value::Array(list) => list,
        Value::Object(map) => {
            fields.warn(
                WarningCode::EntriesAsMap,
                at,
                "the entries are an object; its values were read as the list",
            );
            map.into_iter().map(|(_, entry)| entry).collect()
        }
        Value::Null => Vec::new(),
        Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            fields.warn(WarningCode::WrongType, at, "this should be a list; it was kept but not read");
            Vec::new()
        }
    }
}
