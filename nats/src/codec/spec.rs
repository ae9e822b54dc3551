use std::sync::Arc;

use domain::{
    Event, Id,
    commit::{Actor, Commit, Digest, RecordedEvent},
    user::{UserEvent, UserId, UserRegistered},
};
use serde_json::{Value, json};
use time::macros::datetime;
use uuid::Uuid;

use super::*;

fn mira() -> UserId {
    Id::new(Uuid::from_u128(4))
}

fn aggregate() -> AggregateKey {
    mira().key()
}

/// The only key.
fn held(name: KeyName) -> Option<Held> {
    (name == KeyName { person: mira(), number: 7 }).then(|| Held::Key(Arc::new(key())))
}

fn key() -> DataKey {
    DataKey::new(7, &[9; 32])
}

fn encode(commit: &Commit) -> Result<Bytes, EncodeError> {
    super::encode(aggregate(), commit, Some(&key()))
}

/// Without chance, so that the bytes are always the same.
pub(super) fn golden(commit: &Commit) -> Bytes {
    let mut nonce = [0; 12];
    let nonces = || {
        nonce[11] += 1;
        nonce
    };
    Draft::of(aggregate(), commit).unwrap().seal(Some(&key()), nonces).unwrap()
}

pub(super) fn decode(body: &[u8]) -> Result<Commit, DecodeError> {
    super::decode(aggregate(), body, held)
}

fn registered(name: &str) -> RecordedEvent {
    recorded(UserEvent::from(UserRegistered { name: name.into() }).into())
}

pub(super) fn recorded(event: Event) -> RecordedEvent {
    RecordedEvent { id: Id::new(Uuid::from_u128(3)), event }
}

pub(super) fn commit(events: Vec<RecordedEvent>) -> Commit {
    Commit {
        id: Id::new(Uuid::from_u128(1)),
        command: Id::new(Uuid::from_u128(2)),
        fingerprint: None,
        at: datetime!(2026-11-22 10:30:00.25 UTC),
        actor: Actor::House,
        correlation: None,
        causation: None,
        after: 0,
        prev: None,
        whose: Some(mira()),
        events,
    }
}

fn full() -> Commit {
    Commit {
        fingerprint: Some("f1".into()),
        actor: Actor::User(Id::new(Uuid::from_u128(4))),
        correlation: Some("0af7651916cd43dd8448eb211c80319c".into()),
        causation: Some(Id::new(Uuid::from_u128(5))),
        after: 41,
        prev: Some(Digest::new([0xab; 32])),
        ..commit(vec![registered("Mira"), registered("Ōkami")])
    }
}

/// A commit as another version of the house may have written it.
#[derive(serde::Serialize)]
struct Foreign<E> {
    mood: Value,
    v: u16,
    commit: Uuid,
    command: Uuid,
    at: &'static str,
    actor: &'static str,
    events: [E; 1],
}

#[derive(serde::Serialize)]
struct ForeignEvent {
    id: Uuid,
    later: Value,
    r#type: &'static str,
    schema: u16,
    open: Value,
}

/// A commit in another version of the form.
#[derive(serde::Serialize)]
struct Newer {
    v: u16,
    all: &'static str,
}

#[derive(serde::Serialize)]
struct Backwards {
    open: Value,
    r#type: &'static str,
    schema: u16,
    id: Uuid,
}

fn stored<E: Serialize>(event: E) -> Vec<u8> {
    pack(&Foreign {
        mood: json!({"x": [1, 2]}),
        v: VERSION,
        commit: Uuid::from_u128(1),
        command: Uuid::from_u128(2),
        at: "2026-11-22T10:30:00.25Z",
        actor: "House",
        events: [event],
    })
    .unwrap()
}

fn foreign(r#type: &'static str, schema: u16, open: Value) -> ForeignEvent {
    ForeignEvent { id: Uuid::from_u128(3), later: json!([null, {"a": "b"}]), r#type, schema, open }
}

#[test]
fn a_commit_reads_back_as_it_was_written() {
    for commit in [commit(vec![]), commit(vec![registered("Mira")]), full()] {
        assert_eq!(decode(&encode(&commit).unwrap()).unwrap(), commit);
    }
}

#[test]
fn the_stored_form_is_for_ever() {
    insta::assert_snapshot!(hex::encode(golden(&full())));
}

#[test]
fn the_stored_form_is_readable_by_anyone() {
    let stored = golden(&full());
    insta::assert_snapshot!(rmpv::decode::read_value(&mut stored.as_ref()).unwrap());
}

#[test]
fn an_event_of_a_newer_house_is_carried_as_unknown() {
    let commit = decode(&stored(foreign("DreamDreamt", 4, json!({"depth": [1, {"a": 2}]})))).unwrap();
    assert!(matches!(&commit.events[0].event, Event::Unknown(_)));
    assert_eq!((commit.events[0].event.name(), commit.events[0].event.schema()), ("DreamDreamt", 4));
}

#[test]
fn fields_of_a_newer_house_are_ignored() {
    let bytes = stored(foreign("UserRegistered", 1, json!({"name": "Mira", "shoe": 42})));
    let open = Commit { whose: None, ..commit(vec![registered("Mira")]) };
    assert_eq!(decode(&bytes).unwrap(), open);
}

#[test]
fn the_order_of_fields_does_not_matter() {
    let open = json!({"name": "Mira"});
    let bytes = stored(Backwards { open, r#type: "UserRegistered", schema: 1, id: Uuid::from_u128(3) });
    assert_eq!(decode(&bytes).unwrap().events, [registered("Mira")]);
}

#[test]
fn what_is_missing_is_named() {
    let bytes = stored(json!({"id": Uuid::from_u128(3), "type": "UserRegistered", "open": {}}));
    let error = decode(&bytes).unwrap_err().to_string();
    assert!(error.contains("missing field `schema`"), "{error}");
}

#[test]
fn no_words_stand_in_an_error() {
    let strange =
        [json!({"name": {"secret": 1}}), json!({"name": ["secret"]}), json!("secret"), json!(["secret", 1])];
    for open in strange {
        let error = decode(&stored(foreign("UserRegistered", 1, open))).unwrap_err();
        assert!(!format!("{error} {error:?}").contains("secret"), "{error:?}");
    }
}

#[test]
fn another_version_is_named() {
    let bytes = pack(&Newer { v: 3, all: "new" }).unwrap();
    assert!(matches!(decode(&bytes), Err(DecodeError::Version { found: 3 })));
}

#[test]
fn too_much_is_refused_on_both_ways() {
    let long = commit(vec![registered(&"x".repeat(MAX_BODY))]);
    assert!(matches!(encode(&long), Err(EncodeError::TooLarge { .. })));
    assert!(matches!(decode(&vec![0; MAX_BODY + 1]), Err(DecodeError::TooLarge { .. })));
}

#[test]
fn nesting_has_an_end() {
    let mut deep = vec![0x91; 100_000];
    deep.push(0xc0);
    assert!(matches!(decode(&deep), Err(DecodeError::Malformed { .. })));
}

#[test]
fn what_follows_a_commit_is_refused() {
    let mut bytes = encode(&full()).unwrap().to_vec();
    bytes.push(0xc0);
    assert!(matches!(decode(&bytes), Err(DecodeError::Trailing { count: 1 })));
}

#[test]
fn no_bytes_make_it_panic() {
    let golden = golden(&full());
    for cut in 0..golden.len() {
        assert!(decode(&golden[..cut]).is_err());
    }
    // A small generator of our own: every byte of the golden form is replaced by many values, and pairs by chance.
    let mut chance = 0x2545_f491_4f6c_dd1d_u64;
    for at in 0..golden.len() {
        for value in (at as u8 % 11..=u8::MAX).step_by(11) {
            let mut bytes = golden.to_vec();
            bytes[at] = value;
            drop(decode(&bytes));
            chance = chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let other = usize::try_from(chance >> 33).unwrap() % bytes.len();
            bytes[other] ^= value;
            drop(decode(&bytes));
        }
    }
}
