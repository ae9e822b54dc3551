//! SillyTavern's own files and those of the specifications, straight into entries.
//!
//! Nearly all books come from SillyTavern itself or follow V2 or V3, and are in order, and some are megabytes long. Such a
//! file is read in one go and no tree is built, which takes a tenth of the time and of the memory. This reader has no
//! opinion of its own: whatever would be mended, warned of or refused is left to the forgiving one, and where this one
//! answers, both say the same. A property holds that (`swift/spec.rs`). The shapes of other programs are short and seldom,
//! so they are left to it as well.

mod entry;
mod field;
mod value;

use std::collections::HashSet;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::Format;
use crate::lorebook::{Entry, Lorebook};
use crate::recognise::kind::{Kind, OF_CARDS};
use crate::taking::Taking;
use crate::warning::Warnings;
use crate::{bounds, json};
use entry::{EntryAt, Place};

/// The book that a text says and its shape, if it is one of those and nothing about it is odd.
pub(crate) fn read(text: &str) -> Option<(Format, Lorebook)> {
    if !is_within_bounds(text) {
        return None;
    }
    let braces = count(text.as_bytes(), |byte| byte == b'{');
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let root = Root { level: Level::File, room: braces.min(bounds::LORE_ENTRIES) };
    let root = deserializer.deserialize_map(root).ok()?;
    deserializer.end().ok()?;
    root.into_book()
}

/// Whether no string in it can hold U+0000 and a look at every byte shows that it cannot have too many values.
fn is_within_bounds(text: &str) -> bool {
    let parts = || count(text.as_bytes(), |byte| (byte == b',') | (byte == b'[') | (byte == b'{'));
    text.len() <= bounds::JSON_BYTES && parts() < bounds::VALUES && !text.contains("\\u0000")
}

/// How many bytes are so. In steps whose sum fits into a byte, which the compiler makes one of many bytes at a time.
fn count(bytes: &[u8], is: impl Fn(u8) -> bool) -> usize {
    let step = |bytes: &[u8]| bytes.iter().map(|byte| u8::from(is(*byte))).sum::<u8>();
    bytes.chunks(u8::MAX.into()).map(|bytes| usize::from(step(bytes))).sum()
}

/// Where the fields of a book stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Level {
    /// In the root.
    File,
    /// In the `data` of V3.
    Data,
}

impl Level {
    /// How deep they lie in the file.
    fn depth(self) -> usize {
        match self {
            Self::File => 1,
            Self::Data => 2,
        }
    }

    /// Whose entries a list there has.
    fn listed(self) -> Format {
        match self {
            Self::File => Format::CharacterBook,
            Self::Data => Format::V3,
        }
    }
}

/// The fields at a level: the entries, what lies in `data`, and everything else, with something empty where those stood.
#[derive(Debug, Default)]
struct Fields {
    entries: Option<(Format, Vec<Entry>)>,
    data: Option<Box<Fields>>,
    rest: Map<String, Value>,
}

impl Fields {
    /// The root's own fields are few, and are read as always.
    fn into_book(self) -> Option<(Format, Lorebook)> {
        let Self { entries, data, rest } = self;
        let mut warnings = Warnings::default();
        let root = Value::Object(rest);
        let format = root.as_object().and_then(Format::of)?;
        if Kind::of(&root) != Kind::Lorebook {
            return None;
        }
        let Value::Object(root) = root else { return None };
        let lorebook = match (entries, data.map(|data| *data)) {
            (Some(entries), None) => book(entries, format, Taking::new(root, "$", &mut warnings)),
            (None, Some(Self { entries, rest, .. })) => {
                let book = book(entries?, format, Taking::new(rest, "data", &mut warnings));
                book.map(|book| super::with_beside(book, root))
            }
            (Some(_), Some(_)) | (None, None) => None,
        };
        lorebook.filter(|_| warnings.into_list().is_empty()).map(|book| (format, book))
    }
}

/// The book, if its entries are of this shape.
fn book((shape, entries): (Format, Vec<Entry>), format: Format, mut fields: Taking<'_>) -> Option<Lorebook> {
    drop(fields.take("entries"));
    let book = super::with_entries(entries, fields);
    (shape == format).then_some(book)
}

/// The object that holds the fields of a level.
struct Root {
    level: Level,
    room: usize,
}

impl<'de> DeserializeSeed<'de> for Root {
    type Value = Fields;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Fields, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Root {
    type Value = Fields;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a lorebook")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields, A::Error> {
        let Self { level, room } = self;
        let mut fields = Fields::default();
        while let Some(key) = map.next_key::<&'de str>()? {
            // Before much of it has been read: there is another reader for cards.
            if OF_CARDS.contains(&key) {
                return Err(odd("a card"));
            }
            let value = match (key, level) {
                ("entries", _) => {
                    let (format, entries) = map.next_value_seed(Entries { level, room })?;
                    fields.entries = Some((format, entries));
                    if format == Format::SillyTavern {
                        Value::Object(Map::new())
                    } else {
                        Value::Array(vec![])
                    }
                }
                ("data", Level::File) => {
                    let data = map.next_value_seed(Root { level: Level::Data, room })?;
                    fields.data = Some(Box::new(data));
                    Value::Object(Map::new())
                }
                ("spec", Level::File) => match map.next_value::<&str>()? {
                    "lorebook_v3" => "lorebook_v3".into(),
                    _ => return Err(odd("a card")),
                },
                _ => part(map.next_value()?, level.depth())?,
            };
            put(&mut fields.rest, key, value)?;
        }
        Ok(fields)
    }
}

/// The entries, each under its number, or as a list.
struct Entries {
    level: Level,
    room: usize,
}

impl<'de> DeserializeSeed<'de> for Entries {
    type Value = (Format, Vec<Entry>);

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Entries {
    type Value = (Format, Vec<Entry>);

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("entries by their number, or a list of them")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        if self.level == Level::Data {
            return Err(odd("no list"));
        }
        let within = self.level.depth() + 2;
        let mut entries = Vec::with_capacity(self.room);
        while let Some(key) = map.next_key::<&'de str>()? {
            let place = Place::Under(key);
            let entry = map.next_value_seed(EntryAt { format: Format::SillyTavern, place, within })?;
            add(&mut entries, entry)?;
        }
        each_with_a_number(entries).map(|entries| (Format::SillyTavern, entries))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let (format, within) = (self.level.listed(), self.level.depth() + 2);
        // Each has an object of extensions of its own.
        let mut entries = Vec::with_capacity(self.room / 2);
        let entry =
            |others: &Vec<Entry>| EntryAt { format, place: Place::Behind(others.len() as u64), within };
        while let Some(entry) = list.next_element_seed(entry(&entries))? {
            add(&mut entries, entry)?;
        }
        each_with_a_number(entries).map(|entries| (format, entries))
    }
}

fn add<E: Error>(entries: &mut Vec<Entry>, entry: Entry) -> Result<(), E> {
    if entries.len() == bounds::LORE_ENTRIES {
        return Err(odd("too many entries"));
    }
    entries.push(entry);
    Ok(())
}

fn each_with_a_number<E: Error>(entries: Vec<Entry>) -> Result<Vec<Entry>, E> {
    let numbers: HashSet<u64> = entries.iter().map(|entry| entry.uid).collect();
    if numbers.len() < entries.len() { Err(odd("two entries of one number")) } else { Ok(entries) }
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
