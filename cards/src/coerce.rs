//! What a value must have meant where another type was expected.
//!
//! Every reader of this crate forgives in the same way: a number is a text that happens to be one, a list of texts is its
//! lines, `"1"` is a number. Whatever was bent is a warning at its place; what cannot be bent is left out and said.

use serde_json::Value;

use crate::warning::{WarningCode, Warnings};

/// A value as a text, where that makes sense.
pub(crate) fn text(value: &Value, at: &str, warnings: &mut Warnings) -> Option<String> {
    let text = match value {
        Value::String(text) => return Some(without_nul(text, at, warnings)),
        Value::Number(number) => number.to_string(),
        Value::Bool(truth) => truth.to_string(),
        Value::Array(list) => lines(list, at, warnings)?,
        Value::Null => {
            warnings.add(WarningCode::NullField, at, "this is null; it was taken as absent");
            return None;
        }
        Value::Object(_) => {
            warnings.add(WarningCode::WrongType, at, "this should be a text; it was kept but not read");
            return None;
        }
    };
    warnings.add(WarningCode::TurnedIntoText, at, "this should be a text; it was read as one");
    Some(text)
}

/// Some writers keep long texts as lists of lines.
fn lines(list: &[Value], at: &str, warnings: &mut Warnings) -> Option<String> {
    let Some(lines) = list.iter().map(Value::as_str).collect::<Option<Vec<_>>>() else {
        warnings.add(WarningCode::WrongType, at, "this should be a text; it was kept but not read");
        return None;
    };
    Some(without_nul(&lines.join("\n"), at, warnings))
}

/// A text as it stands at a path, without what Postgres cannot hold.
pub(crate) fn without_nul(text: &str, at: &str, warnings: &mut Warnings) -> String {
    if !text.contains('\0') {
        return text.to_owned();
    }
    warnings.add(WarningCode::NulCharacter, at, "the text holds U+0000; it is shown as U+FFFD");
    shown(text)
}

/// Shows U+0000 as U+FFFD everywhere in a value, and says whether there was any.
pub(crate) fn clean(value: &mut Value) -> bool {
    match value {
        Value::String(text) if text.contains('\0') => {
            *text = shown(text);
            true
        }
        Value::Array(list) => list.iter_mut().fold(false, |found, item| clean(item) | found),
        Value::Object(map) => {
            let mut found = map.values_mut().fold(false, |found, item| clean(item) | found);
            if map.keys().any(|key| key.contains('\0')) {
                *map = std::mem::take(map).into_iter().map(|(key, item)| (shown(&key), item)).collect();
                found = true;
            }
            found
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

fn shown(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}

/// A number, also one that is spelt as a text.
pub(crate) fn number(value: &Value) -> Option<f64> {
    let number = match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    };
    number.filter(|number| number.is_finite())
}

/// A truth, also one that is spelt as a number or a text.
pub(crate) fn truth(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(truth) => Some(*truth),
        Value::Number(_) => number(value).map(|number| number != 0.0),
        Value::String(text) => match text.trim().to_ascii_lowercase().as_str() {
            "true" | "1" => Some(true),
            "false" | "0" | "" => Some(false),
            _ => None,
        },
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}
