//! Reading an object field by field, so that what nobody took remains.
//!
//! Neutral forms hold the fields that this crate knows, typed, and beside them the rest. Taking a field moves it from the
//! one to the other, so a field can be neither forgotten nor kept twice. Null counts as absent.

use serde_json::{Map, Value};

use crate::coerce;
use crate::warning::{WarningCode, Warnings};

/// An object that is being read.
#[derive(Debug)]
pub(crate) struct Taking<'w> {
    map: Map<String, Value>,
    at: String,
    warnings: &'w mut Warnings,
}

impl<'w> Taking<'w> {
    pub(crate) fn new(map: Map<String, Value>, at: impl Into<String>, warnings: &'w mut Warnings) -> Self {
        Self { map, at: at.into(), warnings }
    }

    /// What nobody took.
    pub(crate) fn rest(mut self) -> Map<String, Value> {
        std::mem::take(&mut self.map)
    }

    pub(crate) fn has(&self, key: &str) -> bool {
        self.map.contains_key(key)
    }

    pub(crate) fn warnings(&mut self) -> &mut Warnings {
        self.warnings
    }

    pub(crate) fn warn(&mut self, code: WarningCode, key: &str, message: &str) {
        let at = self.path(key);
        self.warnings.add(code, at, message);
    }

    pub(crate) fn path(&self, key: &str) -> String {
        match self.at.as_str() {
            "$" => key.to_owned(),
            at => format!("{at}.{key}"),
        }
    }

    pub(crate) fn take(&mut self, key: &str) -> Option<Value> {
        // Most fields of most objects are not there, and many objects are empty.
        if self.map.is_empty() {
            return None;
        }
        self.map.shift_remove(key).filter(|value| !value.is_null())
    }

    /// Gives back what was taken only to take something out of it.
    pub(crate) fn put_back(&mut self, key: &str, value: Value) {
        self.map.insert(key.to_owned(), value);
    }

    /// A text that stays.
    pub(crate) fn peek_text(&self, key: &str) -> Option<String> {
        self.map.get(key).and_then(Value::as_str).map(str::to_owned)
    }

    /// A text; empty where there is none.
    pub(crate) fn text(&mut self, key: &str) -> String {
        let Some(value) = self.take(key) else { return String::new() };
        match value {
            Value::String(text) if !text.contains('\0') => text,
            _ => coerce::text(&value, &self.path(key), self.warnings).unwrap_or_default(),
        }
    }

    /// A value that was taken from there as a text.
    pub(crate) fn text_in(&mut self, key: &str, value: &Value) -> Option<String> {
        coerce::text(value, &self.path(key), self.warnings)
    }

    /// Texts; a single one is parted at its commas.
    pub(crate) fn texts(&mut self, key: &str) -> Vec<String> {
        match self.take(key) {
            None => Vec::new(),
            Some(Value::Array(list)) => {
                let at = self.path(key);
                let items = list.iter().enumerate();
                let text = |(i, item)| coerce::text(item, &format!("{at}[{i}]"), self.warnings);
                items.filter_map(text).collect()
            }
            Some(Value::String(text)) => {
                self.warn(
                    WarningCode::TurnedIntoList,
                    key,
                    "this should be a list; it was parted at its commas",
                );
                let text = coerce::without_nul(&text, &self.path(key), self.warnings);
                parted(&text)
            }
            Some(value) => {
                self.warn(
                    WarningCode::TurnedIntoList,
                    key,
                    "this should be a list; it was read as a list of one",
                );
                coerce::text(&value, &self.path(key), self.warnings).into_iter().collect()
            }
        }
    }

    /// A truth, or what it is where there is none.
    pub(crate) fn truth(&mut self, key: &str, otherwise: bool) -> bool {
        self.truth_if_any(key).unwrap_or(otherwise)
    }

    pub(crate) fn truth_if_any(&mut self, key: &str) -> Option<bool> {
        let value = self.take(key)?;
        let truth = coerce::truth(&value);
        if truth.is_none() {
            self.warn(WarningCode::WrongType, key, "this should be true or false; it was left out");
        }
        truth
    }

    pub(crate) fn number(&mut self, key: &str) -> Option<f64> {
        let value = self.take(key)?;
        self.number_in(key, &value)
    }

    fn number_in(&mut self, key: &str, value: &Value) -> Option<f64> {
        let number = coerce::number(value);
        if number.is_none() {
            self.warn(WarningCode::WrongType, key, "this should be a number; it was left out");
        }
        number
    }

    /// How many; the nearest that exists.
    pub(crate) fn count(&mut self, key: &str) -> Option<u32> {
        let value = self.take(key)?;
        self.count_in(key, &value)
    }

    /// How many, as a value that was taken from there says.
    pub(crate) fn count_in(&mut self, key: &str, value: &Value) -> Option<u32> {
        let number = self.number_in(key, value)?;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "`as` takes the nearest")]
        let count = number as u32;
        self.mind(key, (f64::from(count) - number).abs() < f64::EPSILON);
        Some(count)
    }

    /// A whole number; the nearest that exists.
    pub(crate) fn whole(&mut self, key: &str) -> Option<i64> {
        let number = self.number(key)?;
        // Beyond this, JavaScript and its floats lose count.
        const FAR: f64 = 9_007_199_254_740_991.0;
        #[expect(clippy::cast_possible_truncation, reason = "within what a float counts exactly")]
        let whole = number.clamp(-FAR, FAR) as i64;
        #[expect(clippy::cast_precision_loss, reason = "within what a float counts exactly")]
        let exact = (whole as f64 - number).abs() < f64::EPSILON;
        self.mind(key, exact);
        Some(whole)
    }

    /// What stands at the number that is there, in the order of SillyTavern's numbers.
    pub(crate) fn pick<T: Copy>(&mut self, key: &str, all: &[T]) -> Option<T> {
        let number = self.number(key)?;
        let mut numbered = all.iter().zip(0_u8..);
        let picked = numbered.find(|(_, place)| f64::from(*place) == number).map(|(one, _)| *one);
        if picked.is_none() {
            self.warn(WarningCode::OutOfRange, key, "there is nothing of this number; the default was taken");
        }
        picked
    }

    /// An object; empty where there is none.
    pub(crate) fn object(&mut self, key: &str) -> Map<String, Value> {
        match self.take(key) {
            None => Map::new(),
            Some(Value::Object(map)) => map,
            Some(_) => {
                self.warn(WarningCode::WrongType, key, "this should be an object; it was left out");
                Map::new()
            }
        }
    }

    fn mind(&mut self, key: &str, exact: bool) {
        if !exact {
            self.warn(WarningCode::OutOfRange, key, "this number does not exist here; the nearest was taken");
        }
    }
}

/// What a text lists, parted by commas.
pub(crate) fn parted(text: &str) -> Vec<String> {
    text.split(',').map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect()
}
