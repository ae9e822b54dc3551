//! What an append promises while a batch fills: the server has most of it, and stores none of it yet.

use std::{ops::Range, time::Duration};

use domain::commit::Position;
use futures_util::StreamExt;
use nats::AppendError;
use tokio::{
    task::{JoinHandle, yield_now},
    time::timeout,
};

use crate::{
    faults::{BadNetwork, at_once},
    proxy::Fault,
    server::Server,
    world::{World, append, commit, user},
};

/// Those whose batch is stored, and who will hear of it late.
const ALOFT: Range<u128> = 0..60;
/// Those whose batch fills meanwhile.
const ABOARD: Range<u128> = 60..120;
/// Long enough for what happens meanwhile.
const LATE: Duration = Duration::from_millis(500);

/// For what has to happen at once.
const PATIENCE: Duration = Duration::from_secs(20);

type Appending = JoinHandle<Result<Position, AppendError>>;

/// One batch is on its way, and another fills.
struct Staged {
    network: BadNetwork,
    aloft: JoinHandle<Vec<Result<Position, AppendError>>>,
    aboard: Vec<Appending>,
}

impl Staged {
    async fn on(server: Server) -> Self {
        let network = BadNetwork::around(World::on(server).await).await;
        network.proxy.arm(Fault::Late(LATE));
        let journal = network.journal.clone();
        let aloft = tokio::spawn(async move { at_once(&journal, ALOFT).await });
        while u128::from(network.length().await) < ALOFT.end {}
        let appends = |number| {
            let journal = network.journal.clone();
            tokio::spawn(async move { append(&journal, user(number), 0, &commit(number)).await })
        };
        let aboard = ABOARD.map(appends).collect();
        timeout(PATIENCE, async {
            while network.world.server.staged() == 0 {
                yield_now().await
            }
        })
        .await
        .unwrap();
        assert_eq!(u128::from(network.length().await), ALOFT.end);
        Self { network, aloft, aboard }
    }

    /// All of them were told where they are, and there they are, and nothing else is.
    async fn are_all_there(self) {
        let mut positions: Vec<_> = self.aloft.await.unwrap().into_iter().map(Result::unwrap).collect();
        for appending in self.aboard {
            positions.push(appending.await.unwrap().unwrap());
        }
        self.network.holds(ALOFT.start..ABOARD.end, &positions).await;
        assert_eq!(u128::from(self.network.length().await), ABOARD.end);
    }
}

#[tokio::test]
async fn a_batch_that_the_server_forgot_while_it_filled_goes_singly() {
    let server = Server::configured("sync_interval: always, limits { batch { timeout: \"100ms\" } }", "");
    let client = async_nats::connect(server.url()).await.unwrap();
    let mut forgotten = client.subscribe("$JS.EVENT.ADVISORY.STREAM.BATCH_ABANDONED.INK_LOG").await.unwrap();
    client.flush().await.unwrap();
    let staged = Staged::on(server).await;
    let advisory = timeout(LATE, forgotten.next()).await.unwrap().unwrap();
    assert!(String::from_utf8_lossy(&advisory.payload).contains("timeout"), "{advisory:?}");
    staged.are_all_there().await;
}

#[tokio::test]
async fn of_a_batch_that_filled_while_the_server_was_killed_each_is_stored_once() {
    let mut staged = Staged::on(Server::start()).await;
    staged.network.world.server.kill();
    staged.network.world.server.resume();
    staged.network.proxy.heal();
    staged.are_all_there().await;
}

#[tokio::test]
async fn callers_that_go_away_while_their_batch_fills_hurt_nobody_and_are_stored() {
    let Staged { network, aloft, aboard } = Staged::on(Server::start()).await;
    aboard.iter().for_each(Appending::abort);
    for answer in aloft.await.unwrap() {
        answer.unwrap();
    }
    // Whoever comes next for their aggregates is neither blocked nor mistaken.
    let answers = at_once(&network.journal, ABOARD).await;
    let positions: Vec<_> = answers.into_iter().map(Result::unwrap).collect();
    network.holds(ABOARD, &positions).await;
    assert_eq!(u128::from(network.length().await), ABOARD.end);
}

#[tokio::test]
async fn a_conflict_aboard_is_heard_by_the_guilty_one_alone() {
    let Staged { network, aloft, aboard } = Staged::on(Server::start()).await;
    // Another house is quicker, though it comes later.
    let other = network.world.another().await;
    append(&other, user(ABOARD.start + 7), 0, &commit(1_000)).await.unwrap();
    for answer in aloft.await.unwrap() {
        answer.unwrap();
    }
    for (number, appending) in ABOARD.zip(aboard) {
        let answer = appending.await.unwrap();
        let guilty = number == ABOARD.start + 7;
        assert_eq!(guilty, matches!(answer, Err(AppendError::Conflict)), "{number}: {answer:?}");
        assert_eq!(guilty, answer.is_err(), "{number}: {answer:?}");
    }
    assert_eq!(u128::from(network.length().await), ABOARD.end);
}
