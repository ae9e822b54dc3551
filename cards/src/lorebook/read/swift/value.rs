//! The values of an entry's fields, of the types in which they are written; anything else is odd.

use serde::Deserialize;
use serde::de::{Error, MapAccess};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::{odd, part};
use crate::lorebook::{CharacterFilter, Entry, Position};

/// A number that JavaScript can count with.
pub(super) const FAR: u64 = 9_007_199_254_740_991;

/// What is there, or else what an entry has without it.
pub(super) fn filled<'de, T: Deserialize<'de>, A: MapAccess<'de>>(
    map: &mut A,
    otherwise: T,
) -> Result<T, A::Error> {
    Ok(map.next_value::<Option<T>>()?.unwrap_or(otherwise))
}

/// What stands at the number that is there, or the first.
pub(super) fn picked<'de, T: Copy + Default, A: MapAccess<'de>>(
    map: &mut A,
    all: &[T],
) -> Result<T, A::Error> {
    let Some(number) = map.next_value::<Option<u8>>()? else { return Ok(T::default()) };
    all.get(usize::from(number)).copied().ok_or_else(|| odd("a number of nothing"))
}

/// A position by SillyTavern's number.
pub(super) fn place<E: Error>(number: Option<u8>) -> Result<Option<Position>, E> {
    let place = |number| Position::ALL.get(usize::from(number)).copied();
    number.map(|number| place(number).ok_or_else(|| odd("a number of nothing"))).transpose()
}

/// A position by V2's word, or by SillyTavern's number.
pub(super) fn coarse<E: Error>(raw: &RawValue) -> Result<Option<Position>, E> {
    match raw.get() {
        "null" => Ok(None),
        "\"before_char\"" => Ok(Some(Position::BeforeCharacter)),
        "\"after_char\"" => Ok(Some(Position::AfterCharacter)),
        number => place(Some(serde_json::from_str(number).map_err(|_| odd("an odd position"))?)),
    }
}

pub(super) fn whole<'de, A: MapAccess<'de>>(map: &mut A) -> Result<Option<i64>, A::Error> {
    match map.next_value::<Option<i64>>()? {
        Some(number) if number.unsigned_abs() > FAR => Err(odd("a number beyond JavaScript's")),
        number => Ok(number),
    }
}

pub(super) fn percent<'de, A: MapAccess<'de>>(map: &mut A) -> Result<f64, A::Error> {
    match map.next_value::<Option<u8>>()? {
        None => Ok(Entry::PROBABILITY),
        Some(percent) if percent <= 100 => Ok(percent.into()),
        Some(_) => Err(odd("more than a hundred percent")),
    }
}

/// SillyTavern once had a truth here and now has a number.
pub(super) fn rounds<E: Error>(raw: &RawValue) -> Result<u32, E> {
    match raw.get() {
        "null" | "false" => Ok(0),
        "true" => Ok(1),
        number => serde_json::from_str(number).map_err(|_| odd("odd rounds")),
    }
}

pub(super) fn filter<E: Error>(raw: &RawValue) -> Result<Option<CharacterFilter>, E> {
    /// All that SillyTavern writes there; more of it is odd.
    #[derive(Default, Deserialize)]
    #[serde(rename_all = "camelCase", deny_unknown_fields)]
    struct Filter {
        is_exclude: Option<bool>,
        names: Option<Vec<String>>,
        tags: Option<Vec<String>>,
    }
    let filter: Option<Filter> = match raw.get() {
        "null" => None,
        // `serde` would take a list for one as well.
        object if object.starts_with('{') => {
            serde_json::from_str(object).map_err(|_| odd("an odd filter"))?
        }
        _ => return Err(odd("no filter")),
    };
    let Filter { is_exclude, names, tags } = filter.unwrap_or_default();
    let (is_exclude, names, tags) =
        (is_exclude.unwrap_or_default(), names.unwrap_or_default(), tags.unwrap_or_default());
    let filters = !names.is_empty() || !tags.is_empty();
    Ok(filters.then_some(CharacterFilter { is_exclude, names, tags }))
}

pub(super) fn object<E: Error>(raw: &RawValue, within: usize) -> Result<Map<String, Value>, E> {
    match part(raw, within)? {
        Value::Null => Ok(Map::new()),
        Value::Object(map) => Ok(map),
        Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => Err(odd("no object")),
    }
}
