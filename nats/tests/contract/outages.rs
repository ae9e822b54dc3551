//! What an append promises when the server goes away.

use std::time::{Duration, Instant};

use futures_util::StreamExt;
use nats::AppendError;

use crate::world::{World, append, commit, user};

#[tokio::test]
async fn an_append_without_a_server_ends_in_time_and_stores_nothing_later() {
    let mut world = World::new().await;
    let journal = world.impatient(Duration::from_secs(1)).await;
    world.server.kill();
    let begun = Instant::now();
    // The client may not yet have noticed; then the answer is that nobody knows.
    let answer = append(&journal, user(1), 0, &commit(1)).await;
    assert!(matches!(answer, Err(AppendError::Unavailable(_) | AppendError::Unknown(_))), "{answer:?}");
    assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
    let answer = append(&journal, user(1), 0, &commit(1)).await;
    assert!(matches!(answer, Err(AppendError::Unavailable(_))), "{answer:?}");

    world.server.resume();
    let position = append(&world.journal, user(1), 0, &commit(1)).await.unwrap();
    assert_eq!(position.sequence, 1);
    assert_eq!(world.journal.load(user(1), 0).await.unwrap().len(), 1);
}

#[tokio::test]
async fn an_append_waits_for_a_server_that_comes_back() {
    let mut world = World::new().await;
    world.server.kill();
    let journal = world.journal.clone();
    let appending = tokio::spawn(async move { append(&journal, user(1), 0, &commit(1)).await });
    tokio::time::sleep(Duration::from_secs(2)).await; // The outage itself, not a synchronisation.
    world.server.resume();
    assert_eq!(appending.await.unwrap().unwrap().sequence, 1);
    assert_eq!(world.journal.last().await.unwrap().sequence, 1);
}

#[tokio::test]
async fn an_ack_that_comes_too_late_leaves_one_commit() {
    let world = World::new().await;
    let journal = world.impatient(Duration::from_millis(700)).await;
    world.server.freeze();
    let begun = Instant::now();
    let answer = append(&journal, user(1), 0, &commit(1)).await;
    world.server.thaw();
    assert!(matches!(answer, Err(AppendError::Unknown(_))), "{answer:?}");
    assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
    // What was sent before is stored by now or in a moment; either way this is the same commit.
    assert_eq!(append(&world.journal, user(1), 0, &commit(1)).await.unwrap().sequence, 1);
    assert_eq!(append(&world.journal, user(1), 1, &commit(2)).await.unwrap().sequence, 2);
}

#[tokio::test]
async fn a_server_that_is_frozen_for_a_while_makes_no_commit_twice() {
    let world = World::new().await;
    world.server.freeze();
    let journal = world.journal.clone();
    let appending = tokio::spawn(async move { append(&journal, user(1), 0, &commit(1)).await });
    tokio::time::sleep(Duration::from_secs(3)).await; // The outage itself: longer than one attempt.
    world.server.thaw();
    assert_eq!(appending.await.unwrap().unwrap().sequence, 1);
    assert_eq!(append(&world.journal, user(1), 1, &commit(2)).await.unwrap().sequence, 2);
}

#[tokio::test]
async fn a_writer_loses_and_repeats_nothing_while_the_server_is_killed_again_and_again() {
    let mut world = World::new().await;
    let journal = world.journal.clone();
    let writer = tokio::spawn(async move {
        let mut last = 0;
        for number in 0..3_000 {
            last = append(&journal, user(1), last, &commit(number)).await.unwrap().sequence;
        }
    });
    let mut commits = world.journal.follow(0);
    for reached in [100, 900, 1_800] {
        while commits.next().await.unwrap().unwrap().position.sequence < reached {}
        world.server.kill();
        world.server.resume();
    }
    writer.await.unwrap();
    let commits = world.journal.load(user(1), 0).await.unwrap();
    assert_eq!(commits.len(), 3_000);
    assert!(commits.iter().zip(0..).all(|(recorded, number)| recorded.commit == commit(number)));
    assert_eq!(world.journal.last().await.unwrap().sequence, 3_000);
}
