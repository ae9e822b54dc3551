//! What is sealed opens to the same; whatever is changed around it, it does not open; and it opens nowhere else.

use std::sync::Arc;

use domain::{
    Id, Private,
    commit::{Actor, Commit, Kind, RecordedEvent},
    conversation::{
        ConversationEvent, ConversationStarted, MessageSent, ReplyCancelled, ReplyRequested, VariantChosen,
    },
    user::UserId,
};
use proptest::prelude::*;
use time::OffsetDateTime;
use uuid::Uuid;

use super::*;

fn id<Kind>(number: u128) -> Id<Kind> {
    Id::new(Uuid::from_u128(number))
}

fn mira() -> UserId {
    id(1)
}

fn room() -> AggregateKey {
    AggregateKey { kind: Kind::Conversation, id: Uuid::from_u128(2) }
}

fn key(number: u32) -> DataKey {
    DataKey::new(number, &[7; crate::keys::KEY_LENGTH])
}

fn held(name: KeyName) -> Option<Held> {
    (name.person == mira()).then(|| Held::Key(Arc::new(key(name.number))))
}

fn destroyed(_: KeyName) -> Option<Held> {
    Some(Held::Destroyed)
}

fn commit(number: u128, events: Vec<ConversationEvent>) -> Commit {
    let recorded = |(index, event): (usize, ConversationEvent)| RecordedEvent {
        id: id(number + 100 + index as u128),
        event: event.into(),
    };
    Commit {
        id: id(number),
        command: id(number + 50),
        fingerprint: None,
        at: OffsetDateTime::UNIX_EPOCH,
        actor: Actor::User(mira()),
        correlation: None,
        causation: None,
        after: 0,
        prev: None,
        whose: Some(mira()),
        events: events.into_iter().enumerate().map(recorded).collect(),
    }
}

fn said(text: &str) -> ConversationEvent {
    MessageSent { message: id(60), author: mira(), text: text.into() }.into()
}

fn words(event: &domain::Event) -> Private<String> {
    match event {
        domain::Event::Conversation(ConversationEvent::MessageSent(event)) => event.text.clone(),
        _ => Private::Forgotten,
    }
}

fn sealed(commit: &Commit) -> Vec<u8> {
    encode(room(), commit, Some(&key(1))).unwrap().to_vec()
}

fn read(body: &[u8]) -> Result<Commit, DecodeError> {
    decode(room(), body, held)
}

fn contains(bytes: &[u8], words: &str) -> bool {
    bytes.windows(words.len()).any(|window| window == words.as_bytes())
}

/// Replaces a part of the bytes that is there once.
fn swapped(bytes: &[u8], old: &[u8], new: &[u8]) -> Vec<u8> {
    let at = bytes.windows(old.len()).position(|window| window == old).unwrap();
    [&bytes[..at], new, &bytes[at + old.len()..]].concat()
}

fn events() -> impl Strategy<Value = Vec<ConversationEvent>> {
    let words = || prop_oneof![".{0,40}", "[ab ]{200,3000}", "\\PC{300,600}"];
    let event = prop_oneof![
        words().prop_map(|text| said(&text)),
        prop::option::of(words()).prop_map(|partial| {
            ReplyCancelled { reply: id(70), partial: partial.map(Private::Known) }.into()
        }),
        any::<u32>().prop_map(|variant| VariantChosen { message: id(60), variant }.into()),
        prop::option::of(words()).prop_map(|title| {
            let (title, characters) = (title.map(Private::Known), vec![id(10)]);
            ConversationStarted { owner: mira(), characters, title, persona: None }.into()
        }),
        any::<u64>().prop_map(|dice| {
            ReplyRequested { reply: id(70), message: id(61), character: id(10), turn: None, dice }.into()
        }),
    ];
    prop::collection::vec(event, 0..5)
}

proptest! {
    #[test]
    fn what_is_sealed_opens_to_the_same(events in events(), number in 1..4_u32) {
        let commit = commit(9, events);
        let body = encode(room(), &commit, Some(&key(number))).unwrap();
        prop_assert_eq!(decode(room(), &body, held).unwrap(), commit);
    }

    #[test]
    fn a_destroyed_key_leaves_every_event_and_no_words(events in events()) {
        let commit = commit(9, events);
        let forgotten = decode(room(), &sealed(&commit), destroyed).unwrap();
        let names = |commit: &Commit| -> Vec<_> {
            commit.events.iter().map(|recorded| (recorded.id, recorded.event.name().to_owned())).collect()
        };
        prop_assert_eq!(names(&forgotten), names(&commit));
        for recorded in &forgotten.events {
            prop_assert_eq!(words(&recorded.event), Private::Forgotten);
        }
    }

    /// Whatever byte is changed: it does not open, or says the same. Only the name of the field can be changed so that
    /// there is nothing to open; that words are missing is for the chain of commits to show.
    #[test]
    fn no_changed_byte_makes_other_words(at in any::<prop::sample::Index>(), with in 1..=u8::MAX) {
        let commit = commit(9, vec![said("The sea is calm tonight."), said("The tide is full.")]);
        let mut body = sealed(&commit);
        *at.get_mut(&mut body) ^= with;
        if let Ok(read) = read(&body) {
            for (read, written) in read.events.iter().zip(&commit.events) {
                let (said, was_said) = (words(&read.event), words(&written.event));
                prop_assert!(said.known().is_none() || said == was_said);
            }
        }
    }
}

#[test]
fn no_words_stand_in_the_stored_form() {
    for text in ["hunter2".to_owned(), "hunter2 ".repeat(200)] {
        assert!(!contains(&sealed(&commit(9, vec![said(&text)])), "hunter2"));
    }
}

#[test]
fn every_byte_of_what_is_sealed_counts() {
    let body = sealed(&commit(9, vec![said("Hello")]));
    let letter = raw::fields(&body).unwrap();
    let events = letter.iter().find(|(name, _)| *name == "events").unwrap().1;
    let event = raw::values(events).unwrap()[0];
    let box_of = raw::fields(event).unwrap().into_iter().find(|(name, _)| *name == "sealed").unwrap().1;
    let from = box_of.as_ptr() as usize - body.as_ptr() as usize + 2;
    for at in from..from + box_of.len() - 2 {
        let mut changed = body.clone();
        changed[at] ^= 1;
        assert!(matches!(read(&changed), Err(DecodeError::DoesNotOpen)), "byte {at}");
    }
}

#[test]
fn words_open_only_where_they_were_said() {
    let body = sealed(&commit(9, vec![said("Hello")]));
    let elsewhere = AggregateKey { id: Uuid::from_u128(3), ..room() };
    let of_another_kind = AggregateKey { kind: Kind::Lorebook, ..room() };
    for aggregate in [elsewhere, of_another_kind] {
        assert!(matches!(decode(aggregate, &body, held), Err(DecodeError::DoesNotOpen)));
    }
    let as_text = |number: u128| Uuid::from_u128(number).to_string().into_bytes();
    // The commit, the event, the message, and its author in the open half.
    for (old, new) in [(9, 8), (109, 108), (60, 61)] {
        let changed = swapped(&body, &as_text(old), &as_text(new));
        assert!(matches!(read(&changed), Err(DecodeError::DoesNotOpen)), "{old}");
    }
    let as_another = swapped(&body, b"MessageSent", b"MessageSong");
    assert!(matches!(read(&as_another), Err(DecodeError::DoesNotOpen)));
}

#[test]
fn two_commits_and_two_events_that_change_places_do_not_open() {
    let (one, two) = (sealed(&commit(9, vec![said("Hello")])), sealed(&commit(10, vec![said("World")])));
    let inside = |body: &[u8]| {
        let events = raw::fields(body).unwrap().into_iter().find(|(name, _)| *name == "events").unwrap().1;
        events.to_vec()
    };
    let mixed = swapped(&one, &inside(&one), &inside(&two));
    assert!(matches!(read(&mixed), Err(DecodeError::DoesNotOpen)));

    let both = sealed(&commit(9, vec![said("Hello"), said("World")]));
    let events = inside(&both);
    let in_order = raw::values(&events).unwrap();
    let turned = swapped(&both, &events, &raw::array(&[in_order[1], in_order[0]]));
    assert!(matches!(read(&turned), Err(DecodeError::DoesNotOpen)));
}

#[test]
fn without_the_right_key_it_does_not_open() {
    let body = sealed(&commit(9, vec![said("Hello")]));
    assert!(matches!(decode(room(), &body, |_| None), Err(DecodeError::NoSuchKey)));
    let other = Held::Key(Arc::new(DataKey::new(1, &[8; crate::keys::KEY_LENGTH])));
    assert!(matches!(decode(room(), &body, |_| Some(other.clone())), Err(DecodeError::DoesNotOpen)));
    // What says nothing private needs no key, and is read without one.
    let open = commit(9, vec![VariantChosen { message: id(60), variant: 1 }.into()]);
    assert_eq!(decode(room(), &encode(room(), &open, None).unwrap(), |_| None).unwrap(), open);
}

#[test]
fn words_that_are_nobodys_are_not_written() {
    let nobodys = Commit { whose: None, ..commit(9, vec![said("Hello")]) };
    assert!(matches!(encode(room(), &nobodys, Some(&key(1))), Err(EncodeError::Nobodys)));
    assert!(matches!(encode(room(), &commit(9, vec![said("Hi")]), None), Err(EncodeError::CannotSeal)));
}

#[test]
fn no_two_seals_of_the_same_words_are_alike() {
    let commit = commit(9, vec![said("Hello")]);
    assert_ne!(sealed(&commit), sealed(&commit));
}

#[test]
fn what_unpacks_to_more_than_a_commit_holds_is_refused() {
    let bomb = zstd::bulk::compress(&vec![0; 100 * 1024 * 1024], 1).unwrap();
    assert!(bomb.len() < MAX_BODY);
    let place = b"here";
    let plain = [&[1], bomb.as_slice()].concat();
    let sealed = {
        use aes_gcm::AeadInOut;
        let mut inside = plain;
        let nonce = [0; 12];
        let tag =
            key(1).cipher.encrypt_inout_detached(&nonce.into(), place, inside.as_mut_slice().into()).unwrap();
        [&nonce, inside.as_slice(), &tag].concat()
    };
    assert!(matches!(seal::open(&key(1), place, &sealed), Err(DecodeError::Malformed { .. })));
}
