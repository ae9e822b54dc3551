//! What snapshots promise: state comes back as it was put aside, or not at all.

use async_nats::HeaderMap;
use nats::{Sitter, Snapshots, Unusable};
use uuid::Uuid;

use crate::world::World;

const SITTER: Sitter = Sitter { fold: "transcript", id: Uuid::from_u128(7), rules: "today" };
const MIRA: domain::user::UserId = domain::Id::new(Uuid::from_u128(1));
const VLAD: domain::user::UserId = domain::Id::new(Uuid::from_u128(2));

async fn snapshots(world: &World) -> Snapshots {
    Snapshots::of(&world.nats, &world.journal)
}

/// Words that no compression makes short, so that they fill so many parts of a snapshot.
fn long(parts: usize) -> Vec<String> {
    let ids = (0..parts * 10_000).map(|number| Uuid::new_v5(&Uuid::NAMESPACE_OID, &number.to_le_bytes()));
    ids.map(|id| id.to_string()).collect()
}

async fn found(snapshots: &Snapshots) -> (u64, Vec<String>) {
    snapshots.get(SITTER).await.unwrap()
}

async fn missed(snapshots: &Snapshots, sitter: Sitter) -> Unusable {
    snapshots.get::<Vec<String>>(sitter).await.unwrap_err()
}

#[tokio::test]
async fn state_comes_back_as_it_was_put_aside_however_long_it_is() {
    let world = World::new().await;
    let snapshots = snapshots(&world).await;
    assert!(matches!(missed(&snapshots, SITTER).await, Unusable::Absent));
    for (version, parts) in [(1, 0), (2, 1), (3, 4), (4, 2)] {
        snapshots.put(SITTER, MIRA, version, &long(parts)).await.unwrap();
        assert_eq!(found(&snapshots).await, (version, long(parts)));
    }
}

#[tokio::test]
async fn what_is_of_other_rules_or_of_another_life_of_the_log_is_passed_over() {
    let world = World::new().await;
    let snapshots = snapshots(&world).await;
    snapshots.put(SITTER, MIRA, 1, &long(1)).await.unwrap();
    let tomorrow = Sitter { rules: "tomorrow", ..SITTER };
    assert!(matches!(missed(&snapshots, tomorrow).await, Unusable::OtherRules));
    let elsewhere = Sitter { fold: "conversation", ..SITTER };
    assert!(matches!(missed(&snapshots, elsewhere).await, Unusable::Absent));

    relabel(&world, "Ink-Epoch", "00000001").await;
    assert!(matches!(missed(&snapshots, SITTER).await, Unusable::OtherEpoch));
}

#[tokio::test]
async fn what_is_torn_or_mixed_up_or_touched_is_passed_over() {
    let world = World::new().await;
    let (snapshots, raw) = (snapshots(&world).await, world.raw().await);
    let stream = raw.get_stream("INK_SNAPSHOTS").await.unwrap();

    snapshots.put(SITTER, MIRA, 1, &long(3)).await.unwrap();
    stream.purge().filter(part(1)).await.unwrap();
    assert!(matches!(missed(&snapshots, SITTER).await, Unusable::Torn), "a part is missing");

    snapshots.put(SITTER, MIRA, 2, &long(3)).await.unwrap();
    relabel_part(&world, 2, "Ink-Version", "1").await;
    assert!(matches!(missed(&snapshots, SITTER).await, Unusable::Torn), "a part is of another one");

    snapshots.put(SITTER, MIRA, 3, &long(1)).await.unwrap();
    relabel(&world, "Ink-Version", "4").await;
    assert!(matches!(missed(&snapshots, SITTER).await, Unusable::Damaged), "it claims to be newer");

    snapshots.put(SITTER, MIRA, 5, &long(1)).await.unwrap();
    let mut body = stream.get_last_raw_message_by_subject(&part(0)).await.unwrap();
    let mut bytes = body.payload.to_vec();
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    body.payload = bytes.into();
    raw.publish_with_headers(part(0), body.headers, body.payload).await.unwrap().await.unwrap();
    assert!(matches!(missed(&snapshots, SITTER).await, Unusable::Damaged), "a bit was changed");

    snapshots.put(SITTER, MIRA, 6, &long(2)).await.unwrap();
    assert_eq!(found(&snapshots).await, (6, long(2)), "the next one takes its place");
}

#[tokio::test]
async fn what_was_taken_of_one_is_not_taken_for_another() {
    let world = World::new().await;
    let (snapshots, raw) = (snapshots(&world).await, world.raw().await);
    snapshots.put(SITTER, MIRA, 1, &long(1)).await.unwrap();
    let stream = raw.get_stream("INK_SNAPSHOTS").await.unwrap();
    let mine = stream.get_last_raw_message_by_subject(&part(0)).await.unwrap();
    let other = Sitter { id: Uuid::from_u128(8), ..SITTER };
    let theirs = part(0).replace(&SITTER.id.to_string(), &other.id.to_string());
    raw.publish_with_headers(theirs, mine.headers, mine.payload).await.unwrap().await.unwrap();
    assert!(matches!(missed(&snapshots, other).await, Unusable::Damaged));
}

#[tokio::test]
async fn a_person_is_forgotten_and_nobody_else() {
    let world = World::new().await;
    let snapshots = snapshots(&world).await;
    let theirs = Sitter { id: Uuid::from_u128(8), ..SITTER };
    snapshots.put(SITTER, MIRA, 1, &long(3)).await.unwrap();
    snapshots.put(theirs, VLAD, 1, &long(1)).await.unwrap();
    snapshots.forget(MIRA).await.unwrap();
    assert!(matches!(missed(&snapshots, SITTER).await, Unusable::Absent));
    snapshots.put(SITTER, MIRA, 1, &long(1)).await.unwrap();
    world.keys.destroy(MIRA);
    assert!(matches!(missed(&snapshots, SITTER).await, Unusable::Forgotten), "without her key it is nothing");
    let late = snapshots.put(SITTER, MIRA, 2, &long(1)).await;
    assert!(matches!(late, Err(nats::SnapshotError::Keys(_))), "none is taken of her again: {late:?}");
    assert_eq!(snapshots.get::<Vec<String>>(theirs).await.unwrap(), (1, long(1)));
}

#[tokio::test]
async fn nobodys_words_lie_in_them_in_clear() {
    let world = World::new().await;
    let snapshots = snapshots(&world).await;
    let words = vec!["The cellar key hangs behind the clock.".to_owned()];
    snapshots.put(SITTER, MIRA, 1, &words).await.unwrap();
    assert_eq!(found(&snapshots).await, (1, words));
    let stream = world.raw().await.get_stream("INK_SNAPSHOTS").await.unwrap();
    let stored = stream.get_last_raw_message_by_subject(&part(0)).await.unwrap().payload;
    assert!(!stored.windows(6).any(|some| some == b"cellar"));
}

#[tokio::test]
async fn what_is_too_large_is_not_put_aside() {
    let world = World::new().await;
    let large = vec!["a".repeat(17 * 1024 * 1024)];
    let refused = snapshots(&world).await.put(SITTER, MIRA, 1, &large).await;
    assert!(matches!(refused, Err(nats::SnapshotError::TooLarge { .. })), "{refused:?}");
}

fn part(number: usize) -> String {
    format!("ink.snapshot.{}.{}.{MIRA}.{number}", SITTER.fold, SITTER.id)
}

async fn relabel(world: &World, header: &str, value: &str) {
    relabel_part(world, 0, header, value).await;
}

/// Stores a part again, with another value in one of its headers.
async fn relabel_part(world: &World, number: usize, header: &str, value: &str) {
    let raw = world.raw().await;
    let stream = raw.get_stream("INK_SNAPSHOTS").await.unwrap();
    let stored = stream.get_last_raw_message_by_subject(&part(number)).await.unwrap();
    let mut headers: HeaderMap = stored.headers;
    headers.insert(header, value);
    raw.publish_with_headers(part(number), headers, stored.payload).await.unwrap().await.unwrap();
}
