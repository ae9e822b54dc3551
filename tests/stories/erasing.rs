//! Words lie sealed wherever the house stores them for good, and who is erased is forgotten everywhere.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use nats::{NatsOptions, Objects, keys::Pocket};
use reqwest::Method;
use serde_json::json;
use sqlx::{AssertSqlSafe, Connection, PgConnection};

use crate::browser::Browser;
use crate::card::{card, json_file};
use crate::guest::Guest;
use crate::house::{Innkeeper, Plan};
use crate::line::Line;
use crate::model_stub::Stub;
use crate::servers::Place;

/// Where browsers keep what they have.
const SYNC: &str = "/api/webdav/chatgpt-next-web/backup.json";
/// A word that nothing but a person would say.
const WORD: &str = "Zwetschgendatschi";

/// Says the word in every way that there is, and answers a conversation, a character and a reply.
async fn lives(guest: &Guest, stub: &Stub) -> (String, String, String) {
    guest.speaks_through(stub, "echo").await;
    let mut ida = card(2, &format!("Ida {WORD}"));
    ida["data"]["description"] = json!(format!("Bakes {WORD}."));
    let ida = guest.imports(json_file(&ida)).await.is(201).text("id");
    let face = guest.request(Method::PUT, &format!("characters/{ida}/expressions/{WORD}"));
    guest.asks(face.body(cards::drawn_portrait(WORD))).await.is(200);
    let book = json!({"name": WORD, "entries": {"0": {"uid": 0, "key": [WORD], "content": WORD}}});
    guest.brings_lore(book.to_string().into_bytes()).await.is(201);
    let persona = json!({"name": WORD, "title": WORD, "description": WORD, "rest": {WORD: WORD}});
    let persona = guest.posts("personas", persona).await.is(201).text("id");
    let picture = cards::write_png(&cards::drawn_portrait(WORD), &json!({"name": WORD})).unwrap();
    let avatar = guest.request(Method::PUT, &format!("personas/{persona}/avatar")).body(picture);
    guest.asks(avatar).await.is(200);
    guest.puts("personas/default", json!({"persona_id": persona})).await.is(200);
    let sit = json!({"character_ids": [ida], "title": WORD, "persona": {"name": WORD, "description": WORD}});
    let conversation = guest.posts("conversations", sit).await.is(201).text("id");
    let said = guest.says(&conversation, &format!("I like {WORD}")).await;
    assert!(guest.hears_out(said.reply()).await.completed().contains(WORD), "it was really said");
    let wanted = json!({"instruction": format!("Praise {WORD}")});
    let path = format!("conversations/{conversation}/impersonations");
    let asked = guest.posts(&path, wanted).await.is(202).json();
    let proposal = asked["replies"][0]["reply_id"].as_str().unwrap();
    let position = guest.listens(proposal).await.until("completed").await.data["position"].clone();
    guest.remembers(position.as_str().unwrap());
    guest.posts("me/keys", json!({"label": WORD})).await.is(201);
    syncs(guest).await;
    (conversation, ida, said.reply().to_owned())
}

/// What a browser of theirs uploads.
async fn syncs(guest: &Guest) {
    let session = json!({"id": "one", "topic": WORD, "messages": [], "lastUpdate": 1});
    let state = json!({"chat-next-web-store": {"sessions": [session], "currentSessionIndex": 0}});
    guest.puts(SYNC, state).await.is(201);
}

/// The files below a folder that hold these bytes.
fn holding(folder: &Path, bytes: &[u8]) -> Vec<String> {
    let mut found = vec![];
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        if entry.file_type().unwrap().is_dir() {
            found.extend(holding(&entry.path(), bytes));
        } else if fs::read(entry.path()).unwrap().windows(bytes.len()).any(|window| window == bytes) {
            found.push(entry.path().display().to_string());
        }
    }
    found
}

/// Every row of every table of a database, as text; when checkpoints moved and tables were made is not of interest.
async fn dump(url: &str) -> String {
    let mut connection = PgConnection::connect(url).await.unwrap();
    let tables: Vec<String> = sqlx::query_scalar(
        "select format('%I.%I', schemaname, tablename)
         from pg_tables
         where schemaname not in ('pg_catalog', 'information_schema')
           and tablename not in ('checkpoints', 'signed_checkpoints', '_sqlx_migrations')
         order by 1",
    )
    .fetch_all(&mut connection)
    .await
    .unwrap();
    let mut text = String::new();
    for table in tables {
        let rows = format!("select t::text from {table} t order by 1");
        let rows: Vec<String> =
            sqlx::query_scalar(AssertSqlSafe(rows)).fetch_all(&mut connection).await.unwrap();
        text += &format!("{table}\n{}\n", rows.join("\n"));
    }
    text
}

fn keys_url(database_url: &str) -> String {
    match database_url.split_once('?') {
        Some((url, options)) => format!("{url}_keys?{options}"),
        None => format!("{database_url}_keys"),
    }
}

/// Who they are, whatever the rows have seen.
async fn me(guest: &Guest, field: &str) -> String {
    guest.asks(guest.request(Method::GET, "me")).await.is(200).text(field)
}

pub(crate) async fn is_erased(guest: &Guest) -> String {
    let name = me(guest, "name").await;
    let request = guest.request(Method::DELETE, "me").json(&json!({ "name": name }));
    guest.asks(request).await.is(200).text("position")
}

/// Waits until the rows have seen this position, through somebody else's eyes.
pub(crate) async fn rows_have_seen(witness: &Guest, position: &str) {
    witness.remembers(position);
    witness.gets("characters").await.is(200);
}

#[tokio::test]
async fn nobodys_words_lie_in_the_store_in_clear() {
    let plan = Plan::alone();
    let house = plan.opens().await;
    let (owner, stub) = (house.owner(), Stub::start().await);
    lives(&owner, &stub).await;
    assert!(house.stops().success());
    let store = plan.folder().join("nats");
    // What is open is found, so the search is one.
    assert!(!holding(&store, b"MessageSent").is_empty());
    assert_eq!(holding(&store, WORD.as_bytes()), Vec::<String>::new());
    assert_eq!(holding(&store, &hex_of(&plan)), Vec::<String>::new(), "the master key is in the log");
}

/// The master key of the folder.
fn hex_of(plan: &Plan) -> Vec<u8> {
    fs::read(plan.folder().join("master.key")).unwrap()
}

#[tokio::test]
async fn who_is_erased_is_forgotten_in_every_table_and_every_process_and_others_are_not() {
    let place = Place::new().await;
    let plan = Plan::on(&place);
    let house = plan.opens().await;
    let second = plan.elsewhere().opens_as(&["serve"]).await;
    let (stub, mira, vlad) = (Stub::start().await, house.guest("Mira").await, house.guest("Vlad").await);
    let (conversation, ida, reply) = lives(&mira, &stub).await;
    let castle = vlad.invents("Castle").await;
    let (mira_there, browser) = (mira.at(second.address()), Browser::of(house.address(), mira.key()).await);
    let there = Browser::of(second.address(), mira.key()).await;
    let told = mira_there.words(&conversation).await;
    assert!(told.iter().any(|words| words.contains(WORD)), "the other process has it at hand, too");
    let before = dump(&place.database_url).await;
    assert!(before.contains(WORD));
    let synced = browser.opens(SYNC).await.is(200).json();
    assert!(synced.to_string().contains(&format!("\"topic\":\"{WORD}\"")), "{synced}");

    let wrong = mira.request(Method::DELETE, "me").json(&json!({ "name": "Vlad" }));
    mira.asks(wrong).await.is_refused(422, "not-confirmed");
    let name = me(&mira, "name").await;
    let position = is_erased(&mira).await;
    rows_have_seen(&vlad, &position).await;
    rows_have_seen(&vlad.at(second.address()), &position).await;

    for browser in [&browser, &there] {
        browser.opens("/api/v1/me").await.is_refused(401, "unauthorized");
        browser.opens(SYNC).await.is(401);
    }
    for guest in [&mira, &mira_there] {
        for path in
            ["me", "characters", SYNC, &format!("conversations/{conversation}"), &format!("characters/{ida}")]
        {
            guest.asks(guest.request(Method::GET, path)).await.is_refused(401, "unauthorized");
        }
        let more = guest.request(Method::POST, &format!("conversations/{conversation}/messages"));
        guest.asks(more.json(&json!({"text": WORD}))).await.is_refused(401, "unauthorized");
        guest.asks(guest.request(Method::GET, &format!("replies/{reply}/stream"))).await.is(401);
    }
    let after = dump(&place.database_url).await;
    for trace in [WORD, name.as_str(), conversation.as_str(), ida.as_str(), reply.as_str()] {
        let left: Vec<_> = after.lines().filter(|line| line.contains(trace)).collect();
        assert!(left.is_empty(), "{trace} is left: {left:?}");
    }
    assert!(after.contains("Castle"), "others stay");
    vlad.gets(&format!("characters/{castle}")).await.is(200);
    assert_eq!(rebuilt(&house, &place).await, after, "built anew from the log it is the same");
}

/// The tables after all of them were built anew.
async fn rebuilt(house: &Innkeeper, place: &Place) -> String {
    let told = house.plan().runs(&["projections", "rebuild", "all"]).await;
    assert!(told.status.success(), "{}", String::from_utf8_lossy(&told.stderr));
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        let text = dump(&place.database_url).await;
        if !text.contains("rebuild_") {
            return text;
        }
        assert!(Instant::now() < deadline, "the building does not end");
    }
}

#[tokio::test]
async fn the_keys_of_who_is_erased_are_gone_for_good_and_the_log_goes_on() {
    let place = Place::new().await;
    let plan = Plan::on(&place);
    let house = plan.opens().await;
    let (stub, mira) = (Stub::start().await, house.guest("Mira").await);
    lives(&mira, &stub).await;
    let user = me(&mira, "id").await;
    assert_eq!(keys_of(&place, &user).await, 1);

    is_erased(&mira).await;
    assert_eq!(keys_of(&place, &user).await, 0);
    let tombstones = rows_of(&dump(&keys_url(&place.database_url)).await, "people", &user);
    assert_eq!(tombstones, 1, "so that no key is made for them again");

    // A house that knows nothing but the log opens all the same, and somebody new may be called the same.
    house.dies();
    let house = plan.elsewhere().opens().await;
    let another = house.guest("Mira").await;
    assert_ne!(me(&another, "id").await, user);
    let (conversation, ..) = lives(&another, &stub).await;
    assert!(another.words(&conversation).await.iter().any(|words| words.contains(WORD)));
    let status = house.plan().runs(&["projections", "status"]).await;
    let told = String::from_utf8_lossy(&status.stdout).into_owned();
    assert!(status.status.success() && !told.contains(WORD), "{told}");
}

#[tokio::test]
async fn a_reply_that_is_being_said_ends_with_the_person_to_whom_it_is_said() {
    let house = Plan::shared().await.opens().await;
    let (mira, stub) = (house.guest("Mira").await, Stub::start().await);
    let conversation = mira.sits_down(&stub, "stall").await;
    let (_, listening) = mira.talks(&conversation, "Go on").await;
    is_erased(&mira).await;
    assert_eq!(listening.heard().await.failed(), "reply-cancelled");
}

#[tokio::test]
async fn of_files_that_were_brought_and_uploaded_nothing_is_left_of_who_is_erased() {
    let place = Place::new().await;
    let house = Plan::on(&place).opens().await;
    let (stub, mira, vlad) = (Stub::start().await, house.guest("Mira").await, house.guest("Vlad").await);
    lives(&mira, &stub).await;
    lives(&vlad, &stub).await;
    let (hers, his) = (me(&mira, "id").await, me(&vlad, "id").await);
    is_erased(&mira).await;
    assert_eq!(files_of(&place, &hers).await, 0);
    assert!(files_of(&place, &his).await >= 4, "a card, a face, a lorebook, and what a browser uploaded");
}

/// How many files there were of a person; there are none afterwards.
async fn files_of(place: &Place, user: &str) -> usize {
    let mut options = NatsOptions::new(&place.nats_url);
    options.prefix = place.prefix.parse().unwrap();
    let nats = nats::connect(&options).await.unwrap();
    let objects = Objects::open(&nats, Arc::new(Pocket::default())).await.unwrap();
    objects.remove_all(user.parse().unwrap()).await.unwrap()
}

#[tokio::test]
async fn what_could_not_be_destroyed_when_somebody_was_erased_is_destroyed_later() {
    let place = Place::new().await;
    let (line, near) = Line::to(&place.database_url).await;
    let plan = Plan::on(&place);
    // The first house makes the database of keys; the second reaches it by a line that can be cut.
    plan.opens().await.dies();
    let serving = plan.elsewhere().with("INNKEEPER_KEYS_URL", &keys_url(&near)).opens_as(&["serve"]).await;
    let mira = serving.guest("Mira").await;
    mira.invents("Ida").await;
    let user = me(&mira, "id").await;
    line.is_cut();
    is_erased(&mira).await;
    mira.asks(mira.request(Method::GET, "me")).await.is_refused(401, "unauthorized");
    serving.dies();
    assert_eq!(keys_of(&place, &user).await, 1, "they could not be destroyed yet");

    let house = plan.opens().await;
    let deadline = Instant::now() + Duration::from_secs(60);
    while keys_of(&place, &user).await > 0 {
        assert!(Instant::now() < deadline, "nobody destroys them");
    }
    let witness = house.guest("Vlad").await;
    witness.invents("Castle").await;
    witness.gets("characters").await.is(200);
    let rows = dump(&place.database_url).await;
    assert!(rows.contains("Castle") && !rows.contains("Ida"), "{rows}");
}

/// How many keys a person has.
async fn keys_of(place: &Place, user: &str) -> usize {
    rows_of(&dump(&keys_url(&place.database_url)).await, "data_keys", user)
}

/// How many rows of a table speak of a person.
fn rows_of(dump: &str, table: &str, user: &str) -> usize {
    let rows = dump.split("public.").find(|part| part.starts_with(table)).unwrap_or_default();
    rows.lines().skip(1).filter(|row| row.contains(user)).count()
}
