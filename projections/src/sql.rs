//! What goes into Postgres and comes out of it, where its types and ours differ.
//!
//! Postgres holds no U+0000, neither in text nor in jsonb. The rules refuse it, but the log is older than any rule: it
//! becomes U+FFFD here, so that one such character cannot park an aggregate.

use std::borrow::Cow;

use domain::Id;
use serde::Serialize;
use serde_json::Value;
use sqlx::{Row, postgres::PgRow, types::Uuid};

/// The text as Postgres can hold it.
pub(crate) fn text(text: &str) -> Cow<'_, str> {
    if text.contains('\0') { Cow::Owned(text.replace('\0', "\u{FFFD}")) } else { Cow::Borrowed(text) }
}

/// The same for each of several texts.
pub(crate) fn texts(list: &[String]) -> Vec<Cow<'_, str>> {
    list.iter().map(|entry| text(entry)).collect()
}

/// What was typed as a pattern of `ilike`, in which nothing of it is a wildcard.
pub(crate) fn pattern(words: &str) -> String {
    let mut pattern = String::from("%");
    for character in text(words).chars() {
        if matches!(character, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(character);
    }
    pattern.push('%');
    pattern
}

/// The value as jsonb can hold it.
pub(crate) fn json(value: &impl Serialize) -> Result<Value, sqlx::Error> {
    let value = serde_json::to_value(value).map_err(|error| sqlx::Error::Encode(error.into()))?;
    Ok(cleaned(value))
}

fn cleaned(value: Value) -> Value {
    match value {
        Value::String(words) => Value::String(text(&words).into_owned()),
        Value::Array(values) => values.into_iter().map(cleaned).collect(),
        Value::Object(fields) => {
            fields.into_iter().map(|(name, value)| (text(&name).into_owned(), cleaned(value))).collect()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => value,
    }
}

/// A sequence as Postgres counts. The log would need 292,000 years at a million commits a second to notice.
pub(crate) fn bigint(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// A number out of Postgres that is never below zero.
pub(crate) fn count(row: &PgRow, column: &str) -> Result<u64, sqlx::Error> {
    let number: i64 = row.try_get(column)?;
    Ok(number.try_into().unwrap_or(0))
}

/// The same where there may be none.
pub(crate) fn maybe_count(row: &PgRow, column: &str) -> Result<Option<u64>, sqlx::Error> {
    let number: Option<i64> = row.try_get(column)?;
    Ok(number.and_then(|number| number.try_into().ok()))
}

/// An id of the kind that the caller expects in this column.
pub(crate) fn id<Kind>(row: &PgRow, column: &str) -> Result<Id<Kind>, sqlx::Error> {
    row.try_get::<Uuid, _>(column).map(Id::new)
}

/// The same where there may be none.
pub(crate) fn maybe_id<Kind>(row: &PgRow, column: &str) -> Result<Option<Id<Kind>>, sqlx::Error> {
    row.try_get::<Option<Uuid>, _>(column).map(|uuid| uuid.map(Id::new))
}

/// Several ids.
pub(crate) fn ids<Kind>(row: &PgRow, column: &str) -> Result<Vec<Id<Kind>>, sqlx::Error> {
    let uuids: Vec<Uuid> = row.try_get(column)?;
    Ok(uuids.into_iter().map(Id::new).collect())
}

#[cfg(test)]
mod spec {
    use super::*;

    #[test]
    fn what_postgres_cannot_hold_is_replaced_at_any_depth() {
        let value = serde_json::json!({ "a\0": ["b\0", { "c": "\0" }, 1, null] });
        let expected = serde_json::json!({ "a\u{FFFD}": ["b\u{FFFD}", { "c": "\u{FFFD}" }, 1, null] });
        assert_eq!(cleaned(value), expected);
        assert_eq!(text("a\0b"), "a\u{FFFD}b");
    }

    #[test]
    fn what_is_typed_is_never_a_wildcard() {
        assert_eq!(pattern(r"50%_\"), r"%50\%\_\\%");
    }

    #[test]
    fn words_without_it_are_not_copied() {
        assert!(matches!(text("Mira"), Cow::Borrowed("Mira")));
    }
}
