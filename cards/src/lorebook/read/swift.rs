//! SillyTavern's own files, straight into entries.
//!
//! Nearly all books come from SillyTavern itself and are in order, and some are megabytes long. Such a file is read in one
//! go and no tree is built, which takes a tenth of the time and of the memory. This reader has no opinion of its own:
//! whatever would be mended, warned of or refused is left to the forgiving one, and where this one answers, both say the
//! same. A property holds that (`swift/spec.rs`).

mod entry;

use std::collections::HashSet;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, Visitor};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::Format;
use crate::lorebook::{Entry, Lorebook};
use crate::recognise::kind::{Kind, OF_CARDS};
use crate::taking::Taking;
use crate::warning::Warnings;
use crate::{bounds, json};
use entry::EntryUnder;

/// The book in these bytes, if it is one of SillyTavern's and nothing about it is odd.
pub(crate) fn read(bytes: &[u8]) -> Option<Lorebook> {
    let text = within_bounds(bytes)?;
    let braces = count(bytes, |byte| byte == b'{');
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let root = Root { room: braces.min(bounds::LORE_ENTRIES) };
    let (entries, root) = deserializer.deserialize_map(root).ok()?;
    deserializer.end().ok()?;
    book(entries, root)
}

/// The text, if no string in it can hold U+0000 and a look at every byte shows that it cannot have too many values.
fn within_bounds(bytes: &[u8]) -> Option<&str> {
    let text = str::from_utf8(bytes).ok().filter(|text| text.len() <= bounds::JSON_BYTES)?;
    let parts = count(bytes, |byte| (byte == b',') | (byte == b'[') | (byte == b'{'));
    (parts < bounds::VALUES && !text.contains("\\u0000")).then_some(text)
}

/// How many bytes are so. In steps whose sum fits into a byte, which the compiler makes one of many bytes at a time.
fn count(bytes: &[u8], is: impl Fn(u8) -> bool) -> usize {
    let step = |bytes: &[u8]| bytes.iter().map(|byte| u8::from(is(*byte))).sum::<u8>();
    bytes.chunks(u8::MAX.into()).map(|bytes| usize::from(step(bytes))).sum()
}

/// The root's own fields are few, and are read as always.
fn book(entries: Vec<Entry>, root: Map<String, Value>) -> Option<Lorebook> {
    let root = Value::Object(root);
    let is_sillytavern = root.as_object().and_then(Format::of) == Some(Format::SillyTavern);
    if !is_sillytavern || Kind::of(&root) != Kind::Lorebook {
        return None;
    }
    let Value::Object(root) = root else { return None };
    let mut warnings = Warnings::default();
    let mut root = Taking::new(root, "$", &mut warnings);
    drop(root.take("entries"));
    let book = super::with_entries(entries, root);
    warnings.into_list().is_empty().then_some(book)
}

/// The root: its entries, and everything else, with an empty object where the entries stood.
struct Root {
    room: usize,
}

impl<'de> Visitor<'de> for Root {
    type Value = (Vec<Entry>, Map<String, Value>);

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a lorebook")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut rest = Map::new();
        let mut entries = Vec::new();
        while let Some(key) = map.next_key::<&'de str>()? {
            // Before much of it has been read: there is another reader for cards.
            if key == "spec" || OF_CARDS.contains(&key) {
                return Err(odd("a card"));
            }
            let value = if key == "entries" {
                entries = map.next_value_seed(Entries { room: self.room })?;
                Value::Object(Map::new())
            } else {
                part(map.next_value()?, 1)?
            };
            put(&mut rest, key, value)?;
        }
        Ok((entries, rest))
    }
}

/// The entries, each under its number.
struct Entries {
    room: usize,
}

impl<'de> DeserializeSeed<'de> for Entries {
    type Value = Vec<Entry>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Entries {
    type Value = Vec<Entry>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("entries by their number")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut entries = Vec::with_capacity(self.room);
        while let Some(key) = map.next_key::<&'de str>()? {
            if entries.len() == bounds::LORE_ENTRIES {
                return Err(odd("too many entries"));
            }
            entries.push(map.next_value_seed(EntryUnder { key })?);
        }
        let numbers: HashSet<u64> = entries.iter().map(|entry| entry.uid).collect();
        if numbers.len() < entries.len() { Err(odd("two entries of one number")) } else { Ok(entries) }
    }
}

/// A value that nobody here knows, so deep inside of the file.
fn part<E: Error>(raw: &RawValue, within: usize) -> Result<Value, E> {
    json::part(raw.get(), within).ok_or_else(|| odd("an odd value"))
}

fn put<E: Error>(map: &mut Map<String, Value>, key: &str, value: Value) -> Result<(), E> {
    if map.insert(key.to_owned(), value).is_some() { Err(odd("a key that is there twice")) } else { Ok(()) }
}

/// Something to be looked at by the forgiving reader.
fn odd<E: Error>(what: &'static str) -> E {
    E::custom(what)
}

#[cfg(test)]
mod spec;
