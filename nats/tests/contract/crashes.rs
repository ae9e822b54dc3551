//! What an append promises when the server is killed at any instant under load.

use crate::{
    chorus::{Chorus, chance, rounds},
    world::World,
};

/// A few writers, whose commits go singly, and many, whose commits go in batches.
const CHOIRS: [u128; 2] = [4, 96];

#[tokio::test]
async fn what_was_acknowledged_survives_kills_at_random_instants_under_load_and_is_there_once() {
    for writers in CHOIRS {
        let mut world = World::new().await;
        let mut chorus = Chorus::of(&world.journal, 0..writers);
        for _ in 0..rounds(4) {
            chorus.goes_on_for(chance(1_000)).await;
            world.server.kill();
            world.server.resume();
        }
        chorus.goes_on_for(1).await;
        let acknowledged = chorus.stop().await;
        acknowledged.is_all_of(&world.another().await).await;
    }
}

#[tokio::test]
async fn what_was_acknowledged_before_a_kill_is_there_though_its_writers_died_with_the_server() {
    for round in 0..rounds(3) {
        let mut world = World::new().await;
        let mut chorus = Chorus::of(&world.journal, 0..CHOIRS[usize::from(round % 2 == 0)]);
        chorus.goes_on_for(1 + chance(2_000)).await;
        world.server.kill();
        let acknowledged = chorus.acknowledged();
        drop(chorus);
        world.server.resume();
        acknowledged.beyond_in(&world.another().await).await;
    }
}
