//! A projection is built anew beside the one that serves, and nobody who reads notices.

use projections::{
    ApplyError, Projection, Site, apply_at, apply_batch, begin,
    build::{self, Begun, Over, Switched},
    characters, checkpoints, outdated,
    page::Paging,
    progress,
};
use sqlx::PgPool;

use crate::{
    laws::history,
    parking::{self, places, poisoned},
    server::database,
    story::{EPOCH, Log, aqua, at, created, dump, mira, project, projection},
};

/// Builds a projection anew from this log, and lets it take over.
pub(crate) async fn rebuilt(pool: &PgPool, projection: &Projection, log: &Log) {
    assert_eq!(build::start(pool, projection, EPOCH).await.unwrap(), Begun::Now);
    apply_at(pool, Site::Building, &[*projection], at(0), &log.commits).await.unwrap();
    assert_eq!(build::switch(pool, projection, Over::SameLog).await.unwrap(), Switched::Yes);
}

/// Every index, key and check of the house's tables, by name.
async fn catalog(pool: &PgPool) -> Vec<String> {
    sqlx::query_scalar(
        "select pg_get_indexdef(indexrelid) as line
         from pg_index
         join pg_class on pg_class.oid = indrelid
         where relnamespace = 'public'::regnamespace
         union all
         select conname || ' ' || relname || ' ' || pg_get_constraintdef(pg_constraint.oid)
         from pg_constraint
         join pg_class on pg_class.oid = conrelid
         where relnamespace = 'public'::regnamespace
         order by line",
    )
    .fetch_all(pool)
    .await
    .unwrap()
}

async fn names(pool: &PgPool) -> Vec<String> {
    let page = characters::list(pool, mira(), &characters::Filter::default(), Paging::default()).await;
    page.unwrap().items.into_iter().map(|row| row.name).collect()
}

#[tokio::test]
async fn the_old_rows_serve_until_the_new_ones_have_seen_as_much() {
    let pool = database().await;
    let (log, _) = history(11);
    project(&pool, &log).await;
    let (rows, catalogued) = (dump(&pool).await, catalog(&pool).await);

    for projection in projections::all() {
        assert_eq!(build::start(&pool, &projection, EPOCH).await.unwrap(), Begun::Now);
        apply_at(&pool, Site::Building, &[projection], at(0), &log.commits[..70]).await.unwrap();
        let early = build::switch(&pool, &projection, Over::SameLog).await.unwrap();
        assert_eq!(early, Switched::NotYet(log.end()));
        assert_eq!(dump(&pool).await, rows);

        // Whoever goes on with it goes on where it stopped.
        assert_eq!(build::start(&pool, &projection, EPOCH).await.unwrap(), Begun::Already);
        let place = build::under_way(&pool, &projections::all()).await.unwrap().remove(0);
        assert_eq!((place.projection.name, place.at), (projection.name, at(70)));
        apply_at(&pool, Site::Building, &[projection], at(70), &log.commits).await.unwrap();
        assert_eq!(build::switch(&pool, &projection, Over::SameLog).await.unwrap(), Switched::Yes);
        assert!(build::under_way(&pool, &projections::all()).await.unwrap().is_empty());
    }
    assert_eq!(dump(&pool).await, rows);
    assert_eq!(catalog(&pool).await, catalogued);
    assert_eq!(progress(&pool, &projections::all()).await.unwrap(), Some(log.end()));
}

#[tokio::test]
async fn who_reads_and_who_projects_go_on_over_a_switch() {
    let pool = database().await;
    let mut log = Log::default();
    log.tell(aqua(), [created("Aqua").into()]);
    project(&pool, &log).await;
    assert_eq!(names(&pool).await, ["Aqua"]);
    // The new rows are ahead of the old ones: the batch that comes next is fenced, and begins behind them.
    log.tell(crate::story::bard(), [created("Bard").into()]);
    rebuilt(&pool, &projection("characters"), &log).await;
    assert_eq!(names(&pool).await, ["Bard", "Aqua"]);
    let fenced = apply_batch(&pool, &projections::all(), at(1), &log.commits).await;
    assert!(matches!(fenced, Err(ApplyError::Fenced { .. })), "{fenced:?}");
    project(&pool, &log).await;
    assert_eq!(names(&pool).await, ["Bard", "Aqua"]);
}

#[tokio::test]
async fn what_cannot_be_applied_is_parked_beside_and_comes_along() {
    let pool = poisoned().await;
    let log = parking::log();
    begin(&pool, &projections::all(), EPOCH).await.unwrap();
    apply_batch(&pool, &projections::all(), at(0), &log.commits).await.unwrap();
    let before = places(&pool).await;
    assert_eq!(before.len(), 2);
    rebuilt(&pool, &projection("characters"), &log).await;
    assert_eq!(places(&pool).await, before);

    sqlx::raw_sql("alter table characters drop constraint no_poison").execute(&pool).await.unwrap();
    rebuilt(&pool, &projection("characters"), &log).await;
    assert_eq!(places(&pool).await, []);
    assert_eq!(names(&pool).await, ["Bard"]); // The other one was retired.
}

#[tokio::test]
async fn a_new_version_takes_over_and_the_old_one_is_fenced_for_good() {
    let pool = database().await;
    let mut log = Log::default();
    log.tell(aqua(), [created("Aqua").into()]);
    project(&pool, &log).await;
    let old = projection("characters");
    let new = Projection { version: 2, ..old };
    assert!(begin(&pool, &[new], EPOCH).await.unwrap().is_empty());
    assert_eq!(outdated(&pool, &[new]).await.unwrap().len(), 1);
    assert_eq!(progress(&pool, &[new]).await.unwrap(), None);

    rebuilt(&pool, &new, &log).await;
    assert!(outdated(&pool, &[new]).await.unwrap().is_empty());
    assert_eq!(progress(&pool, &[new]).await.unwrap(), Some(at(1)));
    assert_eq!(
        checkpoints(&pool).await.unwrap().iter().filter(|it| it.projection == "characters").count(),
        1
    );
    log.tell(aqua(), [domain::character::CharacterRetired {}.into()]);
    let fenced = apply_batch(&pool, &[old], at(1), &log.commits).await;
    assert!(matches!(fenced, Err(ApplyError::Fenced { .. })), "{fenced:?}");
    assert!(begin(&pool, &[old], EPOCH).await.unwrap().is_empty());
}

#[tokio::test]
async fn rows_of_another_log_are_not_waited_for() {
    let pool = database().await;
    let mut lost = Log::default();
    (0..3).for_each(|_| lost.tell(aqua(), [created("Aqua").into()]));
    project(&pool, &lost).await;
    let shorter = Log { commits: lost.commits[..1].to_vec(), ..Log::default() };
    let characters = projection("characters");
    build::start(&pool, &characters, EPOCH).await.unwrap();
    apply_at(&pool, Site::Building, &[characters], at(0), &shorter.commits).await.unwrap();
    assert_eq!(build::switch(&pool, &characters, Over::SameLog).await.unwrap(), Switched::NotYet(at(3)));
    assert_eq!(build::switch(&pool, &characters, Over::AnotherLog).await.unwrap(), Switched::Yes);
    assert_eq!(checkpoints(&pool).await.unwrap()[0].position, at(1));
}

#[tokio::test]
async fn a_building_for_another_log_is_begun_again_and_one_can_be_given_up() {
    let pool = database().await;
    let characters = projection("characters");
    build::start(&pool, &characters, EPOCH).await.unwrap();
    let anew = domain::commit::Epoch::new(7);
    assert_eq!(build::start(&pool, &characters, anew).await.unwrap(), Begun::Now);
    assert_eq!(build::under_way(&pool, &[characters]).await.unwrap()[0].at.epoch, anew);
    build::abandon(&pool, &characters).await.unwrap();
    assert!(build::under_way(&pool, &[characters]).await.unwrap().is_empty());
}
