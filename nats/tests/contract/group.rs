//! What an append promises when many come at once, and share a batch.

use async_nats::{HeaderMap, jetstream::stream::Config};
use domain::commit::{AggregateKey, Commit, Position, Recorded};
use futures_util::future::join_all;
use nats::{AppendError, Journal};

use crate::{
    server::Server,
    world::{World, append, commit, saying, user},
};

type Asked = (AggregateKey, u64, Commit);

/// Commits of so many aggregates, each the first of its own.
fn firsts(numbers: std::ops::Range<u128>) -> Vec<Asked> {
    numbers.map(|number| (user(number), 0, commit(number))).collect()
}

/// All of them at once.
async fn at_once(journal: &Journal, asked: &[Asked]) -> Vec<Result<Position, AppendError>> {
    let appending = asked.iter().map(|(key, expected, commit)| append(journal, *key, *expected, commit));
    join_all(appending).await
}

/// Each is where its answer says, and nothing else is in the log.
async fn are_there(world: &World, asked: &[Asked], answers: Vec<Result<Position, AppendError>>) {
    for ((key, _, commit), position) in asked.iter().zip(answers) {
        let stored = world.journal.load(*key, 0).await.unwrap();
        assert_eq!(stored.len(), 1);
        let Recorded { position: at, aggregate, commit: what, .. } = &stored[0];
        assert_eq!((*at, aggregate, what), (position.unwrap(), key, commit));
    }
    assert_eq!(world.journal.last().await.unwrap().sequence, asked.len() as u64);
}

/// How many messages of the log came in a batch.
async fn batched(world: &World) -> usize {
    let stream = world.raw().await.get_stream("INK_LOG").await.unwrap();
    let mut count = 0;
    for sequence in 1..=world.journal.last().await.unwrap().sequence {
        let message = stream.get_raw_message(sequence).await.unwrap();
        count += usize::from(message.headers.get("Nats-Batch-Id").is_some());
    }
    count
}

#[tokio::test]
async fn many_at_once_share_batches_and_each_hears_its_own_place() {
    let world = World::new().await;
    let asked = firsts(0..1_200);
    let answers = at_once(&world.journal, &asked).await;
    are_there(&world, &asked, answers).await;
    assert!(batched(&world).await > 1_000);
}

#[tokio::test]
async fn of_a_batch_with_a_conflict_and_a_repetition_only_the_guilty_one_hears() {
    let world = World::new().await;
    let before = append(&world.journal, user(7), 0, &commit(1_007)).await.unwrap();
    let again = append(&world.journal, user(9), 0, &commit(9)).await.unwrap();
    let answers = at_once(&world.journal, &firsts(0..100)).await;
    for (number, answer) in answers.iter().enumerate() {
        match number {
            7 => assert!(matches!(answer, Err(AppendError::Conflict)), "{answer:?}"),
            9 => assert_eq!(*answer.as_ref().unwrap(), again),
            _ => assert!(answer.is_ok(), "{number}: {answer:?}"),
        }
    }
    for number in 0..100 {
        let stored = world.journal.load(user(number), 0).await.unwrap();
        let expected = if number == 7 { commit(1_007) } else { commit(number) };
        assert_eq!(stored.iter().map(|recorded| &recorded.commit).collect::<Vec<_>>(), [&expected]);
    }
    assert_eq!(world.journal.last().await.unwrap().sequence, before.sequence + 99);
}

#[tokio::test]
async fn of_many_commits_of_one_aggregate_the_first_wins() {
    let world = World::new().await;
    let mut asked = firsts(1_000..1_050);
    asked.extend((0..100).map(|number| (user(1), 0, commit(number))));
    let answers = at_once(&world.journal, &asked).await;
    assert!(answers[..51].iter().all(Result::is_ok), "{answers:?}");
    assert!(answers[51..].iter().all(|answer| matches!(answer, Err(AppendError::Conflict))), "{answers:?}");
    assert_eq!(world.journal.last().await.unwrap().sequence, 51);
}

#[tokio::test]
async fn the_same_commit_many_times_at_once_is_once() {
    let world = World::new().await;
    let other = world.another().await;
    for round in 0..20 {
        let asked: Vec<_> =
            (0..40).map(|copy| (user(round * 40 + copy), 0, commit(round * 40 + copy))).collect();
        let twice = asked.iter().chain(&asked).cloned().collect::<Vec<_>>();
        let (mine, theirs) = tokio::join!(at_once(&world.journal, &twice), at_once(&other, &asked));
        let mine: Vec<_> = mine.into_iter().map(Result::unwrap).collect();
        let theirs: Vec<_> = theirs.into_iter().map(Result::unwrap).collect();
        assert_eq!((&mine[..40], &mine[40..]), (&theirs[..], &theirs[..]));
    }
    assert_eq!(world.journal.last().await.unwrap().sequence, 800);
}

#[tokio::test]
async fn two_houses_write_batches_beside_each_other() {
    let world = World::new().await;
    let other = world.another().await;
    let (mine, theirs) = (firsts(0..400), firsts(400..800));
    let (one, two) = tokio::join!(at_once(&world.journal, &mine), at_once(&other, &theirs));
    are_there(&world, &[mine, theirs].concat(), one.into_iter().chain(two).collect()).await;
}

#[tokio::test]
async fn callers_that_go_away_hurt_nobody_and_their_commits_are_stored_or_not() {
    let world = World::new().await;
    let mut leaving = vec![];
    for number in 0..300 {
        let journal = world.journal.clone();
        leaving.push(tokio::spawn(async move { append(&journal, user(number), 0, &commit(number)).await }));
        if number % 10 == 0 {
            tokio::task::yield_now().await;
        }
    }
    leaving.iter().for_each(tokio::task::JoinHandle::abort);
    let staying = firsts(1_000..1_100);
    assert!(at_once(&world.journal, &staying).await.iter().all(Result::is_ok));
    // Whoever comes next for the aggregate of one that left is neither blocked nor mistaken.
    let answers = at_once(&world.journal, &firsts(0..300)).await;
    assert!(answers.iter().all(Result::is_ok), "{answers:?}");
    assert_eq!(world.journal.last().await.unwrap().sequence, 400);
}

#[tokio::test]
async fn a_crowd_of_long_commits_waits_for_room_and_is_stored() {
    let world = World::new().await;
    let text = "x".repeat(400_000);
    let asked: Vec<_> = (0..150).map(|number| (user(number), 0, saying(number, &text))).collect();
    let answers = at_once(&world.journal, &asked).await;
    are_there(&world, &asked, answers).await;
}

#[tokio::test]
async fn where_the_stream_takes_no_batches_all_is_stored_singly() {
    let world = World::new().await;
    let raw = world.raw().await;
    let config = raw.get_stream("INK_LOG").await.unwrap().cached_info().config.clone();
    raw.update_stream(Config { allow_atomic_publish: false, ..config }).await.unwrap();
    // This one knows, and that one learns it.
    let knowing = world.another().await;
    let (one, two) = (firsts(0..100), firsts(100..200));
    let (first, second) = (at_once(&knowing, &one).await, at_once(&world.journal, &two).await);
    are_there(&world, &[one, two].concat(), first.into_iter().chain(second).collect()).await;
    assert_eq!(batched(&world).await, 0);
}

#[tokio::test]
async fn where_the_server_has_too_many_batches_all_is_stored_singly() {
    let world = World::new().await;
    let raw = world.raw().await.client();
    for number in 0..50 {
        let mut headers = HeaderMap::new();
        headers.insert("Nats-Batch-Id", format!("begun-{number}"));
        headers.insert("Nats-Batch-Sequence", "1");
        let subject = world.nats.subjects().log(user(10_000 + number));
        raw.request_with_headers(subject, headers, "begun and never ended".into()).await.unwrap();
    }
    let asked = firsts(0..100);
    let answers = at_once(&world.journal, &asked).await;
    are_there(&world, &asked, answers).await;
    assert_eq!(batched(&world).await, 0);
}

#[tokio::test]
async fn a_commit_that_the_server_finds_too_long_does_not_keep_its_batch_back() {
    let server = Server::configured("sync_interval: always", "max_payload: 100KB");
    let world = World::on(server).await;
    let mut asked = firsts(0..60);
    // Words that cannot be made few.
    let mut chance = 1_u64;
    let noise = (0..200_000).map(|_| {
        chance = chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        char::from(b' ' + u8::try_from((chance >> 33) % 95).unwrap())
    });
    asked[30].2 = saying(30, &noise.collect::<String>());
    let answers = at_once(&world.journal, &asked).await;
    for (number, answer) in answers.iter().enumerate() {
        match number {
            30 => assert!(matches!(answer, Err(AppendError::TooLarge { .. })), "{answer:?}"),
            _ => assert!(answer.is_ok(), "{number}: {answer:?}"),
        }
    }
}

#[tokio::test]
async fn thousands_of_writers_are_served_in_turn() {
    let world = World::new().await;
    let journal = world.another().await;
    // A task each: one task for all would run out of its share of time, and then it is not the journal who keeps order.
    let writers = (0..3_000).map(|writer| {
        let journal = journal.clone();
        tokio::spawn(async move {
            let first = append(&journal, user(writer), 0, &commit(writer)).await.unwrap().sequence;
            let second = commit(writer + 10_000);
            (first, append(&journal, user(writer), first, &second).await.unwrap().sequence)
        })
    });
    let places: Vec<_> = join_all(writers).await.into_iter().map(Result::unwrap).collect();
    // The first commits come before the second ones, but for a batch or two, and for the few that were sent again alone.
    let mut firsts: Vec<u64> = places.iter().map(|(first, _)| *first).collect();
    firsts.sort_unstable();
    let nearly_last = firsts[2_970];
    assert!(nearly_last < 3_000 + 2_000, "{nearly_last}");
    assert_eq!(world.journal.last().await.unwrap().sequence, 6_000);
}
