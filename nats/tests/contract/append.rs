//! What an append promises when nothing breaks.

use nats::{AppendError, Trace, codec};

use crate::world::{World, append, commit, saying, user};

#[tokio::test]
async fn the_first_commit_expects_nothing_and_the_next_expects_it() {
    let world = World::new().await;
    let first = append(&world.journal, user(1), 0, &commit(1)).await.unwrap();
    let other = append(&world.journal, user(2), 0, &commit(2)).await.unwrap();
    let second = append(&world.journal, user(1), first.sequence, &commit(3)).await.unwrap();
    assert_eq!([first.sequence, other.sequence, second.sequence], [1, 2, 3]);
    assert_eq!(first.epoch, world.journal.epoch());
}

#[tokio::test]
async fn a_stale_expectation_is_a_conflict() {
    let world = World::new().await;
    world.fill(user(1), 1..3).await;
    for (expected, number) in [(0, 10), (1, 11)] {
        let answer = append(&world.journal, user(1), expected, &commit(number)).await;
        assert!(matches!(answer, Err(AppendError::Conflict)), "{answer:?}");
    }
}

#[tokio::test]
async fn of_two_writers_one_wins() {
    let world = World::new().await;
    let other = world.another().await;
    for round in 0..50 {
        let (mine, theirs) = (commit(round * 2 + 1), commit(round * 2 + 2));
        let (mine, theirs) = tokio::join!(
            append(&world.journal, user(round), 0, &mine),
            append(&other, user(round), 0, &theirs)
        );
        assert_eq!(usize::from(mine.is_ok()) + usize::from(theirs.is_ok()), 1);
        let lost = mine.err().or(theirs.err()).unwrap();
        assert!(matches!(lost, AppendError::Conflict), "{lost:?}");
    }
    assert_eq!(world.journal.last().await.unwrap().sequence, 50);
}

#[tokio::test]
async fn the_same_commit_twice_is_once() {
    let world = World::new().await;
    let first = append(&world.journal, user(1), 0, &commit(1)).await.unwrap();
    let again = append(&world.another().await, user(1), 0, &commit(1)).await.unwrap();
    assert_eq!(first, again);
    assert_eq!(world.journal.last().await.unwrap(), first);
}

#[tokio::test]
async fn the_same_commit_twice_is_once_though_others_came_behind_it() {
    let world = World::new().await;
    let first = append(&world.journal, user(1), 0, &commit(1)).await.unwrap();
    append(&world.journal, user(2), 0, &commit(2)).await.unwrap();
    let behind = append(&world.journal, user(1), first.sequence, &commit(3)).await.unwrap();
    append(&world.journal, user(1), behind.sequence, &commit(4)).await.unwrap();
    assert_eq!(append(&world.journal, user(1), 0, &commit(1)).await.unwrap(), first);
    assert_eq!(append(&world.journal, user(1), first.sequence, &commit(3)).await.unwrap(), behind);
    assert_eq!(world.journal.last().await.unwrap().sequence, 4);
}

#[tokio::test]
async fn an_id_that_a_commit_of_another_aggregate_has_is_refused() {
    let world = World::new().await;
    append(&world.journal, user(1), 0, &commit(1)).await.unwrap();
    let answer = append(&world.journal, user(2), 0, &commit(1)).await;
    assert!(matches!(answer, Err(AppendError::Refused(_))), "{answer:?}");
    assert_eq!(world.journal.last().await.unwrap().sequence, 1);
}

#[tokio::test]
async fn a_commit_that_is_too_long_is_refused_and_the_longest_is_not() {
    let world = World::new().await;
    // Beside the words stand where they belong and how long they are, in seven bytes.
    let longest = codec::MAX_BODY - 7;
    append(&world.journal, user(1), 0, &saying(1, &"x".repeat(longest))).await.unwrap();
    let answer = append(&world.journal, user(2), 0, &saying(2, &"x".repeat(longest + 1))).await;
    assert!(matches!(answer, Err(AppendError::TooLarge { limit: codec::MAX_BODY, .. })), "{answer:?}");
}

#[tokio::test]
async fn headers_name_the_commit_its_events_and_its_trace_and_nothing_else() {
    let world = World::new().await;
    let trace = Trace::parse("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
    world.journal.append(user(1), 0, &commit(1), &trace).await.unwrap();
    let stream = world.raw().await.get_stream("INK_LOG").await.unwrap();
    let message = stream.get_raw_message(1).await.unwrap();
    let mut headers: Vec<_> =
        message.headers.iter().map(|(name, value)| format!("{name}: {}", value[0])).collect();
    headers.sort();
    assert_eq!(
        headers,
        [
            "Ink-Types: UserRegistered",
            "Nats-Expected-Last-Subject-Sequence: 0",
            "Nats-Msg-Id: 00000000-0000-0000-0000-000000000001",
            "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        ]
    );
}

#[tokio::test]
async fn a_commit_of_thousands_of_events_has_headers_that_the_server_takes() {
    let world = World::new().await;
    let mut many = saying(1, "");
    many.events = vec![many.events[0].clone(); 4_000];
    let position = append(&world.journal, user(1), 0, &many).await.unwrap();
    assert_eq!(world.journal.load(user(1), 0).await.unwrap()[0].commit, many);
    assert_eq!(append(&world.journal, user(1), position.sequence, &commit(2)).await.unwrap().sequence, 2);
}

#[tokio::test]
async fn a_full_log_says_so_and_keeps_what_it_has() {
    let world = World::new().await;
    let raw = world.raw().await;
    let mut config = raw.get_stream("INK_LOG").await.unwrap().cached_info().config.clone();
    config.max_bytes = 2_000;
    raw.update_stream(config).await.unwrap();
    let answer = loop {
        let next = world.journal.last().await.unwrap().sequence + 1;
        let answer = append(&world.journal, user(u128::from(next)), 0, &commit(u128::from(next))).await;
        if answer.is_err() {
            break answer;
        }
    };
    assert!(matches!(answer, Err(AppendError::Full(_))), "{answer:?}");
    assert_eq!(world.journal.load(user(1), 0).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_commit_is_known_by_the_digest_of_what_is_stored_also_when_it_is_sealed_again() {
    let world = World::new().await;
    let first = world.journal.append(user(1), 0, &commit(1), &Trace::NONE).await.unwrap();
    let behind =
        world.journal.append(user(1), first.position.sequence, &commit(2), &Trace::NONE).await.unwrap();
    let again = world.journal.append(user(1), 0, &commit(1), &Trace::NONE).await.unwrap();
    assert_eq!(again, first, "its words were sealed anew, and what is stored is what was stored");
    let loaded: Vec<_> = world.journal.load(user(1), 0).await.unwrap();
    let loaded: Vec<_> = loaded.iter().map(|recorded| (recorded.position, recorded.digest)).collect();
    assert_eq!(loaded, [(first.position, first.digest), (behind.position, behind.digest)]);
    assert_ne!(first.digest, behind.digest);
}
