//! The projector is killed, its connections are cut, and Postgres crashes, at random and again and again: the rows always are
//! the fold of the log up to the checkpoint.
//!
//! `INNKEEPER_ROUNDS` makes it longer.

#![expect(clippy::disallowed_methods, reason = "how long it takes is for whoever runs it to say")]

use std::time::Duration;

use projections::{
    Site, apply_at, apply_batch, begin,
    build::{self, Over},
};
use sqlx::PgPool;

use crate::{
    laws::{Dice, history},
    server::{Server, database},
    story::{EPOCH, Log, dump, project},
};

/// How the round ends.
#[derive(Debug, Clone, Copy)]
enum Death {
    Projector,
    Connections,
    Postgres,
}

fn rounds() -> u64 {
    std::env::var("INNKEEPER_ROUNDS").ok().and_then(|text| text.parse().ok()).unwrap_or(30)
}

/// Projects on from the checkpoint in batches of this size, and builds one projection anew beside it.
async fn projects(pool: PgPool, log: Log, size: usize, which: usize) {
    let all = projections::all();
    let rebuilt = all[which % all.len()];
    loop {
        let Ok(standings) = begin(&pool, &all, EPOCH).await else { continue };
        for standing in standings {
            let next = usize::try_from(standing.at.sequence).unwrap();
            let batch = &log.commits[next..(next + size).min(log.commits.len())];
            let _ = apply_batch(&pool, &standing.projections, standing.at, batch).await;
        }
        let _ = build::start(&pool, &rebuilt, EPOCH).await;
        let Ok(buildings) = build::under_way(&pool, &all).await else { continue };
        for building in buildings {
            let next = usize::try_from(building.at.sequence).unwrap();
            let batch = &log.commits[next..(next + 2 * size).min(log.commits.len())];
            let _ = apply_at(&pool, Site::Building, &[building.projection], building.at, batch).await;
            let _ = build::switch(&pool, &building.projection, Over::SameLog).await;
        }
    }
}

async fn cut(pool: &PgPool) {
    let others = "select pg_terminate_backend(pid) from pg_stat_activity
                  where datname = current_database() and pid <> pg_backend_pid()";
    let _ = sqlx::query(others).execute(pool).await;
}

/// Up to where the rows of each table are, and what they are: the fold of the log up to there.
async fn are_the_fold(pool: &PgPool, log: &Log, round: u64) {
    let standings = begin(pool, &projections::all(), EPOCH).await.unwrap();
    let furthest = standings.last().unwrap().at.sequence;
    for standing in standings {
        let behind = usize::try_from(standing.at.sequence).unwrap();
        // Those that a switch has left behind catch up first, as the projector lets them.
        let until = &log.commits[behind..usize::try_from(furthest).unwrap()];
        apply_batch(pool, &standing.projections, standing.at, until).await.unwrap();
    }
    let until = Log { commits: log.commits[..usize::try_from(furthest).unwrap()].to_vec(), ..Log::default() };
    let straight = database().await;
    if furthest > 0 {
        project(&straight, &until).await;
    }
    assert_eq!(dump(pool).await, dump(&straight).await, "round {round}, up to {furthest}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_dies_the_rows_are_the_fold_of_the_log_up_to_the_checkpoint() {
    let server = Server::of_its_own();
    let pool = server.blank("house").await;
    projections::migrate(&pool).await.unwrap();
    let (log, _) = history(31);
    let mut dice = Dice(5);
    for round in 0..rounds() {
        let size = usize::try_from(1 + dice.below(12)).unwrap();
        let which = usize::try_from(dice.below(4)).unwrap();
        let mut projector = tokio::spawn(projects(pool.clone(), log.clone(), size, which));
        // How far it is by then is what the round leaves to chance.
        let pause = Duration::from_millis(20 + dice.below(120));
        assert!(tokio::time::timeout(pause, &mut projector).await.is_err());
        match deaths(round) {
            Death::Projector => {}
            Death::Connections => cut(&pool).await,
            Death::Postgres => server.crashes(),
        }
        projector.abort();
        let _ = projector.await;
        are_the_fold(&pool, &log, round).await;
    }
}

fn deaths(round: u64) -> Death {
    match round % 3 {
        0 => Death::Projector,
        1 => Death::Connections,
        _ => Death::Postgres,
    }
}
