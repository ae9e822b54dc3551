//! Lists: newest first, nothing lost or told twice while rows arrive, and found by name and tag.

use std::collections::HashSet;

use domain::{
    character::{CharacterCreated, CharacterId, CharacterRetired},
    conversation::{ConversationId, ConversationStarted},
};
use projections::{
    characters::{self, Filter, Retired},
    conversations,
    page::{Limit, Paging},
};
use sqlx::PgPool;

use crate::{
    server::database,
    story::{Log, aqua, created, id, mira, profile, project, vlad},
};

fn conversation(number: u128) -> ConversationId {
    id(1_000 + number)
}

fn begun(log: &mut Log, number: u128) {
    let started = ConversationStarted { owner: mira(), characters: vec![aqua()], title: None, persona: None };
    log.tell(conversation(number), [started.into()]);
    // Two conversations of the same instant differ by their ids alone.
    let last = log.commits.len() - 1;
    log.commits[last].commit.at = crate::story::when(u64::try_from(number / 2).unwrap());
}

async fn names(pool: &PgPool, filter: &Filter) -> Vec<String> {
    let page = characters::list(pool, mira(), filter, Paging::default()).await.unwrap();
    page.items.into_iter().map(|row| row.name).collect()
}

fn asking(query: &str) -> Filter {
    Filter { query: Some(query.into()), ..Filter::default() }
}

async fn house(people: &[&str]) -> PgPool {
    let pool = database().await;
    let mut log = Log::default();
    for (number, name) in (100..).zip(people) {
        log.tell::<domain::character::Character>(id(number), [created(name).into()]);
    }
    project(&pool, &log).await;
    pool
}

#[tokio::test]
async fn pages_lose_and_repeat_nothing_while_rows_arrive() {
    let pool = database().await;
    let mut log = Log::default();
    (0..25).for_each(|number| begun(&mut log, number));
    project(&pool, &log).await;

    let (mut seen, mut after, mut next) = (vec![], None, 25);
    loop {
        let paging = Paging { limit: Limit::try_new(4).unwrap(), after };
        let page = conversations::list(&pool, mira(), paging).await.unwrap();
        seen.extend(page.items.iter().map(|row| row.id));
        let Some(cursor) = page.next_cursor else { break };
        after = Some(cursor.parse().unwrap());
        begun(&mut log, next);
        next += 1;
        project(&pool, &log).await;
    }
    let expected: Vec<_> = (0..25).rev().map(conversation).collect();
    assert_eq!(seen.iter().collect::<HashSet<_>>().len(), seen.len());
    assert_eq!(seen, expected);
}

#[tokio::test]
async fn the_newest_comes_first() {
    let pool = house(&["Aqua", "Bard", "Cleo"]).await;
    assert_eq!(names(&pool, &Filter::default()).await, ["Cleo", "Bard", "Aqua"]);
    let other = characters::list(&pool, vlad(), &Filter::default(), Paging::default()).await.unwrap();
    assert_eq!((other.items, other.next_cursor), (vec![], None));
}

#[tokio::test]
async fn a_name_is_found_by_a_part_of_it_and_by_a_slip_of_the_pen() {
    let pool = house(&["Aqua", "Captain Nemo", "100% Cotton", "snake_case", "snakeXcase"]).await;
    assert_eq!(names(&pool, &asking("qu")).await, ["Aqua"]);
    assert_eq!(names(&pool, &asking("NEMO")).await, ["Captain Nemo"]);
    assert_eq!(names(&pool, &asking("captain nemmo")).await, ["Captain Nemo"]);
    assert_eq!(names(&pool, &asking("zzz")).await, Vec::<String>::new());
    assert_eq!(names(&pool, &asking("a\0b")).await, Vec::<String>::new());
}

#[tokio::test]
async fn what_is_typed_is_not_a_pattern() {
    let pool = house(&["100% Cotton", "a_b", "axb", r"back\slash"]).await;
    assert_eq!(names(&pool, &asking("%")).await, ["100% Cotton"]);
    assert_eq!(names(&pool, &asking("_")).await, ["a_b"]);
    assert_eq!(names(&pool, &asking(r"\")).await, [r"back\slash"]);
}

#[tokio::test]
async fn a_character_is_found_by_its_tag_and_hidden_once_retired() {
    let pool = house(&["Aqua"]).await;
    let mut log = Log::default();
    log.tell::<domain::character::Character>(id(100), [created("Aqua").into()]);
    let mut dune = Box::new(profile("Dune"));
    dune.description.tags = vec!["sand".into()];
    let dry = CharacterCreated { owner: mira(), profile: dune.into() };
    let dune: CharacterId = id(200);
    log.tell(dune, [dry.into()]);
    log.tell(dune, [CharacterRetired {}.into()]);
    project(&pool, &log).await;

    let tagged = |tag: &str, retired| Filter { tag: Some(tag.into()), retired, ..Filter::default() };
    assert_eq!(names(&pool, &tagged("water", Retired::LeftOut)).await, ["Aqua"]);
    assert_eq!(names(&pool, &tagged("sand", Retired::LeftOut)).await, Vec::<String>::new());
    assert_eq!(names(&pool, &tagged("sand", Retired::Included)).await, ["Dune"]);
}

#[tokio::test]
async fn a_search_by_name_can_use_its_index() {
    let pool = house(&["Aqua"]).await;
    let mut connection = pool.acquire().await.unwrap();
    let plan = "set enable_seqscan = off; set enable_indexscan = off;";
    sqlx::raw_sql(plan).execute(&mut *connection).await.unwrap();
    let plan: Vec<String> =
        sqlx::query_scalar("explain select id from characters where name ilike '%qua%' or 'qua' <% name")
            .fetch_all(&mut *connection)
            .await
            .unwrap();
    assert!(plan.join("\n").contains("characters_by_name"), "{plan:?}");
}
