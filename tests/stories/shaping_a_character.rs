//! A character is made up, changed by part, retired and brought back, and given a voice of its own.

use reqwest::Method;
use serde_json::{Value, json};

use crate::guest::Guest;
use crate::house::Innkeeper;
use crate::model_stub::{Stub, WORDS};

async fn mira() -> Guest {
    Innkeeper::common().await.guest("Mira").await
}

async fn shown(guest: &Guest, character: &str) -> Value {
    guest.gets(&format!("characters/{character}")).await.is(200).json()
}

#[tokio::test]
async fn a_part_that_is_changed_leaves_the_others_alone() {
    let mira = mira().await;
    let made = mira.posts(
        "characters",
        json!({
            "description": {"name": "Ida", "text": "A cook.", "tags": ["kitchen"]},
            "greetings": {"solo": ["Hungry?"]},
        }),
    );
    let id = made.await.is(201).text("id");
    let path = format!("characters/{id}");

    mira.patches(&path, json!({"description": {"text": "A baker.", "tags": ["oven"]}})).await.is(200);
    mira.patches(&path, json!({"personality": {"profile": {"traits": ["warm"]}}})).await.is(200);
    mira.patches(&path, json!({"appearance": {"text": "Flour everywhere."}, "voice": {"speed": 1.5}}))
        .await
        .is(200);

    let ida = shown(&mira, &id).await;
    assert_eq!(ida["description"]["name"], "Ida");
    assert_eq!(
        (&ida["description"]["text"], &ida["description"]["tags"]),
        (&json!("A baker."), &json!(["oven"]))
    );
    assert_eq!(ida["greetings"]["solo"], json!(["Hungry?"]));
    assert_eq!(ida["personality"]["profile"]["traits"], json!(["warm"]));
    assert_eq!(
        (&ida["appearance"]["text"], &ida["voice"]["speed"]),
        (&json!("Flour everywhere."), &json!(1.5))
    );
}

#[tokio::test]
async fn who_knows_an_older_version_is_told_the_current_one() {
    let mira = mira().await;
    let path = format!("characters/{}", mira.invents("Ida").await);
    let old = mira.gets(&path).await.is(200);
    let old = old.header("etag").unwrap();
    let patch = |etag: &str, text: &str| {
        mira.request(Method::PATCH, &path)
            .header("if-match", etag)
            .json(&json!({"description": {"text": text}}))
    };

    let changed = mira.asks(patch(old, "first")).await.is(200);
    let stale = mira.asks(patch(old, "second")).await;

    stale.is_refused(412, "stale-version");
    assert_eq!(stale.header("etag"), changed.header("etag"));
    mira.asks(patch(changed.header("etag").unwrap(), "third")).await.is(200);
    let current = mira.gets(&path).await.is(200);
    let etag = current.header("etag").unwrap();
    let known = mira.request(Method::GET, &path).header("if-none-match", etag);
    assert_eq!(mira.asks(known).await.status, 304);
}

#[tokio::test]
async fn a_retired_character_is_silent_until_it_is_restored() {
    let (mira, stub) = (mira().await, Stub::start().await);
    let conversation = mira.sits_down(&stub, "normal").await;
    let listed = mira.gets("characters").await.is(200).json();
    let id = listed["items"][0]["id"].as_str().unwrap().to_owned();
    mira.deletes(&format!("characters/{id}")).await.is(200);

    mira.posts(&format!("conversations/{conversation}/messages"), json!({"text": "Still there?"}))
        .await
        .is_refused(409, "character-retired");
    mira.posts("conversations", json!({"character_ids": [id]})).await.is_refused(409, "character-retired");
    assert_eq!(mira.gets("characters").await.is(200).json()["items"], json!([]));
    assert_eq!(mira.gets("characters?retired=true").await.is(200).json()["items"][0]["is_active"], false);
    mira.deletes(&format!("characters/{id}")).await.is(200);

    mira.does(&format!("characters/{id}/restore")).await.is(200);
    assert_eq!(mira.hears(&conversation, "And now?").await.completed(), WORDS.concat());
}

#[tokio::test]
async fn a_character_may_speak_through_a_model_of_its_own_and_its_key_is_never_shown() {
    let (mira, house, own) = (mira().await, Stub::start().await, Stub::start().await);
    mira.speaks_through(&house, "normal").await;
    let character = mira.invents("Ida").await;
    let conversation = mira.sits_down_with(&[&character]).await;
    let path = format!("characters/{character}/provider");
    let settings = json!({"kind": "openai", "url": own.url(), "model": "counts", "key": "sk-of-ida"});

    mira.puts(&path, settings).await.is(200);
    assert_eq!(mira.hears(&conversation, "Hello").await.completed(), "answer 0");
    assert_eq!(own.last_asked().headers["authorization"], "Bearer sk-of-ida");
    let shown = mira.gets(&path).await.is(200);
    assert!(!String::from_utf8_lossy(&shown.body).contains("sk-of-ida"), "{:?}", shown.body);

    let mut kept = shown.json();
    kept["model"] = json!("normal");
    mira.puts(&path, kept).await.is(200);
    mira.hears(&conversation, "Hello again").await.completed();
    assert_eq!(own.last_asked().headers["authorization"], "Bearer sk-of-ida", "the mask keeps the key");

    mira.deletes(&path).await.is(200);
    mira.hears(&conversation, "Once more").await.completed();
    assert_eq!((own.tally().asked, house.tally().asked), (2, 1));
}

#[tokio::test]
async fn a_key_is_told_once_and_opens_no_door_once_revoked() {
    let house = Innkeeper::common().await;
    let mira = house.guest("Mira").await;
    let issued = mira.posts("me/keys", json!({"label": "phone"})).await.is(201).json();
    let phone = Guest::new(house.address(), issued["key"].as_str().unwrap());
    assert_eq!(phone.gets("me").await.is(200).json()["id"], mira.gets("me").await.is(200).json()["id"]);

    mira.deletes(&format!("me/keys/{}", issued["id"].as_str().unwrap())).await.is(200);

    phone.gets("me").await.is_refused(401, "unauthorized");
    phone.posts("characters", json!({"description": {"name": "Ida"}})).await.is_refused(401, "unauthorized");
    let keys = mira.gets("me/keys").await.is(200).json();
    assert_eq!(keys["items"].as_array().unwrap().len(), 2);
    assert!(keys["items"][0]["revoked_at"].is_string(), "{keys}");
    assert!(!keys.to_string().contains("ink_"), "{keys}");
}
