//! The law of what others see: every private field of every event is missing, every id has another name, and what is
//! written is what is described.

use serde_json::{Value, json};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use uuid::Uuid;

use crate::{
    Event, Private,
    conversation::{CharacterGreeted, ConversationEvent, MessageSent},
    public::{self, Described, described},
    samples::samples,
    spec::id,
};

/// Another name for an id, which nobody could mistake for it.
fn renamed(id: Uuid) -> Uuid {
    Uuid::from_u128(id.as_u128() ^ (0xabcd << 96))
}

fn shown(event: &Event) -> Value {
    Value::Object(public::body(event, &renamed).unwrap().unwrap())
}

/// Whatever is text or number in it, with ids under their own names again.
fn leaves(value: &Value, into: &mut Vec<String>) {
    match value {
        Value::String(text) => {
            into.push(text.parse().map_or_else(|_| text.clone(), |id| renamed(id).to_string()));
        }
        Value::Number(number) => into.push(number.to_string()),
        Value::Array(items) => items.iter().for_each(|item| leaves(item, into)),
        Value::Object(fields) => {
            // Names of fields come from the types; keys that are ids are values.
            let ids = fields.keys().filter(|key| key.parse::<Uuid>().is_ok());
            ids.for_each(|id| leaves(&Value::from(id.as_str()), into));
            fields.values().for_each(|field| leaves(field, into));
        }
        Value::Null | Value::Bool(_) => {}
    }
}

fn of(event: &Event) -> Described {
    described().into_iter().find(|described| described.name == event.name()).unwrap()
}

/// Nothing but what is described may be there.
fn closed(schema: &Value) -> Value {
    match schema {
        Value::Object(fields) => {
            let mut closed: serde_json::Map<_, _> =
                fields.iter().map(|(name, field)| (name.clone(), closed(field))).collect();
            if fields.contains_key("properties") || fields.get("type") == Some(&json!("object")) {
                closed.entry("additionalProperties").or_insert(json!(false));
            }
            Value::Object(closed)
        }
        Value::Array(items) => items.iter().map(closed).collect(),
        other => other.clone(),
    }
}

/// What a type marks as private prints as `***`: so whatever is seen is in what prints, and an id is not what it is there.
#[test]
fn nothing_private_is_seen_of_any_event_and_no_id_under_its_own_name() {
    for event in samples() {
        let (printed, shown) = (format!("{event:?}"), shown(&event));
        let mut seen = vec![];
        leaves(&shown, &mut seen);
        for leaf in seen.iter().filter(|leaf| OffsetDateTime::parse(leaf, &Rfc3339).is_err()) {
            assert!(printed.contains(leaf.as_str()), "{leaf} of {} is private: {printed}", event.name());
        }
        let text = shown.to_string();
        let own = printed.split(|c: char| !c.is_ascii_hexdigit() && c != '-').filter(|word| word.len() == 36);
        own.for_each(|id| assert!(!text.contains(id), "{} tells an id: {text}", event.name()));
    }
}

#[test]
fn what_was_forgotten_is_seen_as_what_was_known() {
    let sent =
        |text| Event::from(ConversationEvent::from(MessageSent { message: id(50), author: id(1), text }));
    assert_eq!(shown(&sent("Hi".into())), shown(&sent(Private::Forgotten)));
    let greeted = |variants| {
        let (message, character) = (id(50), id(10));
        Event::from(ConversationEvent::from(CharacterGreeted { message, character, variants, chosen: 0 }))
    };
    let known = shown(&greeted(vec!["Hi".into(), "Ho".into()]));
    assert_eq!(known, shown(&greeted(vec![Private::Forgotten, Private::Forgotten])));
    assert_eq!(known["variants"], json!([null, null]), "how many there are is no secret");
}

#[test]
fn an_event_of_a_newer_house_is_not_shown() {
    let event = Event::Unknown(crate::event::Unknown { name: "MessageSung".into(), schema: 3 });
    assert_eq!(public::body(&event, &renamed), Ok(None));
}

#[test]
fn every_event_is_seen_as_it_is_described_and_no_otherwise() {
    for event in samples() {
        let (schema, shown) = (closed(&of(&event).schema), shown(&event));
        let validator = jsonschema::draft7::new(&schema).unwrap();
        let wrong: Vec<_> = validator.iter_errors(&shown).map(|error| error.to_string()).collect();
        assert!(wrong.is_empty(), "{}: {wrong:?}\n{shown}\n{schema}", event.name());
    }
}

/// The forms are for ever, like those of the log: consumers were written for them.
#[test]
fn every_event_is_seen_in_the_form_that_it_always_had() {
    for event in samples() {
        let form = format!("{}\n\n{}", pretty(&shown(&event)), pretty(&bare(&of(&event).schema)));
        super::golden::holds(&format!("{}@{}.public", event.name(), event.schema()), &form);
    }
}

/// Without the sentences, which may be put better at any time.
fn bare(schema: &Value) -> Value {
    match schema {
        Value::Object(fields) => {
            let said = |name: &str, value: &Value| name == "description" && value.is_string();
            let kept = fields.iter().filter(|(name, value)| !said(name, value));
            Value::Object(kept.map(|(name, value)| (name.clone(), bare(value))).collect())
        }
        Value::Array(items) => items.iter().map(bare).collect(),
        other => other.clone(),
    }
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap()
}
