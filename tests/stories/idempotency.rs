//! A command that is repeated under its key is done once, however it is repeated.

use futures_util::future::join_all;
use reqwest::Method;
use serde_json::json;

use crate::card::{card, json_file};
use crate::house::{Innkeeper, Plan};
use crate::listening::Listening;
use crate::model_stub::{Stub, WORDS};

#[tokio::test]
async fn the_same_message_sent_twice_at_once_is_said_once() {
    let (mira, stub) = (Innkeeper::common().await.guest("Mira").await, Stub::start().await);
    let conversation = mira.sits_down(&stub, "normal").await;
    let path = format!("conversations/{conversation}/messages");
    let send = || async { mira.asks(mira.keyed(&path, "k1", &json!({"text": "Only once"}))).await.is(202) };

    let answers = join_all((0..8).map(|_| send())).await;
    let late = send().await;

    assert!(answers.iter().all(|answer| answer.json() == late.json()), "{answers:?}");
    assert!(answers.iter().all(|answer| answer.header("ink-position") == late.header("ink-position")));
    let reply = late.json()["replies"][0]["reply_id"].as_str().unwrap().to_owned();
    assert_eq!(mira.hears_out(&reply).await.completed(), WORDS.concat());
    assert_eq!(mira.words(&conversation).await, ["Only once", &WORDS.concat()]);
    assert_eq!(stub.tally().asked, 1);
}

#[tokio::test]
async fn everything_that_is_made_is_made_once() {
    let mira = Innkeeper::common().await.guest("Mira").await;
    let import = || mira.request(Method::POST, "characters/import").header("idempotency-key", "k1");
    let file = json_file(&card(2, "Ida"));

    let first = mira.asks(import().body(file.clone())).await.is(201);
    let again = mira.asks(import().body(file)).await.is(201);
    let ida = first.text("id");
    assert_eq!(first.json(), again.json());
    let sit = json!({"character_ids": [ida]});
    let first = mira.asks(mira.keyed("conversations", "k1", &sit)).await.is(201);
    mira.deletes(&format!("characters/{ida}")).await.is(200);
    let again = mira.asks(mira.keyed("conversations", "k1", &sit)).await.is(201);
    assert_eq!(first.json(), again.json(), "whatever became of the character since");
    let first = mira.asks(mira.keyed("me/keys", "k1", &json!({"label": "x"}))).await.is(201).json();
    let again = mira.asks(mira.keyed("me/keys", "k1", &json!({"label": "x"}))).await.is(201).json();
    assert_eq!((&first["id"], again["key"].is_null()), (&again["id"], true), "a key is told once");

    assert_eq!(mira.gets("characters?retired=true").await.json()["items"].as_array().unwrap().len(), 1);
    assert_eq!(mira.gets("conversations").await.json()["items"].as_array().unwrap().len(), 1);
    assert_eq!(mira.gets("me/keys").await.json()["items"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn a_key_that_comes_with_another_body_is_refused() {
    let mira = Innkeeper::common().await.guest("Mira").await;
    let ida = mira.invents("Ida").await;
    let conversation = mira.sits_down_with(&[&ida]).await;
    let path = format!("conversations/{conversation}/messages");
    let said = |text: &str| mira.keyed(&path, "k1", &json!({"text": text, "reply": false}));
    mira.asks(said("one")).await.is(202);

    mira.asks(said("two")).await.is_refused(422, "idempotency-key-reused");

    assert_eq!(mira.words(&conversation).await, ["one"]);
    // The key belongs to its person and its place.
    mira.asks(mira.keyed("conversations", "k1", &json!({"character_ids": [ida]}))).await.is(201);
}

#[tokio::test]
async fn a_repeated_message_streams_its_reply_again() {
    let (mira, stub) = (Innkeeper::common().await.guest("Mira").await, Stub::start().await);
    let conversation = mira.sits_down(&stub, "slow").await;
    let path = format!("conversations/{conversation}/messages");
    let send = || async {
        let request =
            mira.keyed(&path, "k1", &json!({"text": "Hello"})).header("accept", "text/event-stream");
        Listening::to(request.send().await.unwrap())
    };

    let mut broken = send().await;
    broken.until("token").await;
    drop(broken);
    let again = send().await.heard().await;
    let after = send().await.heard().await;

    assert_eq!((again.completed(), after.completed()), (WORDS.concat().as_str(), WORDS.concat().as_str()));
    assert_eq!(stub.tally().asked, 1);
}

#[tokio::test]
async fn a_key_is_remembered_across_a_restart() {
    let plan = Plan::shared().await;
    let house = plan.opens().await;
    let owner = house.owner();
    let ida = owner.invents("Ida").await;
    let conversation = owner.sits_down_with(&[&ida]).await;
    let path = format!("conversations/{conversation}/messages");
    let body = json!({"text": "Only once", "reply": false});
    let before = owner.asks(owner.keyed(&path, "k1", &body)).await.is(202);
    house.dies();

    let house = plan.opens().await;
    let owner = owner.at(house.address());
    let after = owner.asks(owner.keyed(&path, "k1", &body)).await.is(202);

    assert_eq!(before.json(), after.json());
    owner
        .asks(owner.keyed(&path, "k1", &json!({"text": "x"})))
        .await
        .is_refused(422, "idempotency-key-reused");
    assert_eq!(owner.words(&conversation).await, ["Only once"]);
}
