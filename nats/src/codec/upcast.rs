//! Old events, read as what they would be today.
//!
//! What is in the log stays as it was written, for ever (law 8). Where a new field with a default is not enough, an event
//! gets another type or another schema, and a step here that makes the new form of the old one. Steps are chained, so each
//! knows only its neighbour; and they see the whole body as it was stored, before anybody takes it for a type of today,
//! with `nil` wherever words were forgotten.
//!
//! A form without a step is read as it is: today's, or one that nobody here knows.

use std::borrow::Cow;

use domain::Event;
use rmpv::{Value, decode::read_value_with_max_depth, encode::write_value};

use super::{DecodeError, MAX_DEPTH, reader, wordless};

/// The steps of this house. Nothing that was ever written has another form by now.
pub(super) const OURS: &[Step] = &[];

/// One step, from a form to the next.
pub(super) struct Step {
    /// The type and schema that it reads.
    pub(super) from: (&'static str, u16),
    /// The type and schema that come of it.
    pub(super) to: (&'static str, u16),
    /// What it does to the body; none, if that is not of this form.
    pub(super) change: fn(&Value) -> Option<Value>,
}

/// The event of this type and schema, as it is today.
pub(super) fn read(steps: &[Step], name: &str, schema: u16, body: &[u8]) -> Result<Event, DecodeError> {
    let ((name, schema), body) = upcast(steps, name, schema, body)?;
    Event::deserialize_body(name, schema, &mut reader(&mut &*body))
        .map_err(|error| DecodeError::Malformed { why: wordless(&error) })
}

type Form<'a> = ((&'a str, u16), Cow<'a, [u8]>);

fn upcast<'a>(steps: &[Step], name: &'a str, schema: u16, body: &'a [u8]) -> Result<Form<'a>, DecodeError> {
    let step_of = |form: (&str, u16)| steps.iter().find(|step| step.from == form);
    let Some(mut step) = step_of((name, schema)) else { return Ok(((name, schema), body.into())) };
    let mut value = read_value_with_max_depth(&mut &*body, MAX_DEPTH).map_err(|_| unfit())?;
    // A chain is no longer than all steps: one that led in a circle would have no end.
    for _ in 0..steps.len() {
        value = (step.change)(&value).ok_or_else(unfit)?;
        match step_of(step.to) {
            Some(next) => step = next,
            None => return Ok((step.to, written(&value)?.into())),
        }
    }
    Err(DecodeError::malformed("its form leads in a circle"))
}

fn written(value: &Value) -> Result<Vec<u8>, DecodeError> {
    let mut bytes = Vec::new();
    write_value(&mut bytes, value).map_err(|_| unfit())?;
    Ok(bytes)
}

fn unfit() -> DecodeError {
    DecodeError::malformed("it is not of the form that its type and schema say")
}

#[cfg(test)]
mod spec {
    use domain::{
        Private,
        user::{UserEvent, UserRegistered},
    };
    use serde_json::json;

    use super::*;
    use crate::codec::pack;

    /// Once upon a time a user had two names, then one in full.
    const STEPS: &[Step] = &[
        Step { from: ("UserNamed", 1), to: ("UserNamed", 2), change: in_full },
        Step { from: ("UserNamed", 2), to: ("UserRegistered", 1), change: renamed },
    ];

    fn in_full(value: &Value) -> Option<Value> {
        let full = match (field(value, "first")?, field(value, "last")?) {
            (Value::Nil, _) | (_, Value::Nil) => Value::Nil,
            (first, last) => format!("{} {}", first.as_str()?, last.as_str()?).into(),
        };
        Some(Value::Map(vec![("full".into(), full)]))
    }

    fn renamed(value: &Value) -> Option<Value> {
        Some(Value::Map(vec![("name".into(), field(value, "full")?.clone())]))
    }

    fn field<'v>(value: &'v Value, name: &str) -> Option<&'v Value> {
        value.as_map()?.iter().find(|(key, _)| key.as_str() == Some(name)).map(|(_, value)| value)
    }

    fn body(json: &serde_json::Value) -> Vec<u8> {
        pack(json).unwrap()
    }

    fn registered(name: Private<String>) -> Event {
        UserEvent::from(UserRegistered { name }).into()
    }

    #[test]
    fn every_old_form_reads_as_todays() {
        for (name, schema, old) in [
            ("UserNamed", 1, json!({"first": "Mira", "last": "Vale"})),
            ("UserNamed", 2, json!({"full": "Mira Vale"})),
            ("UserRegistered", 1, json!({"name": "Mira Vale"})),
        ] {
            assert_eq!(read(STEPS, name, schema, &body(&old)).unwrap(), registered("Mira Vale".into()));
        }
    }

    #[test]
    fn what_was_forgotten_stays_forgotten() {
        let old = body(&json!({"first": null, "last": null}));
        assert_eq!(read(STEPS, "UserNamed", 1, &old).unwrap(), registered(Private::Forgotten));
    }

    #[test]
    fn what_nobody_knows_is_carried_and_stops_nobody() {
        for (name, schema) in [("UserNamed", 3), ("UserRegistered", 2), ("DreamDreamt", 1)] {
            let event = read(STEPS, name, schema, &body(&json!({"depth": [1]}))).unwrap();
            assert!(matches!(&event, Event::Unknown(_)), "{event:?}");
            assert_eq!((event.name(), event.schema()), (name, schema));
        }
    }

    #[test]
    fn a_body_of_another_form_is_refused_without_its_words() {
        for odd in [json!({"first": "secret"}), json!("secret"), json!({"first": ["secret"], "last": "x"})] {
            let error = read(STEPS, "UserNamed", 1, &body(&odd)).unwrap_err();
            assert!(!format!("{error} {error:?}").contains("secret"), "{error:?}");
        }
        let mut deep = vec![0x91; 100_000];
        deep.push(0xc0);
        assert!(read(STEPS, "UserNamed", 1, &deep).is_err());
    }

    #[test]
    fn steps_that_lead_in_a_circle_have_an_end() {
        let circle = [
            Step { from: ("A", 1), to: ("B", 1), change: |same| Some(same.clone()) },
            Step { from: ("B", 1), to: ("A", 1), change: |same| Some(same.clone()) },
        ];
        assert!(read(&circle, "A", 1, &body(&json!({}))).is_err());
    }

    #[test]
    fn each_form_of_ours_has_one_step_at_most_and_none_is_todays() {
        for (at, step) in OURS.iter().enumerate() {
            assert!(OURS[..at].iter().all(|other| other.from != step.from), "{:?} has two steps", step.from);
        }
    }
}
