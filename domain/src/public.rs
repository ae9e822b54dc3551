//! What of an event others may see: everything but what its type says is private, under other names.
//!
//! Analysts read a stream that is made of this. Nothing here lists fields: what is private is left out by its type, and
//! ids are known by theirs and given other names by whoever holds the key to them, so an event that is added or changed
//! cannot be forgotten here.
//!
//! - A field is left out where it is private, forgotten or nothing; in a list, what is private is null, so that it counts.
//! - A whole number beyond 2⁵³ − 1 is a text of digits, because readers of JSON round larger ones.

mod schema;
mod writer;

use serde_json::{Map, Value};
use uuid::Uuid;

use self::writer::Writer;
pub use self::{
    schema::{Described, describe, described},
    writer::Unwritable,
};
use crate::Event;

/// The largest whole number that every reader of JSON keeps.
pub(crate) const EXACT: u64 = (1 << 53) - 1;

/// What others may see of an event, with every id under the name that `rename` gives it. None, if this version does not
/// know the event: then nobody can say what in it is private.
pub fn body(event: &Event, rename: &dyn Fn(Uuid) -> Uuid) -> Result<Option<Map<String, Value>>, Unwritable> {
    if matches!(event, Event::Unknown(_)) {
        return Ok(None);
    }
    match event.serialize_body(Writer::new(rename))? {
        Some(Value::Object(fields)) => Ok(Some(fields)),
        Some(_) | None => Ok(Some(Map::new())),
    }
}
