//! The past is what the rows were.

use domain::{character::Character, commit::Recorded};
use projections::{
    characters::{self, CharacterSummary, Filter, Retired},
    conversations,
    page::{Limit, Paging},
    past::{self, Horizon},
    transcripts,
};
use sqlx::PgPool;
use uuid::Uuid;

use crate::{
    laws::history,
    server::database,
    story::{Log, aqua, at, bard, created, id, mira, project, when},
};

async fn all_rows(pool: &PgPool, talk: Uuid) -> Vec<transcripts::MessageRow> {
    let (mut rows, mut after) = (vec![], None);
    loop {
        let paging = Paging { limit: Limit::try_new(7).unwrap(), after };
        let Some(page) = transcripts::list(pool, mira(), id(talk.as_u128()), paging).await.unwrap() else {
            return rows;
        };
        rows.extend(page.items);
        let Some(cursor) = page.next_cursor else { return rows };
        after = Some(cursor.parse().unwrap());
    }
}

fn of(commits: &[Recorded], aggregate: Uuid) -> Vec<Recorded> {
    commits.iter().filter(|commit| commit.aggregate.id == aggregate).cloned().collect()
}

#[tokio::test]
async fn any_place_of_the_past_is_what_the_rows_were_there() {
    let pool = database().await;
    let (log, talks) = history(21);
    let (mut end, step) = (0, log.commits.len() / 9);
    while end < log.commits.len() {
        end = (end + step).min(log.commits.len());
        let until = Log { commits: log.commits[..end].to_vec(), ..Log::default() };
        project(&pool, &until).await;
        for talk in &talks {
            let row = conversations::show(&pool, mira(), talk.id).await.unwrap();
            let past = past::conversation(&of(&until.commits, talk.id.uuid())).unwrap();
            assert_eq!(past.as_ref().map(|past| &past.row), row.as_ref(), "{} at {end}", talk.id);
            let rows = all_rows(&pool, talk.id.uuid()).await;
            assert_eq!(past.map_or(vec![], past::PastConversation::all_messages), rows);
        }
        let row = characters::show(&pool, mira(), aqua()).await.unwrap();
        assert_eq!(past::character(&of(&until.commits, aqua().uuid())).unwrap(), row);
    }
}

#[tokio::test]
async fn its_pages_are_those_of_the_rows() {
    let pool = database().await;
    let (log, talks) = history(22);
    project(&pool, &log).await;
    let talk = talks.iter().max_by_key(|talk| talk.transcript.lines.len()).unwrap();
    let (mut after, mut pages) = (None, 0);
    loop {
        let paging = Paging { limit: Limit::try_new(5).unwrap(), after };
        let past = past::conversation(&of(&log.commits, talk.id.uuid())).unwrap().unwrap().messages(paging);
        let rows = transcripts::list(&pool, mira(), talk.id, paging).await.unwrap().unwrap();
        assert_eq!(past, rows);
        pages += 1;
        let Some(cursor) = past.next_cursor else { break };
        after = Some(cursor.parse().unwrap());
    }
    assert!(pages > 2);
}

/// How the lists were at each place, told by the rows that are there in the end.
#[tokio::test]
async fn the_lists_of_the_past_are_what_the_lists_were_there() {
    let (pool, then) = (database().await, database().await);
    let (mut log, _) = history(23);
    log.tell::<Character>(id(12), [created("Cid").into()]);
    project(&pool, &log).await;
    let step = log.commits.len() / 7;
    for end in (0..log.commits.len()).step_by(step).chain([log.commits.len()]).skip(1) {
        let until = &log.commits[..end];
        project(&then, &Log { commits: until.to_vec(), ..Log::default() }).await;
        let sequence = u64::try_from(end).unwrap();
        for horizon in [Horizon::Position(at(sequence)), Horizon::Time(when(sequence))] {
            let paging = Paging { limit: Limit::try_new(100).unwrap(), after: None };
            let begun = past::begun_characters(&pool, mira(), horizon, paging).await.unwrap();
            let rows = begun.items.iter().map(|begun| past::character(&of(until, begun.id.uuid())));
            let rows: Vec<_> = rows.map(|row| CharacterSummary::from(row.unwrap().unwrap())).collect();
            let filter = Filter { retired: Retired::Included, ..Filter::default() };
            assert_eq!(rows, characters::list(&then, mira(), &filter, paging).await.unwrap().items);

            let begun = past::begun_conversations(&pool, mira(), horizon, paging).await.unwrap();
            let rows = begun.items.iter().map(|begun| past::conversation(&of(until, begun.id.uuid())));
            let rows: Vec<_> = rows.map(|past| past.unwrap().unwrap().row).collect();
            assert_eq!(rows, conversations::list(&then, mira(), paging).await.unwrap().items);
        }
    }
}

#[tokio::test]
async fn what_had_begun_comes_in_pages() {
    let (pool, mut log) = (database().await, Log::default());
    for (number, name) in (aqua().uuid().as_u128()..).zip(["Aqua", "Bard", "Cid"]) {
        log.tell::<Character>(id(number), [created(name).into()]);
    }
    project(&pool, &log).await;
    let limit = Limit::try_new(1).unwrap();
    let first = Paging { limit, after: None };
    let page = past::begun_characters(&pool, mira(), Horizon::Position(at(2)), first).await.unwrap();
    assert_eq!(page.items.iter().map(|begun| begun.id).collect::<Vec<_>>(), [bard()]);
    let after = page.next_cursor.map(|cursor| cursor.parse().unwrap());
    assert_eq!(after, Some(page.items[0].cursor));
    let next = Paging { limit, after };
    let page = past::begun_characters(&pool, mira(), Horizon::Position(at(2)), next).await.unwrap();
    assert_eq!(page.items.iter().map(|begun| begun.id).collect::<Vec<_>>(), [aqua()]);
    assert_eq!(page.next_cursor, None);
}
