//! A card's JSON as text that is edited where it stands.

#[cfg(test)]
mod laws;
mod mirror;
mod place;

use std::ops::Range;

use serde_json::Value;

use super::path::{Path, Step};
use super::{Change, EditRefused, span};
use place::Place;

/// A JSON text.
#[derive(Debug)]
pub(super) struct Text {
    bytes: Vec<u8>,
    encoding: Encoding,
}

/// What stands around the text in the file. UTF-16 is edited as UTF-8 and put back.
#[derive(Debug, Clone, Copy)]
enum Encoding {
    Utf8,
    MarkedUtf8,
    Utf16([u8; 2], fn(u16) -> [u8; 2]),
}

impl Text {
    pub(super) fn of(file: &[u8]) -> Result<Self, EditRefused> {
        let utf16 = |units: &[u8], unit: fn([u8; 2]) -> u16| {
            let units = units.as_chunks::<2>().0.iter().map(|&pair| unit(pair));
            let text: Result<String, _> = char::decode_utf16(units).collect();
            text.map(String::into_bytes).map_err(|_| EditRefused::Encoding)
        };
        let (bytes, encoding) = match file {
            [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] if file.len() % 2 == 1 => return Err(EditRefused::Encoding),
            [0xFF, 0xFE, rest @ ..] => {
                (utf16(rest, u16::from_le_bytes)?, Encoding::Utf16([0xFF, 0xFE], u16::to_le_bytes))
            }
            [0xFE, 0xFF, rest @ ..] => {
                (utf16(rest, u16::from_be_bytes)?, Encoding::Utf16([0xFE, 0xFF], u16::to_be_bytes))
            }
            [0xEF, 0xBB, 0xBF, rest @ ..] => (rest.to_vec(), Encoding::MarkedUtf8),
            file => (file.to_vec(), Encoding::Utf8),
        };
        Ok(Self { bytes, encoding })
    }

    pub(super) fn into_bytes(self) -> Vec<u8> {
        match self.encoding {
            Encoding::Utf8 => self.bytes,
            Encoding::MarkedUtf8 => [&b"\xef\xbb\xbf"[..], &self.bytes].concat(),
            Encoding::Utf16(mark, unit) => {
                let text = String::from_utf8_lossy(&self.bytes);
                mark.into_iter().chain(text.encode_utf16().flat_map(unit)).collect()
            }
        }
    }

    /// Makes one change, and the same one at the root where the root repeats the field.
    pub(super) fn apply(&mut self, path: &Path, change: &Change) -> Result<(), EditRefused> {
        let path = self.own(path);
        let mirror = self.mirror(&path);
        self.change(&path, change)?;
        match mirror {
            Some(mirror) => self.change(&mirror, change),
            None => Ok(()),
        }
    }

    /// The path as this card has it: V1 knows no `data`.
    fn own(&self, path: &Path) -> Path {
        let has_data =
            self.find(&[Step::Key("data".to_owned())]).is_some_and(|data| self.bytes[data.start] == b'{');
        match path.0.split_first() {
            Some((Step::Key(data), rest)) if data == "data" && !has_data && !rest.is_empty() => {
                Path(rest.to_vec())
            }
            _ => path.clone(),
        }
    }

    fn change(&mut self, path: &Path, change: &Change) -> Result<(), EditRefused> {
        match change {
            Change::Set(value) => self.set(&path.0, value),
            Change::Remove => self.remove(&path.0),
        }
    }

    fn root(&self) -> Option<Range<usize>> {
        span::value(&self.bytes, 0)
    }

    /// Where the value at a path stands.
    fn find(&self, steps: &[Step]) -> Option<Range<usize>> {
        steps.iter().try_fold(self.root()?, |container, step| self.child(&container, step))
    }

    fn child(&self, container: &Range<usize>, step: &Step) -> Option<Range<usize>> {
        Place::of(self, container, step).ok()?.value()
    }

    fn set(&mut self, steps: &[Step], value: &Value) -> Result<(), EditRefused> {
        let mut container = self.root().ok_or(EditRefused::NotAContainer)?;
        for (nth, step) in steps.iter().enumerate() {
            let rest = &steps[nth + 1..];
            let place = Place::of(self, &container, step)?;
            match place.value() {
                // Null holds nothing, so what the path goes on to may take its place.
                Some(found) if rest.is_empty() || &self.bytes[found.clone()] == b"null" => {
                    let text = wrapped(value, rest)?.to_string();
                    self.replace(found, text.as_bytes());
                    return Ok(());
                }
                Some(found) => container = found,
                None => return place.insert(self, step, &wrapped(value, rest)?),
            }
        }
        Err(EditRefused::BadPath)
    }

    fn remove(&mut self, steps: &[Step]) -> Result<(), EditRefused> {
        let (step, parents) = steps.split_last().ok_or(EditRefused::BadPath)?;
        let parent = self.find(parents).ok_or(EditRefused::NoSuchPath)?;
        Place::of(self, &parent, step)?.remove(self)
    }

    fn replace(&mut self, place: Range<usize>, text: &[u8]) {
        self.bytes.splice(place, text.iter().copied());
    }
}

/// A value inside the objects that a path still asks for.
fn wrapped(value: &Value, steps: &[Step]) -> Result<Value, EditRefused> {
    steps.iter().rev().try_fold(value.clone(), |value, step| match step {
        Step::Key(key) => Ok(Value::Object([(key.clone(), value)].into_iter().collect())),
        Step::Index(0) => Ok(Value::Array(vec![value])),
        Step::Index(_) => Err(EditRefused::NoSuchPath),
    })
}
