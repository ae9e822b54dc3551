//! Lorebooks on the wire: values of other programs come back as they were, and an entry weighs no more than the rules
//! think. The rules cut a file into commits by that weight, so it is a law here that every part fits.

use std::sync::Arc;

use domain::{
    Event, Private,
    bounds::{self, NESTING},
    commit::{Actor, Commit, Kind, RecordedEvent},
    lorebook::{
        EntriesAdded, Entry, EntryRevised, Extras, LorebookEvent, LorebookImported, Original, Settings,
        weight,
    },
};
use serde_json::{Map, Value, json};
use time::OffsetDateTime;
use uuid::Uuid;

use super::*;

fn commit(event: impl Into<LorebookEvent>) -> Commit {
    let id = Uuid::from_u128;
    let whose = Some(domain::Id::new(id(4)));
    let event: LorebookEvent = event.into();
    Commit {
        id: domain::Id::new(id(1)),
        command: domain::Id::new(id(2)),
        fingerprint: None,
        at: OffsetDateTime::UNIX_EPOCH,
        actor: Actor::House,
        correlation: None,
        causation: None,
        after: 0,
        prev: None,
        whose,
        events: vec![RecordedEvent { id: domain::Id::new(id(3)), event: Event::from(event) }],
    }
}

fn all(entries: Vec<Entry>) -> Vec<Private<Entry>> {
    entries.into_iter().map(Private::Known).collect()
}

fn aggregate() -> AggregateKey {
    AggregateKey { kind: Kind::Lorebook, id: Uuid::nil() }
}

fn encode(commit: &Commit) -> Result<Bytes, EncodeError> {
    super::encode(aggregate(), commit, Some(&DataKey::new(1, &[9; 32])))
}

fn decode(body: &[u8]) -> Result<Commit, DecodeError> {
    super::decode(aggregate(), body, |_| Some(Held::Key(Arc::new(DataKey::new(1, &[9; 32])))))
}

/// How long a commit is before it is made shorter: nobody knows what that will win.
fn halves(commit: &Commit) -> usize {
    let part = part::part(&Told(&commit.events[0].event)).unwrap();
    part.open.len() + part.private.map_or(0, |private| private.len())
}

/// An event with all its words.
struct Told<'a>(&'a Event);

impl Serialize for Told<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize_body(serializer)
    }
}

fn spelt(json: &str) -> Value {
    serde_json::from_str(json).unwrap()
}

/// Numbers as only other programs spell them, at any depth, and keys out of order.
fn kept() -> Map<String, Value> {
    let numbers = "[1, -1, 1.0, 100.10, 1e+400, -0.0, 123456789012345678901234567890, 0.1, 9007199254740993]";
    let strange = r#"{"z": null, "a": [{"": {"b": 1.50}}], "$": true, "text": "\u0001🌊"}"#;
    Map::from_iter([("numbers".into(), spelt(numbers)), ("strange".into(), spelt(strange))])
}

fn entry(rest: Map<String, Value>) -> Entry {
    Entry { uid: 7, order: -5, probability: 12.5, extensions: rest.clone(), rest, ..Entry::default() }
}

fn settings() -> Settings {
    Settings { name: "The sea".into(), ..Settings::default() }
}

fn original() -> Original {
    Original { digest: "aa".into(), format: "sillytavern".into(), size: 2, entries: 1 }
}

#[test]
fn what_other_programs_keep_comes_back_as_it_was() {
    let extras = Box::new(Extras { extensions: kept(), rest: kept() });
    let (entries, original) = (vec![entry(kept())], original());
    let imported = LorebookImported {
        owner: domain::Id::new(Uuid::nil()),
        settings: settings().into(),
        extras: extras.into(),
        original: original.into(),
        entries: all(entries),
    };
    for commit in [commit(imported), commit(EntryRevised { entry: Box::new(entry(kept())).into() })] {
        let read = decode(&encode(&commit).unwrap()).unwrap();
        assert_eq!(read, commit);
        let told = |commit: &Commit| serde_json::to_string(&Told(&commit.events[0].event)).unwrap();
        assert!(told(&read).contains("1e+400"), "the spelling is lost");
        assert_eq!(told(&read), told(&commit), "the order of keys is lost");
    }
}

#[test]
fn the_deepest_value_that_the_rules_allow_reads_back() {
    // The entry and its map are two levels of those that are counted.
    let deep = (0..NESTING - 2).fold(json!(1.5), |inner, _| json!([inner]));
    let commit = commit(EntriesAdded { entries: all(vec![entry(Map::from_iter([("deep".into(), deep)]))]) });
    assert_eq!(decode(&encode(&commit).unwrap()).unwrap(), commit);
}

#[test]
fn an_entry_weighs_no_more_than_the_rules_think() {
    let empty = halves(&commit(EntriesAdded { entries: vec![] }));
    let light = |number: usize| json!((0..number).map(|_| json!(0)).collect::<Vec<_>>());
    let nested = |number: usize| json!((0..number).map(|_| json!([{}])).collect::<Vec<_>>());
    let said =
        Entry { content: "\u{1}\"\\é🌊".repeat(500), keys: vec![String::new(); 900], ..Entry::default() };
    let of = |kept: Value| entry(Map::from_iter([(String::new(), kept)]));
    let strange = [
        Entry::default(),
        said,
        entry(kept()),
        of(light(3_000)),
        of(nested(3_000)),
        of(json!({ "a": -1, "b": 1e9, "c": u64::MAX })),
    ];
    for entry in strange {
        let thought = weight(&entry);
        let real = halves(&commit(EntriesAdded { entries: all(vec![entry]) })) - empty;
        assert!(real <= thought, "{real} bytes, thought to be {thought}");
    }
}

#[test]
fn an_ordinary_entry_is_not_thought_much_heavier_than_it_is() {
    let real = pack(&Entry::default()).unwrap().len();
    let thought = weight(&Entry::default());
    assert!(thought <= 2 * real, "{thought} bytes for {real}: commits would be needlessly many");
}

#[test]
fn the_heaviest_beginning_of_an_import_fits_into_a_commit() {
    let text = |bytes: usize| "a".repeat(bytes);
    let extras = Extras {
        rest: Map::from_iter([("a".into(), json!(text(bounds::EXTRAS - 60)))]),
        ..Extras::default()
    };
    let settings =
        Settings { name: text(bounds::NAME), description: text(bounds::TEXT), ..Settings::default() };
    let mut heavy = entry(Map::new());
    heavy.rest.insert("a".into(), json!(text(bounds::ENTRY - weight(&heavy) - 20)));
    assert!(extras.check().is_ok() && settings.check().is_ok() && weight(&heavy) <= bounds::ENTRY);
    let (owner, original) = (domain::Id::new(Uuid::nil()), original());
    let imported = LorebookImported {
        owner,
        settings: settings.into(),
        extras: Box::new(extras).into(),
        original: original.into(),
        entries: all(vec![heavy]),
    };
    assert!(encode(&commit(imported)).is_ok());
}
