//! A commit that cannot be applied parks its aggregate, and nobody else.

use domain::{
    character::CharacterRetired,
    commit::{AggregateKey, Kind},
};
use projections::{
    Site, Standing, Unreadable, apply_batch, begin, characters,
    page::Paging,
    parked,
    retry::{self, Retried},
};
use sqlx::PgPool;

use crate::{
    server::database,
    story::{EPOCH, Log, aqua, at, bard, created, dump, mira, project, projection, sent, started, talk},
};

/// From now on the database finds fault with one name.
pub(crate) async fn poisoned() -> PgPool {
    let pool = database().await;
    sqlx::raw_sql("alter table characters add constraint no_poison check (name <> 'Poison')")
        .execute(&pool)
        .await
        .unwrap();
    pool
}

pub(crate) fn log() -> Log {
    let mut log = Log::talk([started()]);
    log.tell(aqua(), [created("Poison").into()]);
    log.tell(bard(), [created("Bard").into()]);
    log.tell(aqua(), [CharacterRetired {}.into()]);
    log.tell(talk(), [sent(60, "Hello")]);
    log
}

pub(crate) async fn places(pool: &PgPool) -> Vec<(String, u64, String)> {
    let parked = parked::list(pool).await.unwrap();
    parked.into_iter().map(|parked| (parked.projection, parked.sequence, parked.reason)).collect()
}

#[tokio::test]
async fn a_poisonous_commit_parks_its_aggregate_only() {
    let pool = poisoned().await;
    let Standing { at: from, projections, .. } =
        begin(&pool, &projections::all(), EPOCH).await.unwrap().remove(0);
    let applied = apply_batch(&pool, &projections, from, &log().commits).await.unwrap();

    assert_eq!(applied.position, at(5));
    let behind = "behind: an earlier commit of the same aggregate is parked";
    let reason = "sqlstate 23514 table=characters constraint=no_poison";
    let expected =
        [("characters".to_owned(), 2, reason.to_owned()), ("characters".to_owned(), 4, behind.to_owned())];
    assert_eq!(places(&pool).await, expected);
    assert_eq!(applied.parked.len(), 2);
    let page =
        characters::list(&pool, mira(), &characters::Filter::default(), Paging::default()).await.unwrap();
    assert_eq!(page.items.iter().map(|row| row.name.as_str()).collect::<Vec<_>>(), ["Bard"]);
    let row = projections::conversations::show(&pool, mira(), talk()).await.unwrap().unwrap();
    assert_eq!(row.message_count, 1);
}

#[tokio::test]
async fn a_later_batch_waits_behind_what_is_parked() {
    let pool = poisoned().await;
    let projections = projections::all();
    begin(&pool, &projections, EPOCH).await.unwrap();
    let commits = log().commits;
    apply_batch(&pool, &projections, at(0), &commits[..3]).await.unwrap();
    apply_batch(&pool, &projections, at(3), &commits[3..]).await.unwrap();
    let sequences: Vec<_> = places(&pool).await.into_iter().map(|(_, sequence, _)| sequence).collect();
    assert_eq!(sequences, [2, 4]);
}

#[tokio::test]
async fn a_commit_that_cannot_be_read_parks_its_aggregate_where_it_would_be_read() {
    let pool = database().await;
    let projections = projections::all();
    begin(&pool, &projections, EPOCH).await.unwrap();
    let mut log = Log::talk([started()]);
    log.tell(talk(), [sent(60, "Hello")]);
    log.tell(talk(), [sent(61, "Are you there?")]);
    apply_batch(&pool, &projections, at(0), &log.commits[..1]).await.unwrap();

    let unreadable = Unreadable {
        position: at(2),
        aggregate: Some(AggregateKey { kind: Kind::Conversation, id: talk().uuid() }),
        reason: "codec: not a commit".into(),
    };
    let applied =
        projections::park_unreadable(&pool, Site::House, &projections, at(1), &unreadable).await.unwrap();
    assert_eq!((applied.position, applied.parked.len()), (at(2), 1));
    let applied = apply_batch(&pool, &projections, at(2), &log.commits[2..]).await.unwrap();
    assert_eq!((applied.position, applied.parked.len()), (at(3), 1));
}

#[tokio::test]
async fn what_was_parked_is_tried_again_in_its_order_and_then_the_rows_are_as_if_nothing_had_been() {
    let (pool, straight) = (poisoned().await, database().await);
    let (log, characters) = (log(), projection("characters"));
    begin(&pool, &projections::all(), EPOCH).await.unwrap();
    apply_batch(&pool, &projections::all(), at(0), &log.commits).await.unwrap();
    project(&straight, &log).await;

    let [(aggregate, first)] = retry::waiting(&pool, &characters, 10).await.unwrap()[..] else { panic!() };
    assert_eq!((aggregate, first), (AggregateKey { kind: Kind::Character, id: aqua().uuid() }, 2));
    let commits: Vec<_> = log.commits.iter().filter(|it| it.aggregate == aggregate).cloned().collect();
    let tried = retry::retry(&pool, &characters, aggregate, &commits).await.unwrap();
    assert!(matches!(tried, Retried::Partly { applied: 0, sequence: 2, .. }), "{tried:?}");
    assert_eq!(places(&pool).await.len(), 2);

    sqlx::raw_sql("alter table characters drop constraint no_poison").execute(&pool).await.unwrap();
    let outdated = retry::retry(&pool, &characters, aggregate, &commits[..1]).await.unwrap();
    assert_eq!(outdated, Retried::Outdated);
    let tried = retry::retry(&pool, &characters, aggregate, &commits).await.unwrap();
    assert_eq!(tried, Retried::Whole { applied: 2 });
    assert_eq!(places(&pool).await, []);
    assert_eq!(dump(&pool).await, dump(&straight).await);
}
