//! What others may see of every event, as JSON schemas (draft 7, as AsyncAPI wants them) that follow from the types.
//!
//! A field that is private has no place in them, as it has none in what is written.

use schemars::{
    JsonSchema, Schema, SchemaGenerator,
    generate::SchemaSettings,
    transform::{Transform, transform_subschemas},
};
use serde_json::{Map, Value, json};

use super::EXACT;
use crate::{
    EventBody, audit::AuditEvent, character::CharacterEvent, commit::Kind, conversation::ConversationEvent,
    lorebook::LorebookEvent, persona::PersonaEvent, private::MARK, user::UserEvent,
};

/// An event, described.
#[derive(Debug, Clone, PartialEq)]
pub struct Described {
    /// To what kind of aggregate it happens.
    pub kind: Kind,
    /// Its name.
    pub name: &'static str,
    /// The version of its fields.
    pub version: u16,
    /// What others see of it.
    pub schema: Value,
}

/// Every event that this version knows.
pub fn described() -> Vec<Described> {
    Kind::ALL.into_iter().flat_map(of_kind).collect()
}

/// Anything else that others read, described alike.
pub fn describe<T: JsonSchema>() -> Value {
    let mut generator = generator();
    finished(generator.root_schema_for::<T>())
}

fn of_kind(kind: Kind) -> Vec<Described> {
    let mut generator = generator();
    let schemas = match kind {
        Kind::User => UserEvent::schemas(&mut generator),
        Kind::Character => CharacterEvent::schemas(&mut generator),
        Kind::Conversation => ConversationEvent::schemas(&mut generator),
        Kind::Lorebook => LorebookEvent::schemas(&mut generator),
        Kind::Persona => PersonaEvent::schemas(&mut generator),
        Kind::Audit => AuditEvent::schemas(&mut generator),
    };
    let described = |(name, version, schema)| Described { kind, name, version, schema: finished(schema) };
    schemas.into_iter().map(described).collect()
}

fn generator() -> SchemaGenerator {
    let settings = SchemaSettings::draft07().for_serialize().with(|settings| {
        settings.inline_subschemas = true; // Each stands by itself, wherever it is put.
        settings.meta_schema = None;
    });
    settings.into_generator()
}

fn finished(mut schema: Schema) -> Value {
    Shown.transform(&mut schema);
    schema.to_value()
}

/// Takes out what is private, and says how large numbers and nothing are written.
#[derive(Clone)]
struct Shown;

impl Transform for Shown {
    fn transform(&mut self, schema: &mut Schema) {
        if let Some(fields) = schema.as_object_mut() {
            hide(fields);
            leave_out(fields);
            exact(fields);
            fields.remove(MARK);
        }
        transform_subschemas(self, schema);
    }
}

/// Takes the fields out that are private.
fn hide(schema: &mut Map<String, Value>) {
    let Some(Value::Object(properties)) = schema.get_mut("properties") else { return };
    let hidden: Vec<_> =
        properties.iter().filter(|(_, field)| is_private(field)).map(|(name, _)| name.clone()).collect();
    properties.retain(|name, _| !hidden.contains(name));
    if let Some(Value::Array(required)) = schema.get_mut("required") {
        required.retain(|name| !name.as_str().is_some_and(|name| hidden.iter().any(|other| other == name)));
    }
}

fn is_private(field: &Value) -> bool {
    let all = |choices: &Value| choices.as_array().into_iter().flatten().any(is_private);
    field.get(MARK).is_some() || field.get("anyOf").is_some_and(all)
}

/// A field without a value is left out, so it need not be there, and is never null.
fn leave_out(schema: &mut Map<String, Value>) {
    let Some(Value::Object(properties)) = schema.get_mut("properties") else { return };
    let empty: Vec<_> =
        properties.iter_mut().filter_map(|(name, field)| take_null(field).then(|| name.clone())).collect();
    if let Some(Value::Array(required)) = schema.get_mut("required") {
        required.retain(|name| !name.as_str().is_some_and(|name| empty.iter().any(|other| other == name)));
    }
}

/// Takes null from what a field may be. Answers whether it was among it.
fn take_null(field: &mut Value) -> bool {
    let Some(field) = field.as_object_mut() else { return false };
    let nullable = field.remove("default").is_some_and(|default| default.is_null());
    for (key, null) in [("type", json!("null")), ("anyOf", json!({ "type": "null" }))] {
        let Some(Value::Array(choices)) = field.get_mut(key) else { continue };
        let before = choices.len();
        choices.retain(|choice| *choice != null);
        if choices.len() == before {
            continue;
        }
        if let [one] = &choices[..] {
            let one = one.clone();
            field.remove(key);
            match one {
                Value::Object(one) => field.extend(one),
                one => drop(field.insert(key.to_owned(), one)),
            }
        }
        return true;
    }
    nullable
}

/// A number that not every reader would keep is a text.
fn exact(schema: &mut Map<String, Value>) {
    if schema.get("format").is_none_or(|format| format != "uint64") {
        return;
    }
    for key in ["type", "format", "minimum"] {
        schema.remove(key);
    }
    let number = json!({ "type": "integer", "minimum": 0, "maximum": EXACT });
    schema.insert("oneOf".to_owned(), json!([number, { "type": "string", "pattern": "^[0-9]{16,20}$" }]));
}
