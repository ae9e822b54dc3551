//! JSON as cards hold it: from bytes of doubtful encoding to a tree, and back.
//!
//! `serde_json` is right to be strict; real files are not. So the bytes are made UTF-8 first, then surveyed once, before
//! anything is built: the survey measures depth and number of values, so that no tree is built that would exceed its
//! bounds, and finds half surrogate pairs, which JavaScript writes and Rust cannot hold.

mod minified;
mod survey;

pub(crate) use minified::minified;
pub(crate) use survey::is_reserved;

use std::borrow::Cow;

use serde_json::{Map, Value};

use crate::bounds;
use crate::refusal::Refusal;
use crate::warning::{WarningCode, Warnings};

/// Whether a member of a JSON text is called as `serde_json` calls members to itself. Whoever reads one as a tree gets
/// something else in its place: a number, or text parsed once more, of any depth.
#[must_use]
pub fn has_reserved_name(text: &[u8]) -> bool {
    survey::of(text).has_reserved
}

/// The tree of a JSON text. `at` names the text in warnings.
pub(crate) fn parse(bytes: &[u8], at: &str, warnings: &mut Warnings) -> Result<Value, Refusal> {
    let mut values = bounds::VALUES;
    parse_within(bytes, at, &mut values, warnings)
}

/// The same for one of several texts that share a budget of values.
pub(crate) fn parse_within(
    bytes: &[u8],
    at: &str,
    values: &mut usize,
    warnings: &mut Warnings,
) -> Result<Value, Refusal> {
    survey_within(bytes, at, values, warnings)?.grow(at, warnings)
}

/// A text whose bounds hold and whose strings are such as Rust can have, before anything is built.
#[derive(Debug)]
pub(crate) struct Surveyed<'a> {
    text: Cow<'a, str>,
    members: usize,
}

impl Surveyed<'_> {
    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    /// Its tree. `at` names the text in warnings.
    pub(crate) fn grow(&self, at: &str, warnings: &mut Warnings) -> Result<Value, Refusal> {
        let tree: Value = serde_json::from_str(&self.text)
            .map_err(|error| Refusal::BadJson { line: error.line(), column: error.column() })?;
        if members(&tree) < self.members {
            warnings.add(
                WarningCode::DuplicateKey,
                at,
                "an object names the same key twice; the last one was kept",
            );
        }
        Ok(tree)
    }
}

/// The text of a card, surveyed. `at` names it in warnings.
pub(crate) fn survey<'a>(
    bytes: &'a [u8],
    at: &str,
    warnings: &mut Warnings,
) -> Result<Surveyed<'a>, Refusal> {
    let mut values = bounds::VALUES;
    survey_within(bytes, at, &mut values, warnings)
}

fn survey_within<'a>(
    bytes: &'a [u8],
    at: &str,
    values: &mut usize,
    warnings: &mut Warnings,
) -> Result<Surveyed<'a>, Refusal> {
    bounds::hold("card's JSON", bytes.len(), bounds::JSON_BYTES)?;
    let text = trimmed(decode(bytes, at, warnings));
    let survey = survey::of(text.as_bytes());
    if survey.depth > bounds::NESTING {
        return Err(Refusal::TooDeep);
    }
    if survey.has_reserved {
        return Err(Refusal::ReservedName);
    }
    *values = values.checked_sub(survey.values).ok_or(Refusal::TooManyValues)?;
    let text = mend_surrogates(text, &survey.lone_surrogates, at, warnings);
    Ok(Surveyed { text, members: survey.members })
}

/// What some writers put behind a text means nothing.
fn trimmed(text: Cow<'_, str>) -> Cow<'_, str> {
    let trim = |text: &str| text.trim_end_matches(|c: char| c.is_whitespace() || c == '\0').len();
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(&text[..trim(text)]),
        Cow::Owned(mut text) => {
            text.truncate(trim(&text));
            Cow::Owned(text)
        }
    }
}

/// The tree of a part of a text that lies so deep in it, if nothing about it is odd.
pub(crate) fn part(text: &str, within: usize) -> Option<Value> {
    let survey = survey::of(text.as_bytes());
    if within + survey.depth > bounds::NESTING || survey.has_reserved || !survey.lone_surrogates.is_empty() {
        return None;
    }
    serde_json::from_str(text).ok().filter(|tree| members(tree) == survey.members)
}

/// The text that bytes of doubtful encoding stand for.
pub(crate) fn decode<'a>(bytes: &'a [u8], at: &str, warnings: &mut Warnings) -> Cow<'a, str> {
    match bytes {
        [0xFF, 0xFE, rest @ ..] => return utf16(rest, u16::from_le_bytes, at, warnings).into(),
        [0xFE, 0xFF, rest @ ..] => return utf16(rest, u16::from_be_bytes, at, warnings).into(),
        _ => {}
    }
    let unmarked = bytes.strip_prefix(b"\xef\xbb\xbf");
    if unmarked.is_some() {
        warnings.add(WarningCode::ByteOrderMark, at, "the text began with a byte order mark; it was skipped");
    }
    let bytes = unmarked.unwrap_or(bytes);
    // Asked first, because it is thrice as fast.
    if let Ok(text) = str::from_utf8(bytes) {
        return text.into();
    }
    let message = "the text is not valid UTF-8; what could not be read became U+FFFD";
    warnings.add(WarningCode::TextEncoding, at, message);
    String::from_utf8_lossy(bytes)
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16, at: &str, warnings: &mut Warnings) -> String {
    warnings.add(WarningCode::TextEncoding, at, "the text is UTF-16; it was read as such");
    let units = bytes.as_chunks::<2>().0.iter().map(|&pair| unit(pair));
    char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}

/// Half a surrogate pair becomes U+FFFD in place: the escape keeps its length.
fn mend_surrogates<'a>(
    text: Cow<'a, str>,
    lone: &[usize],
    at: &str,
    warnings: &mut Warnings,
) -> Cow<'a, str> {
    if lone.is_empty() {
        return text;
    }
    let message = format!("{} halves of surrogate pairs, which no text can hold, became U+FFFD", lone.len());
    warnings.add(WarningCode::LoneSurrogate, at, message);
    let mut bytes = text.into_owned().into_bytes();
    for &digits in lone {
        if let Some(digits) = bytes.get_mut(digits..digits + 4) {
            digits.copy_from_slice(b"fffd");
        }
    }
    String::from_utf8_lossy(&bytes).into_owned().into()
}

/// How many members the objects of a tree have, all together.
pub(crate) fn members(tree: &Value) -> usize {
    match tree {
        Value::Object(map) => map.len() + map.values().map(members).sum::<usize>(),
        Value::Array(list) => list.iter().map(members).sum(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => 0,
    }
}

/// How many members a part of a text names, which ends in no string.
pub(crate) fn members_in(text: &str) -> usize {
    survey::of(text.as_bytes()).members
}

/// Writes a tree as JSON that people can read, for a file of its own.
#[must_use]
pub fn write_json(tree: &Value) -> Vec<u8> {
    format!("{tree:#}\n").into_bytes()
}

/// The tree in one line, if it is within the bound that reading it again imposes.
pub(crate) fn compact(tree: &Value) -> Result<String, Refusal> {
    let text = tree.to_string();
    bounds::hold("card's JSON", text.len(), bounds::JSON_BYTES)?;
    Ok(text)
}

/// The same card under the name of V3. `None` for a tree without `data`, which V3 cannot express.
pub(crate) fn as_v3(tree: &Value) -> Option<Value> {
    let root = tree.as_object().filter(|root| root.get("data").is_some_and(Value::is_object))?;
    let mut swapped = Map::new();
    // The two come first where they are new; where they were, `insert` below keeps their place.
    if !root.contains_key("spec") {
        swapped.insert("spec".to_owned(), Value::Null);
    }
    if !root.contains_key("spec_version") {
        swapped.insert("spec_version".to_owned(), Value::Null);
    }
    swapped.extend(root.clone());
    swapped.insert("spec".to_owned(), "chara_card_v3".into());
    swapped.insert("spec_version".to_owned(), "3.0".into());
    Some(Value::Object(swapped))
}

#[cfg(test)]
mod spec;
