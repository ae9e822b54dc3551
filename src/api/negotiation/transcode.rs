//! From MessagePack to JSON and back, value by value, without a tree in between.
//!
//! Our own few lines, because the crate `cards` makes `serde_json` keep numbers as they are spelt: read without a type,
//! a number then comes as a map with one key that nobody else has, and has to be known as one.

use std::{cell::Cell, fmt};

use serde::{
    Deserializer, Serialize, Serializer,
    de::{self, DeserializeSeed, MapAccess, SeqAccess, Visitor},
    ser::{self, SerializeMap, SerializeSeq},
};

/// How deep values may be nested: as deep as JSON's parser goes.
const DEPTH: usize = 128;

/// The key under which `serde_json` hands out a number that it keeps as it is spelt.
const NUMBER: &str = "$serde_json::private::Number";

/// Why it cannot be turned into the other form. No variant holds anything out of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// It is not MessagePack, or says what JSON cannot.
    #[error(
        "the body is not one MessagePack value of texts, finite numbers, lists and maps with texts as keys"
    )]
    Msgpack,
    /// It is not JSON.
    #[error("an answer was no JSON")]
    Json,
}

/// MessagePack as JSON.
pub fn to_json(msgpack: &[u8]) -> Result<Vec<u8>, Unreadable> {
    let (mut rest, mut json) = (msgpack, Vec::with_capacity(msgpack.len() * 2));
    let mut deserializer = rmp_serde::Deserializer::new(&mut rest);
    deserializer.set_max_depth(DEPTH);
    transcode(&mut deserializer, &mut serde_json::Serializer::new(&mut json))
        .map_err(|_| Unreadable::Msgpack)?;
    if rest.is_empty() { Ok(json) } else { Err(Unreadable::Msgpack) }
}

/// JSON as MessagePack.
pub fn to_msgpack(json: &[u8]) -> Result<Vec<u8>, Unreadable> {
    let (mut deserializer, mut msgpack) =
        (serde_json::Deserializer::from_slice(json), Vec::with_capacity(json.len()));
    transcode(&mut deserializer, &mut rmp_serde::Serializer::new(&mut msgpack))
        .map_err(|_| Unreadable::Json)?;
    deserializer.end().map_err(|_| Unreadable::Json)?;
    Ok(msgpack)
}

fn transcode<'de, D: Deserializer<'de>, S: Serializer>(from: D, to: S) -> Result<S::Ok, S::Error> {
    Value(Cell::new(Some(from))).serialize(to)
}

/// A value that is read when it is written.
struct Value<D>(Cell<Option<D>>);

impl<'de, D: Deserializer<'de>> Serialize for Value<D> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let Some(from) = self.0.take() else { return Err(ser::Error::custom("a value is read once")) };
        from.deserialize_any(Writer(to)).map_err(ser::Error::custom)
    }
}

/// Writes what is read.
struct Writer<S>(S);

fn failed<E: de::Error>(error: impl fmt::Display) -> E {
    E::custom(error)
}

impl<'de, S: Serializer> Visitor<'de> for Writer<S> {
    type Value = S::Ok;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value that JSON has")
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<S::Ok, E> {
        self.0.serialize_bool(value).map_err(failed)
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<S::Ok, E> {
        self.0.serialize_i64(value).map_err(failed)
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<S::Ok, E> {
        self.0.serialize_u64(value).map_err(failed)
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<S::Ok, E> {
        if !value.is_finite() {
            return Err(E::custom("not a finite number"));
        }
        self.0.serialize_f64(value).map_err(failed)
    }

    fn visit_str<E: de::Error>(self, value: &str) -> Result<S::Ok, E> {
        self.0.serialize_str(value).map_err(failed)
    }

    fn visit_unit<E: de::Error>(self) -> Result<S::Ok, E> {
        self.0.serialize_unit().map_err(failed)
    }

    fn visit_none<E: de::Error>(self) -> Result<S::Ok, E> {
        self.0.serialize_unit().map_err(failed)
    }

    fn visit_some<D: Deserializer<'de>>(self, value: D) -> Result<S::Ok, D::Error> {
        value.deserialize_any(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut from: A) -> Result<S::Ok, A::Error> {
        let mut to = self.0.serialize_seq(None).map_err(failed)?;
        while from.next_element_seed(Element(&mut to))?.is_some() {}
        to.end().map_err(failed)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut from: A) -> Result<S::Ok, A::Error> {
        let first = from.next_key::<String>()?;
        if first.as_deref() == Some(NUMBER) {
            return self.number(&from.next_value::<String>()?);
        }
        let (mut to, mut next) = (self.0.serialize_map(None).map_err(failed)?, first);
        while let Some(key) = next {
            to.serialize_key(&key).map_err(failed)?;
            from.next_value_seed(Entry(&mut to))?;
            next = from.next_key()?;
        }
        to.end().map_err(failed)
    }
}

impl<S: Serializer> Writer<S> {
    fn number<E: de::Error>(self, spelt: &str) -> Result<S::Ok, E> {
        if let Ok(number) = spelt.parse() {
            return self.visit_u64(number);
        }
        if let Ok(number) = spelt.parse() {
            return self.visit_i64(number);
        }
        self.visit_f64(spelt.parse().map_err(failed)?)
    }
}

/// An element of a list, written behind the others.
struct Element<'a, S>(&'a mut S);

impl<'de, S: SerializeSeq> DeserializeSeed<'de> for Element<'_, S> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        self.0.serialize_element(&Value(Cell::new(Some(from)))).map_err(failed)
    }
}

/// A value of a map, written behind its key.
struct Entry<'a, S>(&'a mut S);

impl<'de, S: SerializeMap> DeserializeSeed<'de> for Entry<'_, S> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        self.0.serialize_value(&Value(Cell::new(Some(from)))).map_err(failed)
    }
}

#[cfg(test)]
mod spec;
