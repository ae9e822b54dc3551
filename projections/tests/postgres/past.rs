//! The past is what the rows were.

use domain::commit::Recorded;
use projections::{
    characters, conversations,
    page::{Limit, Paging},
    past, transcripts,
};
use sqlx::PgPool;
use uuid::Uuid;

use crate::{
    laws::history,
    server::database,
    story::{Log, aqua, id, mira, project},
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
