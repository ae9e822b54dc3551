//! NextChat's sync, in both of its languages: conversations from other devices appear, and what is uploaded is kept.

use std::fs;
use std::path::Path;

use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use crate::answer::Answer;
use crate::browser::Browser;
use crate::card::{card, json_file};
use crate::guest::Guest;
use crate::house::{Innkeeper, Plan};
use crate::model_stub::{Stub, WORDS};

const FILE: &str = "/api/webdav/chatgpt-next-web/backup.json?endpoint=https%3A%2F%2Fdav.example%2F";
const CHATS: &str = "chat-next-web-store";

/// Syncs as the page does, by its session.
async fn fetches(browser: &Browser) -> Value {
    browser.opens(FILE).await.is(200).json()
}

async fn uploads(browser: &Browser, state: &Value) -> Answer {
    browser.asks(browser.request(Method::PUT, FILE).json(state)).await
}

fn sessions(state: &Value) -> &Vec<Value> {
    state[CHATS]["sessions"].as_array().expect("sessions")
}

fn session<'a>(state: &'a Value, id: &str) -> &'a Value {
    sessions(state).iter().find(|session| session["id"] == id).unwrap_or_else(|| panic!("no {id} in {state}"))
}

fn words(session: &Value) -> Vec<String> {
    let text = |message: &Value| message["content"].as_str().expect("words").to_owned();
    session["messages"].as_array().expect("messages").iter().map(text).collect()
}

/// A state with a session in it that was held with somebody else.
fn foreign(id: &str, word: &str) -> Value {
    let message =
        json!({"id": format!("{id}-1"), "date": "11/25/2026, 10:00:00 PM", "role": "user", "content": word});
    json!({
        CHATS: {"sessions": [{"id": id, "topic": word, "messages": [message], "lastUpdate": 1.5}], "currentSessionIndex": 0},
        "access-control": {"openaiApiKey": "sk-secret", "accessCode": "nk"},
        "app-config": {"theme": "dark"}, "mask-store": {"masks": {"m": {"name": "Mine"}}}, "prompt-store": {"prompts": {}},
    })
}

async fn evening(house: &Innkeeper, stub: &Stub) -> (Guest, Browser, String) {
    let mira = house.guest("Mira").await;
    let browser = Browser::of(house.address(), mira.key()).await;
    mira.speaks_through(stub, "normal").await;
    let aqua = mira.imports(json_file(&card(2, "Aqua"))).await.is(201).text("id");
    let sit = json!({"character_ids": [aqua], "title": "An evening"});
    let conversation = mira.posts("conversations", sit).await.is(201).text("id");
    mira.hears(&conversation, "Good evening").await.completed();
    (mira, browser, conversation)
}

#[tokio::test]
async fn a_conversation_from_another_device_is_a_session_and_stays_one() {
    let house = Innkeeper::common().await;
    let stub = Stub::start().await;
    let (mira, browser, conversation) = evening(house, &stub).await;
    let folder = "/api/webdav/chatgpt-next-web/?proxy_method=MKCOL&endpoint=x";
    browser.opens(folder).await.is(201);

    let state = fetches(&browser).await;

    assert_eq!(state["access-control"], json!({}));
    assert!(state["mask-store"]["masks"].is_object() && state["prompt-store"]["prompts"].is_object());
    let told = session(&state, &conversation);
    assert_eq!(told["topic"], "An evening");
    assert_eq!(words(told), ["Good evening".to_owned(), WORDS.concat()]);
    let mask = &told["mask"];
    assert_eq!(mask["context"][0]["content"], "Come in, I am Aqua!", "NextChat's own greeting is not wanted");
    assert_eq!(
        (&mask["modelConfig"]["model"], &mask["modelConfig"]["sendMemory"]),
        (&json!("Aqua"), &json!(false))
    );
    let story = mira.story(&conversation).await;
    for (message, said) in told["messages"].as_array().unwrap().iter().zip(&story[1..]) {
        assert_eq!(message["id"], said["id"], "ids that stay");
        assert!(OffsetDateTime::parse(message["date"].as_str().unwrap(), &Rfc3339).is_ok());
    }

    // The browser merges it and uploads everything; then it goes on elsewhere.
    uploads(&browser, &state).await.is(201);
    mira.hears(&conversation, "And now?").await.completed();
    let later = fetches(&browser).await;
    assert_eq!(sessions(&later).len(), 1);
    assert_eq!(words(session(&later, &conversation)).len(), 4);
}

#[tokio::test]
async fn what_is_uploaded_is_kept_without_its_keys_and_nobody_else_sees_it() {
    let house = Innkeeper::common().await;
    let stub = Stub::start().await;
    let (mira, browser, conversation) = evening(house, &stub).await;
    let vera = house.guest("Vera").await;
    let hers = Browser::of(house.address(), vera.key()).await;

    uploads(&browser, &foreign("one", "Tea")).await.is(201);
    uploads(&hers, &foreign("two", "Coffee")).await.is(201);

    let state = fetches(&browser).await;
    let ids: Vec<_> = sessions(&state).iter().map(|session| session["id"].as_str().unwrap()).collect();
    assert_eq!(ids, [conversation.as_str(), "one"]);
    assert_eq!(session(&state, "one")["lastUpdate"], json!(1.5), "as it was");
    assert_eq!((&state["app-config"]["theme"], &state["access-control"]), (&json!("dark"), &json!({})));
    assert_eq!(state["mask-store"]["masks"]["m"]["name"], "Mine");
    let others = fetches(&hers).await;
    assert_eq!(sessions(&others).len(), 1);
    assert_eq!(words(session(&others, "two")), ["Coffee"]);
    let stranger = Browser::at(house.address());
    stranger.opens(FILE).await.is_refused(401, "unauthorized");
    uploads(&stranger, &json!({})).await.is_refused(401, "unauthorized");

    // Two devices that upload at once do not overwrite each other.
    let (phone, tablet) =
        (Browser::of(house.address(), mira.key()).await, Browser::of(house.address(), mira.key()).await);
    let (phones, tablets) = (foreign("phone", "Milk"), foreign("tablet", "Juice"));
    let (first, second) = tokio::join!(uploads(&phone, &phones), uploads(&tablet, &tablets));
    assert_eq!((first.status, second.status), (201, 201));
    let state = fetches(&browser).await;
    for id in [conversation.as_str(), "one", "phone", "tablet"] {
        session(&state, id);
    }
}

#[tokio::test]
async fn the_browser_that_held_a_conversation_has_it_once() {
    let house = Innkeeper::common().await;
    let stub = Stub::start().await;
    let (mira, browser, conversation) = evening(house, &stub).await;
    let other = Browser::of(house.address(), mira.key()).await;
    let own = json!({"id": "own", "topic": "Aqua", "messages": [
        {"id": "a", "date": "", "role": "user", "content": "Good evening"},
        {"id": "b", "date": "", "role": "assistant", "content": WORDS.concat()},
    ]});
    uploads(&browser, &json!({CHATS: {"sessions": [own]}})).await.is(201);

    let same = fetches(&browser).await;
    assert_eq!(sessions(&same).len(), 1, "{same}");
    assert_eq!(words(session(&same, "own")).len(), 2);
    let elsewhere = fetches(&other).await;
    assert_eq!(sessions(&elsewhere).len(), 1, "{elsewhere}");
    assert_eq!(words(session(&elsewhere, &conversation)).len(), 2);
}

#[tokio::test]
async fn what_was_said_in_the_page_comes_to_other_browsers_and_not_to_it_again() {
    let house = Innkeeper::common().await;
    let (mira, stub) = (house.guest("Mira").await, Stub::start().await);
    mira.speaks_through(&stub, "normal").await;
    mira.invents("Aqua").await;
    let browser = Browser::of(house.address(), mira.key()).await;
    let other = Browser::of(house.address(), mira.key()).await;
    let said =
        json!({"model": "Aqua", "stream": false, "messages": [{"role": "user", "content": "Good evening"}]});
    let says = browser.request(Method::POST, "/api/openai/v1/chat/completions").json(&said);
    let answer = browser.asks(says).await.is(200).json()["choices"][0]["message"]["content"].clone();
    assert_eq!(answer, WORDS.concat());

    let first = fetches(&browser).await;
    assert!(sessions(&first).is_empty(), "it has it already, under ids of its own: {first}");
    let own = json!({"id": "own", "topic": "Aqua", "messages": [
        {"id": "a", "date": "", "role": "user", "content": "Good evening"},
        {"id": "b", "date": "", "role": "assistant", "content": answer},
    ]});
    uploads(&browser, &json!({CHATS: {"sessions": [own]}})).await.is(201);

    let same = fetches(&browser).await;
    assert_eq!((sessions(&same).len(), words(session(&same, "own")).len()), (1, 2), "{same}");
    let elsewhere = fetches(&other).await;
    let [told] = &sessions(&elsewhere)[..] else { panic!("{elsewhere}") };
    assert_ne!(told["id"], "own");
    assert_eq!(words(told), ["Good evening".to_owned(), WORDS.concat()]);
}

/// As NextChat's own server, or the page of another origin, asks: with the key as a password.
fn dav(guest: &Guest, method: &str, path: &str) -> RequestBuilder {
    dav_as(guest, guest.key(), method, path)
}

fn dav_as(guest: &Guest, key: &str, method: &str, path: &str) -> RequestBuilder {
    let method = Method::from_bytes(method.as_bytes()).unwrap();
    crate::guest::client().request(method, guest.url(path)).basic_auth("mira", Some(key))
}

#[tokio::test]
async fn other_webdav_clients_come_with_a_key_as_their_password() {
    let house = Innkeeper::common().await;
    let mira = house.guest("Mira").await;
    let (folder, file) = ("/dav/chatgpt-next-web", "/dav/chatgpt-next-web/backup.json");
    mira.asks(dav(&mira, "MKCOL", folder)).await.is(201);
    mira.asks(dav(&mira, "PUT", file).json(&foreign("one", "Tea"))).await.is(201);
    let state = mira.asks(dav(&mira, "GET", file)).await.is(200).json();
    assert_eq!(words(session(&state, "one")), ["Tea"]);

    mira.asks(dav(&mira, "GET", "/dav/other.txt")).await.is_refused(404, "not-found");
    mira.asks(dav(&mira, "DELETE", file)).await.is_refused(405, "method-not-allowed");
    let refused = mira.asks(dav_as(&mira, "wrong", "GET", file)).await;
    refused.is_refused(401, "unauthorized");
    // A browser that is told Basic would ask with a window of its own.
    assert!(!refused.header("www-authenticate").unwrap().to_lowercase().contains("basic"));
}

#[tokio::test]
async fn upstash_is_spoken_in_chunks() {
    let house = Innkeeper::common().await;
    let stub = Stub::start().await;
    let (mira, _, conversation) = evening(house, &stub).await;
    let place =
        |verb: &str, name: &str| format!("//api/upstash/{verb}/mira-chunk-{name}/?endpoint=https://x");
    let gets = async |name: &str| {
        let got = mira.asks(mira.request(Method::GET, &place("get", name))).await;
        got.is(200).json()["result"].clone()
    };
    let sets = async |name: &str, value: String| {
        mira.asks(mira.request(Method::POST, &place("set", name)).body(value)).await
    };
    mira.asks(mira.request(Method::GET, "/api/upstash/get/mira/")).await.is(200);
    let whole = async || {
        let count = gets("count").await.as_str().expect("a number").parse::<usize>().unwrap();
        let mut text = String::new();
        for number in 0..count {
            text += gets(&number.to_string()).await.as_str().expect("a chunk");
        }
        (count, serde_json::from_str::<Value>(&text).expect("a state"))
    };
    let (count, state) = whole().await;
    assert_eq!(count, 1);
    session(&state, &conversation);

    let large = foreign("one", &"Grüße 🦀 ".repeat(200_000)).to_string();
    sets("count", "3".into()).await.is_refused(409, "chunks-missing");
    let chunks: Vec<_> = large
        .chars()
        .collect::<Vec<_>>()
        .chunks(1_000_000)
        .map(|part| part.iter().collect::<String>())
        .collect();
    for (number, chunk) in chunks.iter().enumerate() {
        assert_eq!(sets(&number.to_string(), chunk.clone()).await.is(200).json(), json!({"result": "OK"}));
    }
    sets("count", chunks.len().to_string()).await.is(200);

    let (count, state) = whole().await;
    assert!(count > 2, "{count}");
    assert_eq!(session(&state, "one")["topic"].as_str().unwrap().chars().count(), 8 * 200_000);
    assert_eq!(state["access-control"], json!({}));
    session(&state, &conversation);
}

#[tokio::test]
async fn what_is_no_state_is_refused_and_nothing_is_lost_by_it() {
    let house = Innkeeper::common().await;
    let mira = house.guest("Mira").await;
    let browser = Browser::of(house.address(), mira.key()).await;
    uploads(&browser, &foreign("one", "Tea")).await.is(201);
    let deep = format!("{{\"a\":{}1{}}}", "[".repeat(110), "]".repeat(110));
    for (body, status, slug) in [
        ("{".to_owned(), 400, "malformed-json"),
        ("[]".to_owned(), 422, "unexpected-shape"),
        (deep, 400, "too-deep"),
        (format!("{{\"a\":\"{}\"}}", "x".repeat((32 << 20) - 7)), 413, "too-large"),
    ] {
        let put = browser.request(Method::PUT, FILE).body(body);
        browser.asks(put).await.is_refused(status, slug);
    }
    let mut evil = browser.request(Method::PUT, FILE).json(&json!({})).build().unwrap();
    evil.headers_mut().insert("origin", "https://evil.example".parse().unwrap());
    browser.sends(evil).await.is_refused(403, "another-origin");
    uploads(&browser, &json!({CHATS: {"sessions": [7, null, {"id": "x"}]}, "mask-store": 3})).await.is(201);
    assert_eq!(words(session(&fetches(&browser).await, "one")), ["Tea"]);
}

/// Whether a word stands in a file below.
fn stands_in(folder: &Path, word: &str) -> bool {
    fs::read_dir(folder).unwrap().map(Result::unwrap).any(|entry| {
        let path = entry.path();
        if path.is_dir() {
            return stands_in(&path, word);
        }
        fs::read(&path).is_ok_and(|bytes| bytes.windows(word.len()).any(|part| part == word.as_bytes()))
    })
}

#[tokio::test]
async fn what_is_uploaded_lies_sealed_and_outlives_a_restart() {
    const WORD: &str = "Zwetschgendatschi";
    let plan = Plan::alone();
    let house = plan.opens().await;
    let browser = Browser::of(house.address(), house.owner().key()).await;
    uploads(&browser, &foreign("one", WORD)).await.is(201);
    assert!(house.stops().success());

    assert!(!stands_in(&plan.folder().join("nats"), WORD));
    let house = plan.opens().await;
    let browser = Browser::of(house.address(), house.owner().key()).await;
    assert_eq!(words(session(&fetches(&browser).await, "one")), [WORD]);
}
