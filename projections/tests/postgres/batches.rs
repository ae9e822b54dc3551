//! Rows and checkpoint move together, once, and only forward.

use projections::{ApplyError, CHANNEL, News, apply_batch, begin, checkpoints, progress, seen};
use sqlx::postgres::PgListener;

use crate::{
    server::{blank, database},
    story::{EPOCH, Log, aqua, at, created, dump, project, projection, sent, started},
};

fn log() -> Log {
    let mut log = Log::talk([started(), sent(60, "Hello")]);
    log.tell(aqua(), [created("Aqua").into()]);
    log
}

#[tokio::test]
async fn migrations_may_run_at_every_start() {
    let pool = blank().await;
    projections::migrate(&pool).await.unwrap();
    projections::migrate(&pool).await.unwrap();
}

#[tokio::test]
async fn of_two_projectors_one_is_fenced() {
    let pool = database().await;
    let (projections, commits) = (projections::all(), log().commits);
    begin(&pool, &projections, EPOCH).await.unwrap();
    let (one, other) = tokio::join!(
        apply_batch(&pool, &projections, at(0), &commits),
        apply_batch(&pool, &projections, at(0), &commits),
    );
    let fenced = |result: &Result<_, _>| matches!(result, Err(ApplyError::Fenced { from }) if *from == at(0));
    assert!(one.is_ok() && fenced(&other) || other.is_ok() && fenced(&one), "{one:?} {other:?}");
    assert_eq!(progress(&pool, &projections).await.unwrap(), Some(at(3)));
}

#[tokio::test]
async fn when_the_machine_breaks_neither_rows_nor_checkpoint_move() {
    let pool = database().await;
    let (projections, log) = (projections::all(), log());
    begin(&pool, &projections, EPOCH).await.unwrap();
    let before = dump(&pool).await;
    sqlx::raw_sql("alter table characters rename column name to nome").execute(&pool).await.unwrap();
    let broken = apply_batch(&pool, &projections, at(0), &log.commits).await;
    assert!(matches!(broken, Err(ApplyError::Database(_))), "{broken:?}");
    sqlx::raw_sql("alter table characters rename column nome to name").execute(&pool).await.unwrap();
    assert_eq!(dump(&pool).await, before);
    assert_eq!(progress(&pool, &projections).await.unwrap(), Some(at(0)));

    project(&pool, &log).await;
    assert_eq!(progress(&pool, &projections).await.unwrap(), Some(at(3)));
}

#[tokio::test]
async fn a_hole_in_the_log_is_an_alarm() {
    let pool = database().await;
    let (projections, mut log) = (projections::all(), log());
    begin(&pool, &projections, EPOCH).await.unwrap();
    log.commits.remove(1);
    let holed = apply_batch(&pool, &projections, at(0), &log.commits).await;
    assert!(
        matches!(holed, Err(ApplyError::Hole { after, found }) if (after, found) == (at(1), at(3))),
        "{holed:?}"
    );
    assert_eq!(progress(&pool, &projections).await.unwrap(), Some(at(0)));
}

#[tokio::test]
async fn a_commit_of_another_log_is_not_taken_for_ours() {
    let pool = database().await;
    let (projections, mut log) = (projections::all(), log());
    begin(&pool, &projections, EPOCH).await.unwrap();
    log.commits[0].position.epoch = domain::commit::Epoch::new(1);
    let foreign = apply_batch(&pool, &projections, at(0), &log.commits).await;
    assert!(matches!(foreign, Err(ApplyError::OtherEpoch { .. })), "{foreign:?}");
}

#[tokio::test]
async fn who_listens_is_told_how_far_the_rows_are() {
    let pool = database().await;
    let mut listener = PgListener::connect_with(&pool).await.unwrap();
    listener.listen(CHANNEL).await.unwrap();
    project(&pool, &log()).await;
    let told = listener.recv().await.unwrap();
    assert_eq!(told.payload(), "5f0c2a11-3 users@1,characters@2,conversations@5,lorebooks@1,personas@1");
    let news = News::heard(told.payload()).unwrap();
    assert!(news.position == at(3) && news.are_about(&projections::all()));
    assert!(!news.are_about(&[projection("characters")]));
}

#[tokio::test]
async fn projections_that_lag_are_caught_up_on_their_own() {
    let pool = database().await;
    let (all, log) = (projections::all(), log());
    let characters = projection("characters");
    begin(&pool, &[characters], EPOCH).await.unwrap();
    apply_batch(&pool, &[characters], at(0), &log.commits).await.unwrap();
    assert_eq!(progress(&pool, &all).await.unwrap(), None);

    let standings = begin(&pool, &all, EPOCH).await.unwrap();
    let places: Vec<_> =
        standings.iter().map(|standing| (standing.at.sequence, standing.projections.len())).collect();
    assert_eq!(places, [(0, all.len() - 1), (3, 1)]);
    assert_eq!(progress(&pool, &all).await.unwrap(), Some(at(0)));
    assert_eq!(seen(&pool).await.unwrap(), [at(3)]);
    project(&pool, &log).await;
    assert_eq!(progress(&pool, &all).await.unwrap(), Some(at(3)));
    assert!(checkpoints(&pool).await.unwrap().iter().all(|checkpoint| checkpoint.position == at(3)));
}

#[tokio::test]
async fn a_checkpoint_remembers_the_commit_that_it_saw() {
    let pool = database().await;
    let log = log();
    project(&pool, &log).await;
    let digest = log.commits.last().unwrap().digest.to_string();
    let standings = begin(&pool, &projections::all(), EPOCH).await.unwrap();
    assert!(standings.iter().all(|standing| standing.digest.as_deref() == Some(digest.as_str())));
}
