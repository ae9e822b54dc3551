//! From the events of a YAML text to a tree, within a purse.
//!
//! What an anchor names is kept beside the tree and copied for each alias. Both copies are paid for like anything else,
//! so neither anchors inside anchors nor aliases of aliases buy more than the bounds allow.

use std::collections::HashMap;

use granit_parser::{Event, Marker, ScalarStyle, Tag};
use serde_json::{Map, Number, Value};

use super::bad;
use crate::bounds;
use crate::json;
use crate::refusal::Refusal;

/// A tree while it grows.
#[derive(Debug, Default)]
pub(super) struct Builder {
    /// Whether some object named the same key twice.
    pub(super) repeated_keys: bool,
    open: Vec<Open>,
    anchors: HashMap<usize, Value>,
    values: usize,
    bytes: usize,
}

/// A list or an object whose end is not reached.
#[derive(Debug)]
struct Open {
    anchor: usize,
    holds: Holds,
}

#[derive(Debug)]
enum Holds {
    List(Vec<Value>),
    Object { map: Map<String, Value>, key: Option<String> },
}

impl Builder {
    /// Takes the next event in, and gives back the document that it completed, if it did.
    pub(super) fn take(&mut self, event: Event<'_>, at: &Marker) -> Result<Option<Value>, Refusal> {
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let value = scalar(&text, style, tag.as_deref());
                self.spend(1, text.len())?;
                self.complete(value, anchor)
            }
            Event::SequenceStart(_, anchor, _) => self.enter(anchor, Holds::List(Vec::new())),
            Event::MappingStart(_, anchor, _) => {
                self.enter(anchor, Holds::Object { map: Map::new(), key: None })
            }
            Event::SequenceEnd | Event::MappingEnd => {
                let Some(Open { anchor, holds }) = self.open.pop() else { return Ok(None) };
                self.complete(holds.into_value(), anchor)
            }
            Event::Alias(anchor) => {
                let value = self.anchors.get(&anchor).cloned().ok_or_else(|| bad(at))?;
                self.pay_for(&value)?;
                self.complete(value, 0)
            }
            Event::UnresolvedAlias(_) => Err(bad(at)),
            // An anchor holds within its document only.
            Event::DocumentEnd => {
                self.anchors.clear();
                Ok(None)
            }
            _ => Ok(None),
        }
    }

    fn enter(&mut self, anchor: usize, holds: Holds) -> Result<Option<Value>, Refusal> {
        if self.open.len() >= bounds::NESTING {
            return Err(Refusal::TooDeep);
        }
        self.spend(1, 0)?;
        self.open.push(Open { anchor, holds });
        Ok(None)
    }

    /// Puts a value into what is open; where nothing is, it is the document.
    fn complete(&mut self, value: Value, anchor: usize) -> Result<Option<Value>, Refusal> {
        if anchor != 0 {
            self.pay_for(&value)?;
            self.anchors.insert(anchor, value.clone());
        }
        let Some(open) = self.open.last_mut() else { return Ok(Some(value)) };
        match &mut open.holds {
            Holds::List(list) => list.push(value),
            Holds::Object { map, key } => match key.take() {
                None => *key = Some(as_key(value)?),
                Some(key) => self.repeated_keys |= map.insert(key, value).is_some(),
            },
        }
        Ok(None)
    }

    fn pay_for(&mut self, value: &Value) -> Result<(), Refusal> {
        let (mut values, mut bytes, mut depth) = (0, 0, 0);
        measure(value, 1, &mut |level, text| {
            values += 1;
            bytes += text;
            depth = depth.max(level);
        });
        if self.open.len() + depth > bounds::NESTING + 1 {
            return Err(Refusal::TooDeep);
        }
        self.spend(values, bytes)
    }

    fn spend(&mut self, values: usize, bytes: usize) -> Result<(), Refusal> {
        self.values += values;
        self.bytes += bytes;
        if self.values > bounds::VALUES {
            return Err(Refusal::TooManyValues);
        }
        bounds::hold("character's YAML", self.bytes, bounds::JSON_BYTES)
    }
}

impl Holds {
    fn into_value(self) -> Value {
        match self {
            Self::List(list) => Value::Array(list),
            Self::Object { mut map, key } => {
                map.extend(key.map(|key| (key, Value::Null)));
                Value::Object(map)
            }
        }
    }
}

/// Tells of every value inside of one how deep it lies and how many bytes its text has.
fn measure(value: &Value, level: usize, tell: &mut impl FnMut(usize, usize)) {
    match value {
        Value::String(text) => tell(level, text.len()),
        Value::Null | Value::Bool(_) | Value::Number(_) => tell(level, 0),
        Value::Array(list) => {
            tell(level, 0);
            list.iter().for_each(|item| measure(item, level + 1, tell));
        }
        Value::Object(map) => {
            tell(level, 0);
            for (key, item) in map {
                tell(level + 1, key.len());
                measure(item, level + 1, tell);
            }
        }
    }
}

/// JSON knows only texts as keys.
fn as_key(value: Value) -> Result<String, Refusal> {
    match value {
        Value::String(key) if json::is_reserved(&key) => Err(Refusal::ReservedName),
        Value::String(key) => Ok(key),
        other => Ok(other.to_string()),
    }
}

fn scalar(text: &str, style: ScalarStyle, tag: Option<&Tag>) -> Value {
    let is_text = tag.is_some_and(|tag| tag.core_suffix() == Some("str"));
    if style != ScalarStyle::Plain || is_text {
        return Value::from(text);
    }
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" | "True" | "TRUE" => Value::Bool(true),
        "false" | "False" | "FALSE" => Value::Bool(false),
        // Only what JSON can spell is a number: its spelling survives.
        _ => text.parse::<Number>().map_or_else(|_| Value::from(text), Value::Number),
    }
}
