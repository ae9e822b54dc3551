//! What a load promises.

use std::time::Duration;

use domain::{
    Event, Private,
    user::{UserEvent, UserRegistered},
};
use nats::{LoadError, codec::DecodeError};

use crate::world::{World, append, commit, conversation, saying, user};

fn sequences(commits: &[domain::commit::Recorded]) -> Vec<u64> {
    commits.iter().map(|recorded| recorded.position.sequence).collect()
}

#[tokio::test]
async fn an_aggregate_is_loaded_in_order_across_pages() {
    let world = World::new().await;
    let mut last = 0;
    for number in 0..2_500 {
        last = append(&world.journal, conversation(1), last, &commit(number)).await.unwrap().sequence;
        if number % 100 == 0 {
            append(&world.journal, user(number), 0, &commit(10_000 + number)).await.unwrap();
        }
    }
    let commits = world.journal.load(conversation(1), 0).await.unwrap();
    assert_eq!(commits.len(), 2_500);
    assert!(commits.iter().zip(0..).all(|(recorded, number)| recorded.commit == commit(number)));
    assert!(commits.is_sorted_by_key(|recorded| recorded.position.sequence));
    assert!(commits.iter().all(|recorded| recorded.aggregate == conversation(1)));

    let middle = commits[1_200].position.sequence;
    assert_eq!(world.journal.load(conversation(1), middle).await.unwrap(), commits[1_201..]);
    assert_eq!(world.journal.last_on_leader(conversation(1)).await.unwrap().as_ref(), commits.last());
}

#[tokio::test]
async fn large_commits_are_loaded_across_pages() {
    let world = World::new().await;
    let (mut last, text) = (0, "x".repeat(400_000));
    for number in 0..60 {
        last = append(&world.journal, user(1), last, &saying(number, &text)).await.unwrap().sequence;
    }
    assert_eq!(sequences(&world.journal.load(user(1), 0).await.unwrap()), (1..=60).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_long_aggregate_is_read_some_commits_at_a_time() {
    let world = World::new().await;
    let last = world.fill(user(1), 1..8).await;
    let (mut after, mut read, mut lefts) = (0, vec![], vec![]);
    while after < last {
        let (commits, left) = world.journal.next_after(user(1), after, 3).await.unwrap();
        after = commits.last().unwrap().position.sequence;
        read.extend(commits);
        lefts.push(left);
    }
    assert_eq!(read, world.journal.load(user(1), 0).await.unwrap());
    assert_eq!(lefts, [4, 1, 0]);
}

#[tokio::test]
async fn who_is_blindfolded_reads_everything_but_words() {
    let world = World::new().await;
    append(&world.journal, user(1), 0, &saying(1, "Mira")).await.unwrap();
    let seen = world.journal.load(user(1), 0).await.unwrap().remove(0);
    let dim = world.journal.blindfolded().load(user(1), 0).await.unwrap().remove(0);
    let forgotten: Event = UserEvent::from(UserRegistered { name: Private::Forgotten }).into();
    assert_eq!(dim.commit.events[0].event, forgotten);
    assert_eq!((dim.digest, dim.commit.events[0].id), (seen.digest, seen.commit.events[0].id));
    assert_eq!(seen.commit, saying(1, "Mira"));
}

#[tokio::test]
async fn nothing_is_loaded_of_an_aggregate_that_is_not_there_or_not_further() {
    let world = World::new().await;
    let last = world.fill(user(1), 1..4).await;
    assert_eq!(world.journal.load(user(9), 0).await.unwrap(), []);
    assert_eq!(world.journal.load(user(1), last).await.unwrap(), []);
    assert_eq!(world.journal.load(user(1), u64::MAX).await.unwrap(), []);
    assert_eq!(world.journal.last_on_leader(user(9)).await.unwrap(), None);
}

#[tokio::test]
async fn a_commit_that_cannot_be_read_is_told_with_its_place() {
    let world = World::new().await;
    world.fill(user(1), 1..3).await;
    world
        .raw()
        .await
        .publish(world.nats.subjects().log(user(1)), "nonsense".into())
        .await
        .unwrap()
        .await
        .unwrap();
    let error = world.journal.load(user(1), 0).await.unwrap_err();
    let LoadError::Unreadable { position, source: DecodeError::Malformed { .. } } = error else {
        panic!("{error:?}")
    };
    assert_eq!(position, world.journal.at(3));
}

#[tokio::test]
async fn a_load_without_a_server_ends_in_time() {
    let mut world = World::new().await;
    let journal = world.impatient(Duration::from_secs(1)).await;
    world.server.kill();
    let begun = std::time::Instant::now();
    let error = journal.load(user(1), 0).await.unwrap_err();
    assert!(matches!(error, LoadError::Unavailable(_)), "{error:?}");
    assert!(begun.elapsed() < Duration::from_secs(3), "{:?}", begun.elapsed());
}
