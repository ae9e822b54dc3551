//! What the journal promises on three servers, where other codes come back and a leader may go away.

use std::{
    sync::{Arc, LazyLock},
    time::{Duration, Instant},
};

use async_nats::jetstream::stream::ClusterInfo;
use nats::{AppendError, Journal, JournalOptions, Nats, NatsOptions, connect, ensure, keys::Pocket};
use tokio::time::timeout;

use crate::{
    chorus::{Chorus, chance, rounds},
    server::{Server, cluster},
    world::{EPOCH, append, commit, user},
};

/// After the loss of a server, commands are served again within this time.
const SOON: Duration = Duration::from_secs(60);

/// All processes of a house have one place for keys.
static KEYS: LazyLock<Arc<Pocket>> = LazyLock::new(Arc::default);

async fn joined(servers: &[Server]) -> (Nats, Journal) {
    let urls: Vec<_> = servers.iter().map(Server::url).collect();
    let nats = connect(&NatsOptions { replicas: 3, ..NatsOptions::new(urls.join(",")) }).await.unwrap();
    ensure(&nats, EPOCH).await.unwrap();
    let journal = Journal::open(&nats, KEYS.clone(), JournalOptions::default()).await.unwrap();
    (nats, journal)
}

/// Which of the servers leads the log.
pub(crate) async fn leader(servers: &[Server]) -> usize {
    loop {
        let raw = async_nats::jetstream::new(async_nats::connect(servers[0].url()).await.unwrap());
        let info =
            raw.get_stream("INK_LOG").await.ok().and_then(|stream| stream.cached_info().cluster.clone());
        if let Some(ClusterInfo { leader: Some(leader), .. }) = info {
            return servers.iter().position(|server| server.name() == leader).unwrap();
        }
    }
}

#[tokio::test]
async fn of_two_writers_on_three_servers_one_wins_and_the_other_hears_of_a_conflict() {
    let servers = cluster(3);
    let ((_, mine), (_, theirs)) = (joined(&servers).await, joined(&servers).await);
    // In a cluster the loser often hears 10164, which the client library does not know as a conflict.
    for round in 0..50 {
        let (one, two) = (commit(round * 2 + 1), commit(round * 2 + 2));
        let (one, two) =
            tokio::join!(append(&mine, user(round), 0, &one), append(&theirs, user(round), 0, &two));
        assert_eq!(usize::from(one.is_ok()) + usize::from(two.is_ok()), 1, "{one:?} {two:?}");
        let lost = one.err().or(two.err()).unwrap();
        assert!(matches!(lost, AppendError::Conflict), "{lost:?}");
    }
    assert_eq!(theirs.last().await.unwrap().sequence, 50);
}

#[tokio::test]
async fn a_commit_that_comes_twice_to_three_servers_is_once() {
    let servers = cluster(3);
    let ((_, mine), (_, theirs)) = (joined(&servers).await, joined(&servers).await);
    // The second hears that its id is on its way (10158), or was there; and whose it is, the log says.
    for round in 0..50 {
        let twice = commit(round);
        let (one, two) =
            tokio::join!(append(&mine, user(round), 0, &twice), append(&theirs, user(round), 0, &twice));
        assert_eq!(one.unwrap(), two.unwrap());
    }
    assert_eq!(mine.last().await.unwrap().sequence, 50);
}

#[tokio::test]
async fn what_was_acknowledged_survives_the_loss_of_any_server_the_leader_among_them() {
    let mut servers = cluster(3);
    let ((_, few), (_, many)) = (joined(&servers).await, joined(&servers).await);
    let (mut few, mut many) = (Chorus::of(&few, 0..4), Chorus::of(&many, 100..160));
    for round in 0..rounds(1) * 3 {
        many.goes_on_for(1 + chance(300)).await;
        let lost = if round % 3 == 0 { leader(&servers).await } else { chance(3) as usize };
        servers[lost].kill();
        let begun = Instant::now();
        timeout(SOON, few.goes_on_for(8)).await.unwrap();
        timeout(SOON, many.goes_on_for(120)).await.unwrap();
        println!("a server was killed: served again after {:?}", begun.elapsed());
        servers[lost].resume();
    }
    let (_, fresh) = joined(&servers).await;
    let acknowledged = few.stop().await.and(many.stop().await);
    acknowledged.is_all_of(&fresh).await;
}

#[tokio::test]
async fn what_was_acknowledged_survives_a_pause_of_the_leader() {
    let servers = cluster(3);
    let (_, journal) = joined(&servers).await;
    let mut chorus = Chorus::of(&journal, 0..40);
    for _ in 0..rounds(2) {
        chorus.goes_on_for(1 + chance(300)).await;
        let paused = leader(&servers).await;
        servers[paused].freeze();
        let begun = Instant::now();
        timeout(SOON * 2, chorus.goes_on_for(80)).await.unwrap();
        println!("the leader was paused: served again after {:?}", begun.elapsed());
        servers[paused].thaw();
    }
    let acknowledged = chorus.stop().await;
    acknowledged.is_all_of(&joined(&servers).await.1).await;
}

#[tokio::test]
async fn the_leader_knows_what_was_acknowledged_a_moment_ago() {
    let servers = cluster(3);
    let ((_, writer), (_, reader)) = (joined(&servers).await, joined(&servers).await);
    let mut last = 0;
    for number in 0..200 {
        last = append(&writer, user(1), last, &commit(number)).await.unwrap().sequence;
        assert_eq!(reader.last_of(user(1)).await.unwrap(), last);
    }
    assert_eq!(reader.last_of(user(2)).await.unwrap(), 0);
    assert_eq!(reader.last_on_leader(user(1)).await.unwrap().unwrap().commit, commit(199));
}
