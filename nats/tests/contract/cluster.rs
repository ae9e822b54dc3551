//! What the journal promises on three servers, where other codes come back and a leader may go away.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use domain::commit::AggregateKey;
use futures_util::StreamExt;
use nats::{AppendError, Journal, JournalOptions, NatsOptions, connect, ensure};

use crate::{
    server::{Server, cluster},
    world::{EPOCH, append, commit, user},
};

async fn journal(servers: &[Server]) -> Journal {
    let urls: Vec<_> = servers.iter().map(Server::url).collect();
    let nats = connect(&NatsOptions { replicas: 3, ..NatsOptions::new(urls.join(",")) }).await.unwrap();
    ensure(&nats, EPOCH).await.unwrap();
    Journal::open(&nats, JournalOptions::default()).await.unwrap()
}

/// Appends commit after commit to one aggregate, never taking "unknown" for an answer, until it is stopped.
async fn write(journal: Journal, key: AggregateKey, stopped: Arc<AtomicBool>) -> u128 {
    let (mut last, mut count) = (0, 0);
    while !stopped.load(Ordering::Relaxed) {
        match append(&journal, key, last, &commit(10_000 + count)).await {
            Ok(position) => (last, count) = (position.sequence, count + 1),
            Err(AppendError::Unknown(_) | AppendError::Unavailable(_)) => {}
            Err(error) => unreachable!("{error:?}"),
        }
    }
    count
}

#[tokio::test]
async fn writers_on_three_servers_lose_and_repeat_nothing_while_servers_are_killed() {
    let mut servers = cluster(3);
    let (mine, theirs) = (journal(&servers).await, journal(&servers).await);

    // Two writers at once on one subject: in a cluster the loser often hears 10164, and must hear of a conflict.
    for round in 0..50 {
        let (one, two) = (commit(round * 2 + 1), commit(round * 2 + 2));
        let (one, two) =
            tokio::join!(append(&mine, user(round), 0, &one), append(&theirs, user(round), 0, &two));
        assert_eq!(usize::from(one.is_ok()) + usize::from(two.is_ok()), 1, "{one:?} {two:?}");
        let lost = one.err().or(two.err()).unwrap();
        assert!(matches!(lost, AppendError::Conflict), "{lost:?}");
    }

    let stopped = Arc::new(AtomicBool::new(false));
    let writer = tokio::spawn(write(mine, user(900), stopped.clone()));
    let mut commits = theirs.follow(50);
    for server in &mut servers {
        // Some were heard before the last server went away, and a hundred more come after it.
        let reached = theirs.last().await.unwrap().sequence + 100;
        while commits.next().await.unwrap().unwrap().position.sequence < reached {}
        server.kill();
        server.resume();
    }
    stopped.store(true, Ordering::Relaxed);
    let count = writer.await.unwrap();
    assert_eq!(u128::from(theirs.last().await.unwrap().sequence), 50 + count);
    assert_eq!(theirs.last_on_leader(user(900)).await.unwrap().unwrap().commit, commit(9_999 + count));
    let commits = theirs.load(user(900), 0).await.unwrap();
    assert!(commits.iter().zip(0..).all(|(recorded, number)| recorded.commit == commit(10_000 + number)));
}
