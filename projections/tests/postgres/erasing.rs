//! Who was erased is in no row: not in those that were there, not in those that are built anew, whatever comes late.

use std::collections::BTreeSet;

use domain::{
    Event,
    character::{CharacterEvent, VoiceRevised},
    conversation::{AdoptedMessage, Conversation, ConversationEvent, HistoryAdopted, Speaker},
    lorebook::{LorebookCreated, Settings},
    private::forgotten,
    user::{ApiKeyIssued, Rights, UserErased, UserRegistered},
};
use sqlx::PgPool;
use time::OffsetDateTime;

use crate::{
    builds::rebuilt,
    laws::{history, one_by_one},
    server::database,
    story::{Log, aqua, completed, created, dump, id, mira, project, requested, sent, started, vlad},
};

/// Mira and Vlad, each with everything that a person may have. Mira is erased; something of hers comes late.
fn told() -> Log {
    let (mut log, _) = history(7);
    log.tell(mira(), [UserRegistered { name: "Mira".into() }.into()]);
    log.tell::<Conversation>(id(900), [gathering()]);
    log.whose = Some(vlad());
    log.tell(vlad(), [UserRegistered { name: "Vlad".into() }.into()]);
    log.tell(
        vlad(),
        [ApiKeyIssued { key: id(901), hash: "h".into(), label: "castle".into(), rights: Rights::default() }
            .into()],
    );
    let mut his = created("Bat");
    his.owner = vlad();
    log.tell(id::<domain::character::Character>(902), [his.into()]);
    log.tell(
        id::<domain::lorebook::Lorebook>(903),
        [LorebookCreated { owner: vlad(), settings: Settings::default().into() }.into()],
    );
    log.whose = None;
    log.tell(mira(), [UserErased {}.into()]);
    log
}

fn gathering() -> ConversationEvent {
    let message = AdoptedMessage {
        message: id(910),
        origin: id(910),
        speaker: Speaker::Narrator,
        variants: vec!["It never began.".into()],
        chosen: 0,
        at: OffsetDateTime::UNIX_EPOCH,
        name: None,
        hidden: false,
    };
    HistoryAdopted { owner: mira(), messages: vec![message] }.into()
}

/// What was decided while Mira was being erased.
fn late(log: &mut Log) {
    log.tell(aqua(), [CharacterEvent::from(VoiceRevised { voice: Default::default() })]);
    log.tell(id::<domain::character::Character>(920), [created("Late").into()]);
    log.tell::<Conversation>(
        id(921),
        [started(), sent(922, "Too late"), requested(923, Some(922)), completed(923, "Yes")],
    );
}

async fn nothing_of_mira(pool: &PgPool) {
    let rows = format!("{:?}", dump(pool).await);
    for trace in [mira().to_string().as_str(), "Mira", "It never began", "Too late", "Aqua", "Late"] {
        assert!(!rows.contains(trace), "{trace} is left");
    }
    for his in ["Vlad", "castle", "Bat"] {
        assert!(rows.contains(his), "{his} is gone");
    }
}

/// The same log, as it reads when Mira's key is destroyed.
fn without_words(log: &Log) -> Log {
    let mut log = log.clone();
    let hers = log.commits.iter_mut().filter(|recorded| recorded.commit.whose == Some(mira()));
    for event in hers.flat_map(|recorded| &mut recorded.commit.events) {
        let event: &mut Event = &mut event.event;
        *event = forgotten(event);
    }
    log
}

#[tokio::test]
async fn who_was_erased_is_in_no_row_and_others_stay() {
    let (batch, single) = (database().await, database().await);
    let mut log = told();
    project(&batch, &log).await;
    one_by_one(&single, &log).await;
    nothing_of_mira(&batch).await;
    assert_eq!(dump(&batch).await, dump(&single).await);

    late(&mut log);
    project(&batch, &log).await;
    nothing_of_mira(&batch).await;
}

#[tokio::test]
async fn rebuilt_without_words_equals_live() {
    let (live, built) = (database().await, database().await);
    let mut log = told();
    late(&mut log);
    one_by_one(&live, &log).await;
    let (rows, log) = (dump(&live).await, without_words(&log));
    project(&built, &log).await;
    assert_eq!(dump(&built).await, rows);
    for projection in projections::all() {
        rebuilt(&built, &projection, &log).await;
        assert_eq!(dump(&built).await, rows, "{projection:?}");
    }
    nothing_of_mira(&built).await;
}

/// Tables that are no projection's, and hold ids and numbers at most.
const OF_NOBODY: [&str; 5] = ["_sqlx_migrations", "checkpoints", "erased", "parked", "signed_checkpoints"];

/// Whoever adds a table has to say here how a person is forgotten in it, or that nobody is in it.
#[tokio::test]
async fn no_table_is_left_out() {
    let pool = database().await;
    let known: BTreeSet<_> =
        projections::all().iter().flat_map(|it| it.tables).chain(&OF_NOBODY).copied().collect();
    let tables: Vec<String> =
        sqlx::query_scalar("select tablename from pg_tables where schemaname = current_schema()")
            .fetch_all(&pool)
            .await
            .unwrap();
    assert_eq!(tables.iter().map(String::as_str).collect::<BTreeSet<_>>(), known);

    let (mut log, _) = history(11);
    project(&pool, &log).await;
    let empty = |(_, rows): &&(&'static str, Vec<serde_json::Value>)| rows.is_empty();
    let before = dump(&pool).await;
    assert_eq!(
        before.iter().map(|(table, _)| *table).collect::<BTreeSet<_>>().len(),
        known.len() - OF_NOBODY.len()
    );
    assert_eq!(before.iter().find(empty), None, "something of Mira's is in every table");
    log.tell(mira(), [UserErased {}.into()]);
    project(&pool, &log).await;
    let after = dump(&pool).await;
    assert_eq!(after.iter().filter(empty).count(), after.len(), "{after:?}");
}

#[tokio::test]
async fn forgetting_twice_is_once_and_words_that_are_forgotten_already_do_not_matter() {
    let pool = database().await;
    let mut log = without_words(&told());
    log.tell(mira(), [UserErased {}.into()]);
    project(&pool, &log).await;
    nothing_of_mira(&pool).await;
}
