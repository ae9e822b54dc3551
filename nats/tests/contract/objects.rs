//! What the store of files promises.

use std::io::Cursor;
use std::time::Duration;

use domain::{Id, user::UserId};
use futures_util::TryStreamExt;
use nats::{MAX_OBJECT, ObjectError, Objects};
use tokio::time::timeout;
use uuid::Uuid;

use crate::world::World;

const DIGEST_OF_NOTHING: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

fn mira() -> UserId {
    Id::new(Uuid::from_u128(1))
}

fn vlad() -> UserId {
    Id::new(Uuid::from_u128(2))
}

#[tokio::test]
async fn a_file_comes_back_by_its_digest() {
    let world = World::new().await;
    let objects = Objects::open(&world.nats, world.keys.clone()).await.unwrap();
    let large: Vec<u8> = (0..3_000_000_u32).map(|at| (at % 251) as u8).collect();
    for bytes in [&b""[..], b"a picture", &large] {
        let digest = objects.put(mira(), bytes).await.unwrap();
        assert_eq!(objects.get(mira(), &digest).await.unwrap().unwrap(), bytes);
    }
    assert_eq!(objects.put(mira(), b"").await.unwrap(), DIGEST_OF_NOTHING);
}

#[tokio::test]
async fn the_same_file_twice_is_once() {
    let world = World::new().await;
    let objects = Objects::open(&world.nats, world.keys.clone()).await.unwrap();
    let first = objects.put(mira(), b"a picture").await.unwrap();
    let stream = world.raw().await.get_stream("OBJ_INK_OBJECTS").await.unwrap();
    let before = stream.get_info().await.unwrap().state.last_sequence;
    assert_eq!(objects.put(mira(), b"a picture").await.unwrap(), first);
    assert_eq!(stream.get_info().await.unwrap().state.last_sequence, before);
}

#[tokio::test]
async fn what_is_not_there_or_not_a_digest_is_none() {
    let world = World::new().await;
    let objects = Objects::open(&world.nats, world.keys.clone()).await.unwrap();
    for digest in [DIGEST_OF_NOTHING, "", "x", "../../etc/passwd", &DIGEST_OF_NOTHING.to_uppercase()] {
        assert_eq!(objects.get(mira(), digest).await.unwrap(), None, "{digest}");
    }
}

#[tokio::test]
async fn a_file_that_is_too_large_or_not_what_its_digest_says_is_refused() {
    let world = World::new().await;
    let objects = Objects::open(&world.nats, world.keys.clone()).await.unwrap();
    let answer = objects.put(mira(), &vec![0; MAX_OBJECT + 1]).await;
    assert!(matches!(answer, Err(ObjectError::TooLarge { .. })), "{answer:?}");

    objects.put(mira(), b"").await.unwrap();
    let bucket = world.raw().await.get_object_store("INK_OBJECTS").await.unwrap();
    let name = bucket.list().await.unwrap().try_next().await.unwrap().unwrap().name;
    bucket.put(name.as_str(), &mut Cursor::new(b"something")).await.unwrap();
    let answer = objects.get(mira(), DIGEST_OF_NOTHING).await;
    assert!(matches!(answer, Err(ObjectError::Damaged { .. })), "{answer:?}");
}

#[tokio::test]
async fn what_is_kept_for_somebody_is_replaced_as_a_whole() {
    let world = World::new().await;
    let objects = Objects::open(&world.nats, world.keys.clone()).await.unwrap();
    assert_eq!(objects.kept("sync", mira()).await.unwrap(), None);
    for bytes in [vec![7; 3_000_000], b"less".to_vec(), vec![]] {
        objects.keep("sync", mira(), bytes.clone()).await.unwrap();
        assert_eq!(objects.kept("sync", mira()).await.unwrap().unwrap(), bytes);
    }
    assert_eq!(objects.kept("sync", vlad()).await.unwrap(), None);
    assert_eq!(objects.kept("other", mira()).await.unwrap(), None);
    let answer = objects.keep("sync", mira(), vec![0; MAX_OBJECT + 1]).await;
    assert!(matches!(answer, Err(ObjectError::TooLarge { .. })), "{answer:?}");
}

#[tokio::test]
async fn a_file_is_sealed_for_its_owner_and_another_person_has_it_apart() {
    let world = World::new().await;
    let objects = Objects::open(&world.nats, world.keys.clone()).await.unwrap();
    let digest = objects.put(mira(), b"Zwetschgendatschi").await.unwrap();
    assert_eq!(objects.get(vlad(), &digest).await.unwrap(), None);
    assert_eq!(objects.put(vlad(), b"Zwetschgendatschi").await.unwrap(), digest);
    objects.keep("sync", mira(), b"Zwetschgendatschi".to_vec()).await.unwrap();

    let seen = everything(&world).await;
    assert!(seen.contains(&mira().to_string()), "what is open is found, so the search is one");
    assert!(!seen.contains("Zwetschgen") && !seen.contains(&digest));
}

/// All that the bucket holds, as whoever copies it sees it.
async fn everything(world: &World) -> String {
    let stream = world.raw().await.get_stream("OBJ_INK_OBJECTS").await.unwrap();
    let mut seen = String::new();
    for sequence in 1..=stream.get_info().await.unwrap().state.last_sequence {
        let Ok(message) = stream.get_raw_message(sequence).await else { continue };
        seen += &String::from_utf8_lossy(&message.payload);
    }
    seen
}

#[tokio::test]
async fn of_who_is_forgotten_no_file_is_left_and_of_others_all_are() {
    let world = World::new().await;
    let objects = Objects::open(&world.nats, world.keys.clone()).await.unwrap();
    let (one, two) = (objects.put(mira(), b"one").await.unwrap(), objects.put(mira(), b"two").await.unwrap());
    objects.put(vlad(), b"one").await.unwrap();
    objects.keep("sync", mira(), b"three".to_vec()).await.unwrap();
    objects.keep("sync", vlad(), b"four".to_vec()).await.unwrap();
    world.keys.rotate(mira());
    assert_eq!(objects.get(mira(), &one).await.unwrap().unwrap(), &b"one"[..], "an older key opens it");

    world.keys.destroy(mira());
    assert_eq!(objects.get(mira(), &one).await.unwrap(), None, "without its key a file is forgotten");
    assert_eq!(objects.kept("sync", mira()).await.unwrap(), None);
    assert_eq!(objects.remove_all(mira()).await.unwrap(), 3);
    assert_eq!(objects.remove_all(mira()).await.unwrap(), 0);
    let seen = everything(&world).await;
    assert!(!seen.contains(&mira().to_string()) && seen.contains(&vlad().to_string()), "{seen}");
    assert_eq!(objects.get(mira(), &two).await.unwrap(), None);
    assert_eq!(objects.get(vlad(), &one).await.unwrap().unwrap(), &b"one"[..]);
    assert_eq!(objects.kept("sync", vlad()).await.unwrap().unwrap(), &b"four"[..]);
    let refused = objects.put(mira(), b"three").await;
    assert!(matches!(refused, Err(ObjectError::Keys(_))), "{refused:?}");
    let refused = objects.keep("sync", mira(), vec![]).await;
    assert!(matches!(refused, Err(ObjectError::Keys(_))), "{refused:?}");
}

#[tokio::test]
async fn of_two_that_are_put_back_under_one_name_the_later_one_is_there() {
    let world = World::new().await;
    let objects = Objects::open(&world.nats, world.keys.clone()).await.unwrap();
    let mut archives = vec![];
    for bytes in [b"monday", b"sunday"] {
        objects.keep("sync", mira(), bytes.to_vec()).await.unwrap();
        let [name] = &objects.names(None).await.unwrap()[..] else { panic!("one name") };
        archives.push((name.clone(), objects.sealed(name).await.unwrap().unwrap()));
    }

    objects.remove_all(mira()).await.unwrap();
    for (name, sealed) in archives {
        objects.put_sealed(&name, sealed).await.unwrap();
    }

    assert_eq!(objects.kept("sync", mira()).await.unwrap().unwrap(), &b"sunday"[..]);
}

#[tokio::test]
async fn who_looks_while_files_are_removed_comes_to_an_end() {
    let world = World::new().await;
    let objects = Objects::open(&world.nats, world.keys.clone()).await.unwrap();
    for round in 0..5_u8 {
        for file in 0..40_u8 {
            objects.put(mira(), &[round, file]).await.unwrap();
        }

        let looking = async { while !objects.names(None).await.unwrap().is_empty() {} };
        let both = async { tokio::join!(objects.remove_all(mira()), looking, objects.remove_all(mira())) };
        let (one, (), two) = timeout(Duration::from_secs(60), both).await.expect("nobody waits for ever");

        assert!(one.unwrap() + two.unwrap() >= 40);
    }
}
