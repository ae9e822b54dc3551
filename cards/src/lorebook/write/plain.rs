//! A value of an entry on its way out, before it is known whether it goes into a tree or into a text.

use serde_json::{Map, Value};

use crate::lorebook::CharacterFilter;

#[derive(Debug, Clone, Copy)]
pub(in crate::lorebook) enum Plain<'a> {
    Null,
    Truth(bool),
    Count(u64),
    Whole(i64),
    Share(f64),
    Text(&'a str),
    Texts(&'a [String]),
    Object(&'a Map<String, Value>),
    Filter(&'a CharacterFilter),
}

impl From<Plain<'_>> for Value {
    fn from(plain: Plain<'_>) -> Self {
        match plain {
            Plain::Null => Self::Null,
            Plain::Truth(truth) => truth.into(),
            Plain::Count(count) => count.into(),
            Plain::Whole(number) => number.into(),
            Plain::Share(share) => share.into(),
            Plain::Text(text) => text.into(),
            Plain::Texts(texts) => texts.into(),
            Plain::Object(map) => map.clone().into(),
            Plain::Filter(filter) => of_filter(filter),
        }
    }
}

fn of_filter(filter: &CharacterFilter) -> Value {
    let names = ("names".to_owned(), Value::from(filter.names.as_slice()));
    let tags = ("tags".to_owned(), Value::from(filter.tags.as_slice()));
    Value::Object(Map::from_iter([("isExclude".to_owned(), filter.is_exclude.into()), names, tags]))
}

impl From<bool> for Plain<'_> {
    fn from(truth: bool) -> Self {
        Self::Truth(truth)
    }
}

impl From<u32> for Plain<'_> {
    fn from(count: u32) -> Self {
        Self::Count(count.into())
    }
}

impl From<u64> for Plain<'_> {
    fn from(count: u64) -> Self {
        Self::Count(count)
    }
}

impl From<i64> for Plain<'_> {
    fn from(number: i64) -> Self {
        Self::Whole(number)
    }
}

impl<'a> From<&'a str> for Plain<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(text)
    }
}

impl<'a> From<&'a [String]> for Plain<'a> {
    fn from(texts: &'a [String]) -> Self {
        Self::Texts(texts)
    }
}

impl<'a, T: Into<Plain<'a>>> From<Option<T>> for Plain<'a> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}
