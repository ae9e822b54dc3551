//! A replay hands out what is stored, to its end, and tells what is not there.

use futures_util::StreamExt;
use nats::{ReplayError, SignedCheckpoints};

use crate::world::{World, user};

#[tokio::test]
async fn everything_comes_as_it_is_stored() {
    let world = World::new().await;
    world.fill(user(1), 1..5).await;
    world.fill(user(2), 5..9).await;
    let stored: Vec<_> = world.journal.replay(2, 7).collect().await;
    let stored: Vec<_> = stored.into_iter().map(Result::unwrap).collect();
    assert_eq!(stored.iter().map(|stored| stored.sequence).collect::<Vec<_>>(), [3, 4, 5, 6, 7]);
    assert_eq!(stored[2].subject, "ink.log.user.00000000-0000-0000-0000-000000000002");
    assert_eq!(stored[0].header("Nats-Expected-Last-Subject-Sequence"), Some("2"));
    assert_eq!(stored[0].header("Ink-Types"), Some("UserRegistered"));
    assert_eq!(stored[0].header("no-such-header"), None);
    let opened = world.journal.open_stored(&stored[0]).await.unwrap();
    assert_eq!((opened.position.sequence, opened.aggregate), (3, user(1)));
}

#[tokio::test]
async fn a_log_that_ends_too_early_is_told() {
    let world = World::new().await;
    world.fill(user(1), 1..4).await;
    let options =
        nats::JournalOptions { watchdog: std::time::Duration::from_millis(200), ..Default::default() };
    let journal = nats::Journal::open(&world.nats, world.keys.clone(), options).await.unwrap();
    let mut replay = journal.replay(1, 5);
    assert_eq!(replay.next().await.unwrap().unwrap().sequence, 2);
    assert_eq!(replay.next().await.unwrap().unwrap().sequence, 3);
    assert!(matches!(replay.next().await, Some(Err(ReplayError::Shorter { last: 3 }))));
    assert!(replay.next().await.is_none());
}

#[tokio::test]
async fn notes_are_kept_in_order_and_each_once() {
    let world = World::new().await;
    let checkpoints = SignedCheckpoints::new(&world.nats);
    assert_eq!(checkpoints.last().await.unwrap(), None);
    assert!(checkpoints.all().await.unwrap().is_empty());
    for (id, note) in [("1", "first"), ("2", "second"), ("2", "second")] {
        checkpoints.keep(id, note).await.unwrap();
    }
    assert_eq!(checkpoints.all().await.unwrap(), ["first", "second"]);
    assert_eq!(checkpoints.last().await.unwrap().as_deref(), Some("second"));
}
