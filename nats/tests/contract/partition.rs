//! What the journal promises on three servers when the network between them is cut, with the leader on the lonely side.
//!
//! The walls stand in front of every port, so this runs wherever the tests do; network namespaces would need rights that
//! few machines give. What is cut off still lives: it takes connections, believes for a while that it leads, and says
//! afterwards whatever it had to say.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use nats::{AppendError, Journal, JournalOptions, NatsOptions, connect, ensure, keys::Pocket};
use tokio::time::timeout;

use crate::{
    chorus::{Chorus, chance, rounds},
    cluster::leader,
    server::{Server, free_port, member},
    wall::{Passage, Walls},
    world::{EPOCH, append, commit, user},
};

/// After a cut, commands are served again within this time.
const SOON: Duration = Duration::from_secs(30);

/// Three servers behind walls.
struct Walled {
    servers: Vec<Server>,
    walls: Vec<Walls>,
    /// The ways from clients to the servers.
    doors: Vec<Passage>,
    keys: Arc<Pocket>,
    _routes: Vec<Passage>,
}

impl Walled {
    async fn new() -> Self {
        let walls: Vec<_> = (0..3).map(|_| Walls::new()).collect();
        let ports: Vec<_> = (0..3).map(|_| free_port()).collect();
        let (mut servers, mut routes, mut doors) = (Vec::new(), Vec::new(), Vec::new());
        for here in 0..3 {
            let mut others = Vec::new();
            for there in (0..3).filter(|there| *there != here) {
                let route = Passage::to(ports[there], [&walls[here], &walls[there]]).await;
                others.push(route.port);
                routes.push(route);
            }
            let server = member(ports[here], &others);
            doors.push(Passage::to(server.port(), [&walls[here], &walls[here]]).await);
            servers.push(server);
        }
        Self { servers, walls, doors, keys: Arc::default(), _routes: routes }
    }

    /// A journal on the side of these doors.
    async fn journal(&self, doors: &[u16]) -> Journal {
        let urls: Vec<_> = doors.iter().map(|port| format!("nats://127.0.0.1:{port}")).collect();
        let options = NatsOptions { replicas: 3, ..NatsOptions::new(urls.join(",")) };
        let nats = connect(&options).await.unwrap();
        ensure(&nats, EPOCH).await.unwrap();
        Journal::open(&nats, self.keys.clone(), JournalOptions::default()).await.unwrap()
    }

    /// A journal that goes from server to server.
    async fn outside(&self) -> Journal {
        self.journal(&self.doors.iter().map(|door| door.port).collect::<Vec<_>>()).await
    }
}

#[tokio::test]
async fn what_was_acknowledged_survives_that_the_leader_is_cut_off() {
    let walled = Walled::new().await;
    let mut chorus = Chorus::of(&walled.outside().await, 0..40);
    for _ in 0..rounds(2) {
        chorus.goes_on_for(1 + chance(300)).await;
        let lonely = leader(&walled.servers).await;
        walled.walls[lonely].close();
        let begun = Instant::now();
        timeout(SOON, chorus.goes_on_for(80)).await.unwrap();
        println!("the leader was cut off: served again after {:?}", begun.elapsed());
        walled.walls[lonely].open();
    }
    let acknowledged = chorus.stop().await;
    acknowledged.is_all_of(&walled.outside().await).await;
}

#[tokio::test]
async fn a_leader_that_is_cut_off_acknowledges_nothing_and_what_it_was_given_happens_once_or_never() {
    let walled = Walled::new().await;
    let outside = walled.outside().await;
    append(&outside, user(1), 0, &commit(1)).await.unwrap();
    let lonely = leader(&walled.servers).await;
    // Somebody who sits beside the leader, on its side of the wall.
    let beside = walled.journal(&[walled.servers[lonely].port()]).await;
    walled.walls[lonely].close();

    let given = append(&beside, user(2), 0, &commit(2)).await;
    assert!(matches!(given, Err(AppendError::Unknown(_) | AppendError::Unavailable(_))), "{given:?}");
    let meanwhile = timeout(SOON, append(&outside, user(3), 0, &commit(3))).await.unwrap().unwrap();
    let rival = append(&outside, user(2), 0, &commit(4)).await.unwrap();

    walled.walls[lonely].open();
    let late = append(&beside, user(2), 0, &commit(2)).await;
    assert!(matches!(late, Err(AppendError::Conflict)), "{late:?}");
    let stored = outside.load_to(user(2), 0, rival.sequence).await.unwrap();
    assert_eq!(stored.iter().map(|it| it.commit.id).collect::<Vec<_>>(), [commit(4).id]);
    assert_eq!((meanwhile.sequence, rival.sequence), (2, 3));
}
