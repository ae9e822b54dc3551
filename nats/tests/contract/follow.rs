//! What following the log promises.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use async_nats::jetstream::stream;
use domain::{
    Id,
    commit::{Epoch, Recorded},
    user::{User, UserEvent},
};
use futures_util::StreamExt;
use nats::{
    AppendError, CompareError, FollowError, Journal, JournalOptions, Rewound, ensure,
    keys::{KeyError, Pocket},
};
use uuid::Uuid;

use crate::{
    server::Server,
    world::{EPOCH, World, append, commit, connected, user},
};

#[tokio::test]
async fn the_log_is_followed_from_the_middle_and_live() {
    let world = World::new().await;
    world.fill(user(1), 0..30).await;
    let mut commits = world.journal.follow(20);
    for sequence in 21..=30 {
        assert_eq!(commits.next().await.unwrap().unwrap().position, world.journal.at(sequence));
    }
    append(&world.journal, user(2), 0, &commit(99)).await.unwrap();
    let live = commits.next().await.unwrap().unwrap();
    assert_eq!((live.aggregate, live.commit), (user(2), commit(99)));
}

#[tokio::test]
async fn the_log_is_followed_across_restarts_of_the_server() {
    let mut world = World::new().await;
    world.fill(user(1), 0..10).await;
    let mut commits = world.journal.follow(5);
    let mut seen = vec![];
    for round in 0..3_u128 {
        let last = append(&world.journal, user(100 + round), 0, &commit(100 + round)).await.unwrap();
        while seen.last() != Some(&last.sequence) {
            seen.push(commits.next().await.unwrap().unwrap().position.sequence);
        }
        world.server.kill();
        world.server.resume();
    }
    append(&world.journal, user(200), 0, &commit(200)).await.unwrap();
    let back = Instant::now();
    seen.push(commits.next().await.unwrap().unwrap().position.sequence);
    assert_eq!(seen, (6..=14).collect::<Vec<_>>());
    assert!(back.elapsed() < Duration::from_secs(3), "it took {:?} to hear again", back.elapsed());
}

#[tokio::test]
async fn an_idle_follower_hears_of_a_commit_at_once() {
    let world = World::new().await;
    let mut commits = world.journal.follow(0);
    let (mut last, mut waits) = (0, vec![]);
    for number in 0..200 {
        last = append(&world.journal, user(1), last, &commit(number)).await.unwrap().sequence;
        let acked = Instant::now();
        commits.next().await.unwrap().unwrap();
        waits.push(acked.elapsed());
    }
    waits.sort();
    println!("from the ack to the follower: p50 {:?}, p99 {:?}", waits[100], waits[198]);
    assert!(waits[100] < Duration::from_millis(5), "{:?}", waits[100]);
}

#[tokio::test]
async fn a_consumer_that_stalls_is_replaced() {
    let world = World::new().await;
    let options = JournalOptions { watchdog: Duration::from_millis(500), ..JournalOptions::default() };
    let mut commits = Journal::open(&world.nats, world.keys.clone(), options).await.unwrap().follow(0);
    append(&world.journal, user(1), 0, &commit(1)).await.unwrap();
    commits.next().await.unwrap().unwrap();

    // A paused consumer says that it is well, and delivers nothing.
    let stream = world.raw().await.get_stream("INK_LOG").await.unwrap();
    let consumer = stream.consumer_names().next().await.unwrap().unwrap();
    let long = async_nats::datetime::now() + Duration::from_secs(3600);
    stream.pause_consumer(&consumer, long).await.unwrap();
    append(&world.journal, user(1), 1, &commit(2)).await.unwrap();
    let heard = tokio::time::timeout(Duration::from_secs(5), commits.next()).await.unwrap();
    assert_eq!(heard.unwrap().unwrap().commit, commit(2));
}

#[tokio::test]
async fn a_hole_ends_it() {
    let server = Server::start();
    let nats = connected(&server).await;
    let raw = async_nats::jetstream::new(async_nats::connect(server.url()).await.unwrap());
    raw.create_stream(stream::Config {
        name: "INK_LOG".into(),
        subjects: vec!["ink.log.>".into()],
        allow_direct: true,
        metadata: [("ink.epoch".to_owned(), EPOCH.to_string())].into(),
        ..Default::default()
    })
    .await
    .unwrap();
    let keys = Arc::new(Pocket::default());
    let journal = Journal::open(&nats, keys.clone(), JournalOptions::default()).await.unwrap();
    let world = World { server, nats, keys, journal };
    world.fill(user(1), 0..5).await;
    world.raw().await.get_stream("INK_LOG").await.unwrap().delete_message(3).await.unwrap();

    let items: Vec<_> = world.journal.follow(0).collect().await;
    assert_eq!(items.len(), 3);
    let Err(FollowError::Hole { expected, found }) = items[2] else { panic!("{items:?}") };
    assert_eq!([expected, found], [3, 4].map(|sequence| world.journal.at(sequence)));
}

#[tokio::test]
async fn a_commit_that_cannot_be_read_is_told_and_passed() {
    let world = World::new().await;
    let raw = world.raw().await;
    for subject in [world.nats.subjects().log(user(1)), "ink.log.dragon.7".into()] {
        raw.publish(subject, "nonsense".into()).await.unwrap().await.unwrap();
    }
    append(&world.journal, user(2), 0, &commit(1)).await.unwrap();
    let mut commits = world.journal.follow(0);
    assert!(matches!(commits.next().await, Some(Err(FollowError::Unreadable { .. }))));
    assert!(matches!(commits.next().await, Some(Err(FollowError::Stranger { .. }))));
    assert_eq!(commits.next().await.unwrap().unwrap().commit, commit(1));
}

#[tokio::test]
async fn a_log_that_is_made_anew_is_of_another_epoch() {
    let mut world = World::new().await;
    world.fill(user(1), 0..5).await;
    let seen = world.journal.last().await.unwrap();
    world.journal.compare(seen).await.unwrap();
    let mut commits = world.journal.follow(5);

    world.raw().await.delete_stream("INK_LOG").await.unwrap();
    ensure(&world.nats, Epoch::new(7)).await.unwrap();
    let anew = world.another().await;
    let error = anew.compare(seen).await.unwrap_err();
    assert!(matches!(error, CompareError::Rewound(Rewound::OtherEpoch { .. })), "{error:?}");

    // The old follower finds out at its next chance.
    world.server.kill();
    world.server.resume();
    let end = commits.next().await.unwrap();
    assert!(matches!(end, Err(FollowError::Rewound(Rewound::OtherEpoch { .. }))), "{end:?}");
    assert!(commits.next().await.is_none());
}

#[tokio::test]
async fn a_log_that_is_shorter_than_a_checkpoint_is_found_out() {
    let world = World::new().await;
    world.fill(user(1), 0..5).await;
    let error = world.journal.compare(world.journal.at(6)).await.unwrap_err();
    assert!(matches!(error, CompareError::Rewound(Rewound::Shorter { .. })), "{error:?}");
    let end = world.journal.follow(6).next().await.unwrap();
    assert!(matches!(end, Err(FollowError::Rewound(Rewound::Shorter { .. }))), "{end:?}");
}

#[tokio::test]
async fn whose_key_is_destroyed_is_followed_without_words_and_others_with_theirs() {
    let world = World::new().await;
    append(&world.journal, user(1), 0, &commit(1)).await.unwrap();
    let mut his = commit(2);
    his.whose = Some(Id::new(Uuid::from_u128(2)));
    append(&world.journal, user(2), 0, &his).await.unwrap();
    world.keys.destroy(Id::new(Uuid::from_u128(1)));
    let refused = append(&world.journal, user(3), 0, &commit(3)).await;
    assert!(matches!(refused, Err(AppendError::Keys(KeyError::Destroyed))), "{refused:?}");

    let name = |recorded: Recorded| match recorded.events::<User>().next() {
        Some(UserEvent::UserRegistered(event)) => event.name.known().cloned(),
        _ => panic!("{recorded:?}"),
    };
    let mut commits = world.journal.follow(0);
    assert_eq!(name(commits.next().await.unwrap().unwrap()), None);
    assert_eq!(name(commits.next().await.unwrap().unwrap()).as_deref(), Some("Mira"));
}

#[tokio::test]
async fn a_log_that_went_another_way_is_found_out() {
    let world = World::new().await;
    world.fill(user(1), 0..5).await;
    let commits = world.journal.load(user(1), 0).await.unwrap();
    let (seen, digest) = (commits[3].position, commits[3].digest.to_string());
    world.journal.compare_commit(seen, &digest).await.unwrap();
    let other = commits[2].digest.to_string();
    let error = world.journal.compare_commit(seen, &other).await.unwrap_err();
    assert!(matches!(error, CompareError::Rewound(Rewound::Forked { at }) if at == seen), "{error:?}");
}
