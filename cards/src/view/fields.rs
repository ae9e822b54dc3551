//! Reading one field of a card, whatever type it turns out to have.

use serde_json::{Map, Value};

use super::shape::Shape;
use crate::card::Spec;
use crate::coerce;
pub(super) use crate::coerce::number;
use crate::warning::{WarningCode, Warnings};

/// What V1 demands, and what SillyTavern repeats at the root of later cards.
const V1_TEXTS: [&str; 6] = ["name", "description", "personality", "scenario", "first_mes", "mes_example"];

/// What V2 demands beyond V1.
const V2_FIELDS: [&str; 8] = [
    "creator_notes",
    "system_prompt",
    "post_history_instructions",
    "alternate_greetings",
    "tags",
    "creator",
    "character_version",
    "extensions",
];

/// What V3 demands beyond V2.
const V3_FIELDS: [&str; 1] = ["group_only_greetings"];

/// A value and its path.
pub(super) type Found<'a> = (String, &'a Value);

/// The fields of a card, and the warnings that reading them makes.
#[derive(Debug)]
pub(super) struct Fields<'a> {
    root: &'a Map<String, Value>,
    data: Option<&'a Map<String, Value>>,
    warnings: &'a mut Warnings,
}

impl<'a> Fields<'a> {
    pub(super) fn of(shape: &Shape<'a>, warnings: &'a mut Warnings) -> Self {
        Self { root: shape.root, data: shape.data, warnings }
    }

    pub(super) fn warn(&mut self, code: WarningCode, at: impl Into<String>, message: &str) {
        self.warnings.add(code, at, message);
    }

    /// Names every field that is null, and every one that the specification demands and nobody wrote.
    pub(super) fn report_gaps(&mut self, spec: Spec) {
        let fields = self.data.unwrap_or(self.root);
        for key in V1_TEXTS.iter().chain(&V2_FIELDS).chain(&V3_FIELDS).chain(&["character_book"]) {
            let at = self.path(key);
            if fields.get(*key).is_some_and(Value::is_null) {
                self.warn(WarningCode::NullField, at, "this is null; it was taken as absent");
            } else if is_demanded(key, spec) && self.find(key).is_none() {
                self.warn(WarningCode::MissingField, at, "the field is missing; it was taken as empty");
            }
        }
    }

    /// A text, or the nearest thing to it; empty where there is none.
    pub(super) fn text(&mut self, key: &str) -> String {
        let found = self.find(key);
        self.text_of(found)
    }

    /// The same, looked up only at the root.
    pub(super) fn root_text(&mut self, key: &str) -> String {
        let found = self.in_root(key);
        self.text_of(found)
    }

    /// A list of texts. A single text is a list of one.
    pub(super) fn texts(&mut self, key: &str) -> Vec<String> {
        let Some((at, value)) = self.find(key) else { return Vec::new() };
        match value {
            Value::Array(list) => {
                let items = list.iter().enumerate();
                items.filter_map(|(i, item)| self.coerced(&format!("{at}[{i}]"), item)).collect()
            }
            Value::String(text) if text.trim().is_empty() => Vec::new(),
            _ => {
                self.warn(
                    WarningCode::TurnedIntoList,
                    at.as_str(),
                    "this should be a list; it was read as a list of one",
                );
                self.coerced(&at, value).into_iter().collect()
            }
        }
    }

    /// A list of tags: like texts, but a single text is parted at its commas, and blanks mean nothing.
    pub(super) fn tags(&mut self, key: &str) -> Vec<String> {
        let tags = match self.find(key) {
            Some((at, Value::String(tags))) => {
                self.warn(
                    WarningCode::TurnedIntoList,
                    at.as_str(),
                    "this should be a list; it was parted at its commas",
                );
                let tags = self.clean(&at, tags);
                tags.split(',').map(str::to_owned).collect()
            }
            _ => self.texts(key),
        };
        tags.iter().map(|tag| tag.trim()).filter(|tag| !tag.is_empty()).map(str::to_owned).collect()
    }

    /// A value from the card's extensions.
    pub(super) fn extension(&mut self, key: &str) -> Option<Found<'a>> {
        let (at, extensions) = self.find("extensions")?;
        let Some(extensions) = extensions.as_object() else {
            self.warn(WarningCode::WrongType, at, "this should be an object; it was kept but not read");
            return None;
        };
        present(extensions, key).map(|value| (format!("{at}.{key}"), value))
    }

    /// A value from the root.
    pub(super) fn in_root(&self, key: &str) -> Option<Found<'a>> {
        present(self.root, key).map(|value| (key.to_owned(), value))
    }

    /// A value where it belongs, or else where SillyTavern repeats it. Null counts as absent.
    pub(super) fn find(&self, key: &str) -> Option<Found<'a>> {
        let Some(data) = self.data else { return self.in_root(key) };
        if let Some(value) = present(data, key) {
            return Some((self.path(key), value));
        }
        let repeated = V1_TEXTS.contains(&key) || key == "tags";
        repeated.then(|| self.in_root(key)).flatten()
    }

    /// A text as it stands at a path, without what Postgres cannot hold.
    pub(super) fn clean(&mut self, at: &str, text: &str) -> String {
        coerce::without_nul(text, at, self.warnings)
    }

    /// A value as a text, where that makes sense.
    pub(super) fn coerced(&mut self, at: &str, value: &Value) -> Option<String> {
        coerce::text(value, at, self.warnings)
    }

    fn text_of(&mut self, found: Option<Found<'a>>) -> String {
        found.and_then(|(at, value)| self.coerced(&at, value)).unwrap_or_default()
    }

    fn path(&self, key: &str) -> String {
        if self.data.is_some() { format!("data.{key}") } else { key.to_owned() }
    }
}

fn is_demanded(key: &str, by: Spec) -> bool {
    V1_TEXTS.contains(&key)
        || by >= Spec::V2 && V2_FIELDS.contains(&key)
        || by >= Spec::V3 && V3_FIELDS.contains(&key)
}

fn present<'a>(map: &'a Map<String, Value>, key: &str) -> Option<&'a Value> {
    map.get(key).filter(|value| !value.is_null())
}
