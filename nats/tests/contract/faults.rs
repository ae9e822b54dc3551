//! What an append promises on a network that loses things.

use std::time::{Duration, Instant};

use domain::commit::Position;
use futures_util::future::join_all;
use nats::{AppendError, Journal, JournalOptions, Nats, NatsOptions, connect};

use crate::{
    chorus::{Chorus, chance, rounds},
    proxy::{Fault, Proxy},
    world::{World, append, commit, user},
};

const CUTS: [Fault; 4] = [Fault::BeforeAck, Fault::DuringAck, Fault::AfterAck, Fault::DuringCommit];

/// How many commits come at once: one alone, a few that go singly, and a batch.
const CROWDS: [u128; 3] = [1, 5, 60];

/// A world whose journal has a bad network between itself and the server.
struct BadNetwork {
    world: World,
    proxy: Proxy,
    nats: Nats,
    journal: Journal,
}

impl BadNetwork {
    async fn new() -> Self {
        let world = World::new().await;
        let proxy = Proxy::before(world.server.port()).await;
        let nats = connect(&NatsOptions::new(proxy.url())).await.unwrap();
        let journal = Journal::open(&nats, world.keys.clone(), JournalOptions::default()).await.unwrap();
        Self { world, proxy, nats, journal }
    }

    async fn impatient(&self) -> Journal {
        let options = JournalOptions { patience: Duration::from_secs(1), ..JournalOptions::default() };
        Journal::open(&self.nats, self.world.keys.clone(), options).await.unwrap()
    }

    /// The log holds these firsts of their aggregates, each where its answer says, and nothing else.
    async fn holds(&self, numbers: std::ops::Range<u128>, positions: &[Position]) {
        for (number, position) in numbers.zip(positions) {
            let stored = self.world.journal.load(user(number), 0).await.unwrap();
            let stored: Vec<_> =
                stored.iter().map(|recorded| (recorded.position, &recorded.commit)).collect();
            assert_eq!(stored, [(*position, &commit(number))]);
        }
    }

    async fn length(&self) -> u64 {
        self.world.journal.last().await.unwrap().sequence
    }
}

async fn at_once(journal: &Journal, numbers: std::ops::Range<u128>) -> Vec<Result<Position, AppendError>> {
    let commits: Vec<_> = numbers.map(|number| (user(number), commit(number))).collect();
    join_all(commits.iter().map(|(key, commit)| append(journal, *key, 0, commit))).await
}

#[tokio::test]
async fn a_link_that_is_cut_before_during_or_after_the_ack_or_within_a_commit_makes_each_commit_once() {
    let network = BadNetwork::new().await;
    let mut next = 0;
    for round in 0..3 {
        for (fault, crowd) in CUTS.into_iter().flat_map(|fault| CROWDS.map(|crowd| (fault, crowd))) {
            network.proxy.arm(fault);
            let numbers = next..next + crowd;
            let answers = at_once(&network.journal, numbers.clone()).await;
            assert!(network.proxy.has_struck(), "{fault:?} of {crowd} in round {round}");
            let positions: Vec<_> = answers.into_iter().map(Result::unwrap).collect();
            network.holds(numbers, &positions).await;
            next += crowd;
        }
    }
    assert_eq!(u128::from(network.length().await), next);
}

#[tokio::test]
async fn two_houses_on_one_aggregate_agree_on_the_winner_though_the_ack_of_one_is_lost() {
    let network = BadNetwork::new().await;
    for round in 0..20_u128 {
        network.proxy.arm(Fault::BeforeAck);
        let (mine, theirs) = (commit(round * 2), commit(round * 2 + 1));
        let (one, two) = tokio::join!(
            append(&network.journal, user(round), 0, &mine),
            append(&network.world.journal, user(round), 0, &theirs),
        );
        let stored = network.world.journal.load(user(round), 0).await.unwrap();
        let [winner] = &stored[..] else { panic!("{stored:?}") };
        for (answer, commit) in [(one, mine), (two, theirs)] {
            match answer {
                Ok(position) => assert_eq!((winner.position, &winner.commit), (position, &commit)),
                Err(error) => {
                    assert!(matches!(error, AppendError::Conflict), "{error:?}");
                    assert_ne!(winner.commit, commit);
                }
            }
        }
    }
    assert_eq!(network.length().await, 20);
}

#[tokio::test]
async fn a_late_network_delays_and_spoils_nothing() {
    let network = BadNetwork::new().await;
    network.proxy.arm(Fault::Late(Duration::from_millis(150)));
    let answers = at_once(&network.journal, 0..60).await;
    let positions: Vec<_> = answers.into_iter().map(Result::unwrap).collect();
    network.holds(0..60, &positions).await;
    assert_eq!(network.length().await, 60);
}

#[tokio::test]
async fn callers_that_go_away_behind_a_batch_that_is_on_its_way_take_their_commits_back() {
    let network = BadNetwork::new().await;
    network.proxy.arm(Fault::Late(Duration::from_millis(500)));
    let journal = network.journal.clone();
    let on_their_way = tokio::spawn(async move { at_once(&journal, 0..60).await });
    while network.length().await < 60 {}
    let journal = network.journal.clone();
    let waiting = tokio::spawn(async move { at_once(&journal, 60..120).await });
    assert_eq!(network.length().await, 60); // And by now they wait.
    waiting.abort();
    let positions: Vec<_> = on_their_way.await.unwrap().into_iter().map(Result::unwrap).collect();
    network.holds(0..60, &positions).await;
    // Whoever comes next for one of their aggregates is the first there.
    assert_eq!(append(&network.journal, user(60), 0, &commit(120)).await.unwrap().sequence, 61);
    assert_eq!(network.length().await, 61);
}

#[tokio::test]
async fn an_ack_that_is_always_too_late_is_unknown_in_time_and_the_same_commit_may_come_again() {
    let network = BadNetwork::new().await;
    let journal = network.impatient().await;
    network.proxy.arm(Fault::Late(Duration::from_millis(2_500)));
    let begun = Instant::now();
    let answers = at_once(&journal, 0..40).await;
    assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
    assert!(answers.iter().all(|answer| matches!(answer, Err(AppendError::Unknown(_)))), "{answers:?}");
    network.proxy.heal();
    let answers = at_once(&journal, 0..40).await;
    let positions: Vec<_> = answers.into_iter().map(Result::unwrap).collect();
    network.holds(0..40, &positions).await;
    assert_eq!(network.length().await, 40);
}

#[tokio::test]
async fn a_link_that_is_open_and_silent_in_one_direction_leaves_each_commit_once() {
    for (fault, crowd) in [(Fault::Deaf, 1), (Fault::Deaf, 60), (Fault::Mute, 1), (Fault::Mute, 60)] {
        let network = BadNetwork::new().await;
        let journal = network.impatient().await;
        network.proxy.arm(fault);
        let begun = Instant::now();
        let answers = at_once(&journal, 0..crowd).await;
        assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
        assert!(answers.iter().all(|answer| matches!(answer, Err(AppendError::Unknown(_)))), "{answers:?}");
        network.proxy.heal();
        // Patience begins with a link; the client takes its time to make one.
        let answers = at_once(&network.journal, 0..crowd).await;
        let positions: Vec<_> = answers.into_iter().map(Result::unwrap).collect();
        network.holds(0..crowd, &positions).await;
        assert_eq!(u128::from(network.length().await), crowd, "{fault:?} of {crowd}");
    }
}

#[tokio::test]
async fn writers_that_go_on_through_fault_after_fault_lose_and_repeat_nothing() {
    let network = BadNetwork::new().await;
    let mut chorus = Chorus::of(&network.journal, 0..40);
    for fault in CUTS.into_iter().cycle().take(usize::try_from(rounds(40)).unwrap()) {
        network.proxy.arm(fault);
        chorus.goes_on_for(chance(60)).await;
    }
    chorus.stop().await.is_all_of(&network.world.journal).await;
}
