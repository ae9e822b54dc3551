//! MessagePack as bytes: where a value ends, what the fields of a map are, a map from fields that are written already.
//!
//! The bodies of events are looked at as they lie there, before anybody knows their types: what is sealed is put back
//! into them as bytes, and only then are they read.

use rmp::{Marker, decode, encode};
use serde::Serialize;

use super::{DecodeError, EncodeError, pack_into};

/// `nil`, which stands where something private was.
pub(super) const NIL: u8 = 0xc0;

/// Splits the first value off.
pub(super) fn split(bytes: &[u8]) -> Result<(&[u8], &[u8]), DecodeError> {
    let (mut at, mut left) = (0, 1);
    while left > 0 {
        let (head, inside) = head(bytes.get(at..).unwrap_or_default()).ok_or_else(cut)?;
        at += head;
        left += inside;
        left -= 1;
        // Every value takes a byte at least, so a length that promises more than there is cannot be true.
        if at > bytes.len() || left > bytes.len() - at {
            return Err(cut());
        }
    }
    Ok(bytes.split_at(at))
}

/// How many bytes the first value has before the values inside of it, and how many those are.
fn head(bytes: &[u8]) -> Option<(usize, usize)> {
    let marker = Marker::from_u8(*bytes.first()?);
    let length = |size: usize| {
        let bytes = bytes.get(1..=size)?;
        bytes.iter().try_fold(0_usize, |sum, byte| sum.checked_mul(256)?.checked_add(usize::from(*byte)))
    };
    let plain = |size: usize| Some((1 + size, 0));
    let text = |size: usize| Some(((1 + size).checked_add(length(size)?)?, 0));
    let extension = |size: usize| Some(((2 + size).checked_add(length(size)?)?, 0));
    match marker {
        Marker::FixPos(_) | Marker::FixNeg(_) | Marker::Null | Marker::True | Marker::False => plain(0),
        Marker::U8 | Marker::I8 => plain(1),
        Marker::U16 | Marker::I16 | Marker::FixExt1 => plain(2),
        Marker::U32 | Marker::I32 | Marker::F32 => plain(4),
        Marker::U64 | Marker::I64 | Marker::F64 => plain(8),
        Marker::FixStr(size) => plain(usize::from(size)),
        Marker::Str8 | Marker::Bin8 => text(1),
        Marker::Str16 | Marker::Bin16 => text(2),
        Marker::Str32 | Marker::Bin32 => text(4),
        Marker::FixExt2 => plain(3),
        Marker::FixExt4 => plain(5),
        Marker::FixExt8 => plain(9),
        Marker::FixExt16 => plain(17),
        Marker::Ext8 => extension(1),
        Marker::Ext16 => extension(2),
        Marker::Ext32 => extension(4),
        Marker::FixArray(size) => Some((1, usize::from(size))),
        Marker::Array16 => Some((3, length(2)?)),
        Marker::Array32 => Some((5, length(4)?)),
        Marker::FixMap(size) => Some((1, usize::from(size) * 2)),
        Marker::Map16 => Some((3, length(2)?.checked_mul(2)?)),
        Marker::Map32 => Some((5, length(4)?.checked_mul(2)?)),
        Marker::Reserved => None,
    }
}

/// The fields of a map: their names, and their values as bytes.
pub(super) fn fields(map: &[u8]) -> Result<Vec<(&str, &[u8])>, DecodeError> {
    let mut rest = map;
    let count = decode::read_map_len(&mut rest).map_err(|_| DecodeError::malformed("a map is missing"))?;
    let mut fields = Vec::with_capacity(usize::try_from(count).unwrap_or(0).min(16));
    for _ in 0..count {
        let (name, behind) = decode::read_str_from_slice(rest)
            .map_err(|_| DecodeError::malformed("the name of a field is no text"))?;
        let (value, behind) = split(behind)?;
        fields.push((name, value));
        rest = behind;
    }
    Ok(fields)
}

/// The values of an array, as bytes.
pub(super) fn values(array: &[u8]) -> Result<Vec<&[u8]>, DecodeError> {
    let mut rest = array;
    let count =
        decode::read_array_len(&mut rest).map_err(|_| DecodeError::malformed("an array is missing"))?;
    let mut values = Vec::with_capacity(usize::try_from(count).unwrap_or(0).min(16));
    for _ in 0..count {
        let (value, behind) = split(rest)?;
        values.push(value);
        rest = behind;
    }
    Ok(values)
}

/// The bytes in a byte string.
pub(super) fn bytes(value: &[u8]) -> Result<&[u8], DecodeError> {
    let mut rest = value;
    decode::read_bin_len(&mut rest)
        .map_err(|_| DecodeError::malformed("what is sealed is no byte string"))?;
    Ok(rest)
}

fn cut() -> DecodeError {
    DecodeError::malformed("it is cut off")
}

/// A map that is written field by field.
#[derive(Default)]
pub(super) struct Map {
    count: u32,
    body: Vec<u8>,
}

impl Map {
    pub(super) fn field(
        mut self,
        name: &str,
        value: &(impl Serialize + ?Sized),
    ) -> Result<Self, EncodeError> {
        self.name(name)?;
        pack_into(value, &mut self.body)?;
        Ok(self)
    }

    pub(super) fn maybe(self, name: &str, value: Option<impl Serialize>) -> Result<Self, EncodeError> {
        match value {
            Some(value) => self.field(name, &value),
            None => Ok(self),
        }
    }

    /// A field whose value is written already.
    pub(super) fn written(mut self, name: &str, value: &[u8]) -> Result<Self, EncodeError> {
        self.name(name)?;
        self.body.extend_from_slice(value);
        Ok(self)
    }

    fn name(&mut self, name: &str) -> Result<(), EncodeError> {
        self.count += 1;
        pack_into(&name, &mut self.body)
    }

    pub(super) fn finish(self) -> Vec<u8> {
        joined(encode::write_map_len, self.count, &[&self.body])
    }
}

/// An array of values that are written already.
pub(super) fn array(values: &[impl AsRef<[u8]>]) -> Vec<u8> {
    joined(encode::write_array_len, u32::try_from(values.len()).unwrap_or(u32::MAX), values)
}

/// A header before what it counts. Writing into memory does not fail.
fn joined<E>(
    head: impl Fn(&mut Vec<u8>, u32) -> Result<Marker, E>,
    count: u32,
    values: &[impl AsRef<[u8]>],
) -> Vec<u8> {
    let length: usize = values.iter().map(|value| value.as_ref().len()).sum();
    let mut bytes = Vec::with_capacity(length + 5);
    drop(head(&mut bytes, count));
    values.iter().for_each(|value| bytes.extend_from_slice(value.as_ref()));
    bytes
}

#[cfg(test)]
mod spec {
    use rmpv::{Integer, Utf8String, Value};

    use super::*;

    fn written(value: &Value) -> Vec<u8> {
        let mut bytes = vec![];
        rmpv::encode::write_value(&mut bytes, value).unwrap();
        bytes
    }

    /// One value of every kind and every size of length.
    fn all() -> Vec<Value> {
        let numbers = [0, 200, 60_000, 5_000_000_000_u64, u64::MAX].map(Value::from);
        let negative =
            [-1, -100, -1_000, -100_000, i64::MIN].map(|number| Value::Integer(Integer::from(number)));
        let lengths = [0, 1, 2, 4, 8, 16, 31, 32, 255, 256, 70_000];
        let texts = lengths.map(|length| Value::String(Utf8String::from("a".repeat(length))));
        let bytes = lengths.map(|length| Value::Binary(vec![7; length]));
        let extensions = lengths.map(|length| Value::Ext(5, vec![7; length]));
        let arrays = lengths.map(|length| Value::Array(vec![Value::Nil; length]));
        let maps = lengths.map(|length| Value::Map(vec![(Value::from("a"), Value::from(1)); length]));
        let plain = [Value::Nil, true.into(), false.into(), Value::F32(1.5), Value::F64(2.5)];
        let nested =
            Value::Array(vec![Value::Map(vec![(1.into(), Value::Array(texts.to_vec()))]), Value::Nil]);
        let groups: [&[Value]; 8] =
            [&numbers, &negative, &texts, &bytes, &extensions, &arrays, &maps, &plain];
        groups.concat().into_iter().chain([nested]).collect()
    }

    #[test]
    fn a_value_ends_where_it_ends_and_a_part_of_it_is_none() {
        for value in all() {
            let bytes = written(&value);
            let followed = [bytes.as_slice(), &[0xc1, 0xff]].concat();
            assert_eq!(split(&followed).unwrap(), (bytes.as_slice(), [0xc1, 0xff].as_slice()));
            for cut in (0..bytes.len()).step_by(1 + bytes.len() / 50) {
                assert!(split(&bytes[..cut]).is_err(), "{value} is read from {cut} bytes");
            }
        }
    }

    #[test]
    fn maps_and_arrays_come_apart_as_they_were_put_together() {
        let map = Map::default().field("a", &1).unwrap().maybe("b", None::<u8>).unwrap();
        let map = map.written("c", &written(&Value::from("x"))).unwrap().finish();
        assert_eq!(fields(&map).unwrap(), [("a", [1].as_slice()), ("c", &[0xa1, b'x'])]);
        assert_eq!(values(&array(&[map.clone(), vec![NIL]])).unwrap(), [map.as_slice(), &[NIL]]);
        assert!(fields(&[NIL]).is_err() && values(&[NIL]).is_err());
    }

    #[test]
    fn a_length_that_lies_takes_neither_time_nor_room() {
        for lie in
            [[0xdd, 0xff, 0xff, 0xff, 0xff], [0xdf, 0xff, 0xff, 0xff, 0xff], [0xdb, 0xff, 0xff, 0xff, 0xff]]
        {
            assert!(split(&lie).is_err() && fields(&lie).is_err() && values(&lie).is_err());
        }
    }
}
