//! The golden forms of every event: what the log of a house that runs already holds. A change here is a change of
//! history (law 8); it needs a new field with a default, or a new type.

use std::{collections::BTreeSet, fmt::Write, path::Path};

use serde::{Serialize, Serializer};

use crate::{
    Event, EventBody, audit::AuditEvent, character::CharacterEvent, conversation::ConversationEvent,
    lorebook::LorebookEvent, persona::PersonaEvent, private::forgotten, samples::samples, user::UserEvent,
};

/// The fields of an event, as they are stored.
struct Body<'a>(&'a Event);

impl Serialize for Body<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize_body(serializer)
    }
}

fn json(event: &Event) -> String {
    serde_json::to_string_pretty(&Body(event)).unwrap()
}

/// As the log has it: maps by name, in human-readable mode.
fn messagepack(event: &Event) -> Vec<u8> {
    let mut bytes = vec![];
    let mut serializer = rmp_serde::Serializer::new(&mut bytes).with_struct_map().with_human_readable();
    Body(event).serialize(&mut serializer).unwrap();
    bytes
}

fn from_messagepack(name: &str, schema: u16, bytes: &[u8]) -> Event {
    let mut deserializer = rmp_serde::Deserializer::from_read_ref(bytes).with_human_readable();
    Event::deserialize_body(name, schema, &mut deserializer).unwrap()
}

/// Bytes in hexadecimal, 32 a line, so that a change shows where it is.
fn in_hexadecimal(bytes: &[u8]) -> String {
    let mut text = String::new();
    for line in bytes.chunks(32) {
        line.iter().for_each(|byte| write!(text, "{byte:02x}").unwrap());
        text.push('\n');
    }
    text
}

/// The names of every kind of aggregate.
fn all_names() -> Vec<&'static str> {
    [
        UserEvent::NAMES,
        CharacterEvent::NAMES,
        ConversationEvent::NAMES,
        LorebookEvent::NAMES,
        PersonaEvent::NAMES,
        AuditEvent::NAMES,
    ]
    .concat()
}

fn names() -> BTreeSet<&'static str> {
    all_names().into_iter().collect()
}

pub(super) fn holds(name: &str, form: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../snapshots");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, form));
}

#[test]
fn every_event_has_the_form_that_it_always_had() {
    for event in samples() {
        holds(&format!("{}@{}.json", event.name(), event.schema()), &json(&event));
        holds(&format!("{}@{}.msgpack", event.name(), event.schema()), &in_hexadecimal(&messagepack(&event)));
    }
}

#[test]
fn every_event_reads_back_as_it_was_written() {
    for event in samples() {
        let (name, schema) = (event.name(), event.schema());
        let json = json(&event);
        let mut deserializer = serde_json::Deserializer::from_str(&json);
        assert_eq!(Event::deserialize_body(name, schema, &mut deserializer).unwrap(), event);
        assert_eq!(from_messagepack(name, schema, &messagepack(&event)), event);
    }
}

#[test]
fn every_event_reads_without_its_words_and_says_as_much_each_time() {
    for event in samples() {
        let forgotten = forgotten(&event);
        assert_eq!((forgotten.name(), forgotten.schema()), (event.name(), event.schema()));
        let (open, again) = (json(&forgotten), json(&crate::private::forgotten(&forgotten)));
        assert_eq!(open, again);
        let words =
            ["Mira", "By the sea", "Splash", "Grüß", "tide", "Hello", "openai", "c2VhbGVk", "phone", "Hi"];
        assert!(words.iter().all(|word| !open.contains(word)), "{open}");
    }
}

#[test]
fn every_event_has_a_sample_and_no_two_have_one_name() {
    let samples = samples();
    let sampled: BTreeSet<_> = samples.iter().map(Event::name).collect();
    assert_eq!(sampled, names().iter().map(|name| &**name).collect());
    assert_eq!(names().len(), all_names().len());
}

#[test]
fn no_event_that_was_ever_stored_is_forgotten() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/snapshots");
    let stored: BTreeSet<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .filter_map(|file| file.split_once('@').map(|(name, _)| name.to_owned()))
        .collect();
    assert_eq!(stored, names().into_iter().map(str::to_owned).collect());
}

#[test]
fn an_event_of_a_newer_house_is_carried_and_not_written_again() {
    let event = from_messagepack("MessageSung", 3, &messagepack(&samples()[0]));
    assert!(
        matches!(&event, Event::Unknown(unknown) if unknown.name == "MessageSung" && unknown.schema == 3)
    );
    assert!(serde_json::to_string(&Body(&event)).is_err());
}

#[test]
fn an_appearance_of_an_older_house_has_no_assets_and_is_written_as_it_was() {
    let older = r#"{"appearance":{"text":"Blue.","avatar":null}}"#;
    let event =
        Event::deserialize_body("AppearanceRevised", 1, &mut serde_json::Deserializer::from_str(older))
            .unwrap();
    assert_eq!(serde_json::to_string(&Body(&event)).unwrap(), older);
}

#[test]
fn a_field_of_a_newer_house_is_skipped() {
    let newer = r#"{ "name": "Mira", "mood": { "calm": [1, 2] } }"#;
    let event =
        Event::deserialize_body("UserRegistered", 1, &mut serde_json::Deserializer::from_str(newer)).unwrap();
    assert_eq!(event, samples()[0]);
}
