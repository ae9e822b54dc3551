//! Somebody takes everything along that they have in one account, and moves into another with it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::process::Output;

use reqwest::Method;
use serde_json::{Value, json};

use crate::card::{card, png_file};
use crate::guest::{Guest, client};
use crate::house::Innkeeper;
use crate::undertaker;

async fn guest(name: &str) -> Guest {
    Innkeeper::common().await.guest(name).await
}

/// A card with a lorebook in it.
fn ida() -> Vec<u8> {
    let mut card = card(3, "Ida");
    card["data"]["character_book"] = json!({"name": "Bakery", "extensions": {}, "entries": [
        {"id": 1, "keys": ["oven"], "content": "Hot.", "extensions": {}, "enabled": true, "insertion_order": 1, "use_regex": false},
        {"id": 2, "keys": ["flour"], "content": "White.", "extensions": {}, "enabled": true, "insertion_order": 2, "use_regex": false},
    ]});
    png_file(&card)
}

const CHAT: &str = r#"{"chat_metadata":{},"user_name":"unused","character_name":"unused"}
{"name":"Ida","is_user":false,"send_date":"2024-03-01T20:00:00.000Z","mes":"Drip.","swipes":["Splash.","Drip."],"swipe_id":1,"extra":{"model":"m"}}
{"name":"Captain","is_user":true,"send_date":"2024-03-01T20:01:00.000Z","mes":"Ahoy!","extra":{}}"#;

/// Something of everything.
async fn settles_in(guest: &Guest) {
    let arrived = guest.imports(ida()).await.is(201);
    let (ida, bakery) = (arrived.text("id"), arrived.text("lorebook_id"));
    let change = json!({
        "appearance": {"text": "Flour on her hands."}, "voice": {"provider": "piper", "speed": 1.25},
        "personality": {"profile": {"traits": ["patient"], "background": "Born in the bakery."}},
        "greetings": {"solo": ["Hungry?"]},
    });
    guest.patches(&format!("characters/{ida}"), change).await.is(200);
    let picture = guest.request(Method::PUT, &format!("characters/{ida}/avatar"));
    guest.asks(picture.body(cards::drawn_portrait("another"))).await.is(200);
    guest.patches(&format!("lorebooks/{bakery}/entries/2"), json!({"content": "Grey."})).await.is(200);
    let bard = guest.posts("characters", json!({"description": {"name": "Bard: the 2nd / \"loud\""}})).await;
    let (bard, gone) = (bard.is(201).text("id"), guest.invents("Gone").await);
    let sea = r#"{"entries": {"0": {"uid": 0, "key": ["sea"], "content": "Salty.", "hue": 1.0}}, "mine": 7}"#;
    let sea = guest.brings_lore(sea.into()).await.is(201).text("id");
    guest.asks(guest.request(Method::PUT, &format!("lorebooks/{sea}/links/account"))).await.is(200);
    guest.asks(guest.request(Method::PUT, &format!("lorebooks/{sea}/links/{bard}"))).await.is(200);
    guest.asks(guest.request(Method::PUT, &format!("lorebooks/{bakery}/links/{bard}"))).await.is(200);
    is_several(guest, [&ida, &bard], [&sea, &bakery]).await;
    let chat = guest.request(Method::POST, &format!("conversations/import?character_id={ida}")).body(CHAT);
    guest.asks(chat).await.is(201);
    let captain = json!({"name": "Captain", "description": "A sailor, and tired."});
    let alone = json!({"character_ids": [ida], "title": "One / night", "persona": captain});
    let alone = guest.posts("conversations", alone).await.is(201).text("id");
    guest.does(&format!("conversations/{alone}/close")).await.is(200);
    guest.posts("conversations", json!({"character_ids": [ida, bard], "greeting": 0})).await.is(201);
    guest.posts("conversations", json!({"character_ids": [gone], "greeting": null})).await.is(201);
    guest.deletes(&format!("characters/{gone}")).await.is(200);
    let model =
        json!({"kind": "openai", "url": "http://127.0.0.1:9/v1", "model": "m", "key": "sk-very-secret"});
    guest.puts("me/provider", model).await.is(200);
}

/// Personas: one with everything, one for all others, one that was put away.
async fn is_several(guest: &Guest, [ida, bard]: [&str; 2], [sea, bakery]: [&str; 2]) {
    let placement = json!({"position": "at_depth", "depth": 7, "role": "assistant"});
    let mate = json!({"name": "Mate / \"1st\"", "title": "at sea", "description": "Rows.", "placement": placement,
                      "lorebook_id": sea, "rest": {"hue": 1.0, "connections": [{"type": "group", "id": "7"}]}});
    let mate = guest.posts("personas", mate).await.is(201).text("id");
    let picture = guest.request(Method::PUT, &format!("personas/{mate}/avatar"));
    guest.asks(picture.body(cards::drawn_portrait("Mate"))).await.is(200);
    let cook =
        guest.posts("personas", json!({"name": "Cook", "lorebook_id": bakery})).await.is(201).text("id");
    let gone = guest.posts("personas", json!({"name": "Cook", "title": "once"})).await.is(201).text("id");
    guest.puts("personas/default", json!({"persona_id": cook})).await.is(200);
    for with in [ida, bard] {
        let path = format!("personas/default?character_id={with}");
        guest.puts(&path, json!({"persona_id": mate})).await.is(200);
    }
    let sit = json!({"character_ids": [bard], "title": "As the cook", "persona_id": cook});
    guest.posts("conversations", sit).await.is(201);
    guest.deletes(&format!("personas/{gone}")).await.is(200);
}

async fn takes_along(guest: &Guest) -> Vec<u8> {
    let answer = guest.gets("me/export").await.is(200);
    assert_eq!(answer.header("content-type"), Some("application/zip"));
    answer.body.to_vec()
}

fn unpacked(archive: &[u8]) -> BTreeMap<String, Vec<u8>> {
    cards::unpack(archive).unwrap().map(|file| (file.name, file.bytes.unwrap())).collect()
}

async fn moves_in(guest: &Guest, archive: &[u8]) -> (Output, Vec<Value>) {
    let path = undertaker::folder("archive-of-an-account").join("innkeeper.zip");
    fs::write(&path, archive).unwrap();
    let arguments = ["import", path.to_str().unwrap(), "--key", guest.key(), "--json"];
    let output = Innkeeper::common().await.plan().runs(&arguments).await;
    let lines = String::from_utf8(output.stdout.clone()).unwrap();
    let lines = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    // The import was somebody else's doing: a reader waits for what it wrote through a position of their own.
    guest.asks(guest.request(Method::POST, "me/keys").json(&json!({"label": "marker"}))).await.is(201);
    (output, lines)
}

/// All of a list, as it is shown one by one, without what is another in every account.
async fn all(guest: &Guest, list: &str) -> Vec<Value> {
    let query = if list == "conversations" { "" } else { "&retired=true" };
    let page = guest.gets(&format!("{list}?limit=100{query}")).await.is(200).json();
    let mut shown = vec![];
    for item in page["items"].as_array().unwrap() {
        shown.push(guest.gets(&format!("{list}/{}", item["id"].as_str().unwrap())).await.is(200).json());
    }
    shown
}

/// What an account holds, told so that two accounts can be compared.
async fn told(guest: &Guest) -> Value {
    let characters = all(guest, "characters").await;
    let name_of: BTreeMap<_, _> =
        characters.iter().map(|it| (it["id"].to_string(), it["name"].as_str().unwrap().to_owned())).collect();
    let names = |ids: &Value| -> BTreeSet<_> {
        ids.as_array().unwrap().iter().map(|id| name_of[&id.to_string()].clone()).collect()
    };
    let mut told = BTreeMap::new();
    for it in &characters {
        let id = it["id"].as_str().unwrap();
        let card = guest.gets(&format!("characters/{id}/card")).await.is(200).body;
        let parts = ["description", "personality", "greetings", "instructions", "voice", "is_active"];
        let mut parts: Vec<_> = parts.iter().map(|part| it[*part].clone()).collect();
        parts.push(it["appearance"]["text"].clone());
        let avatar = if it["avatar_url"].is_string() {
            guest.gets(&format!("characters/{id}/avatar")).await.is(200).body.len()
        } else {
            0
        };
        told.insert(format!("character {}", it["name"]), json!([parts, avatar, card.len()]));
    }
    for it in all(guest, "lorebooks").await {
        let lore: Vec<_> = guest.lore(it["id"].as_str().unwrap()).await;
        let lore: Vec<_> =
            lore.iter().map(|entry| [&entry["content"], &entry["keys"], &entry["rest"]]).collect();
        let links = json!([it["links"]["account"], names(&it["links"]["character_ids"])]);
        told.insert(format!("lorebook {}", it["name"]), json!([lore, links, it["is_active"]]));
    }
    let chosen = guest.gets("personas/default").await.is(200).json();
    for it in all(guest, "personas").await {
        let id = it["id"].as_str().unwrap();
        let mut rest = it["rest"].clone();
        // What other programs are told of a lorebook and of characters is here told by their ids.
        ["lorebook", "connections"]
            .iter()
            .for_each(|field| drop(rest.as_object_mut().unwrap().remove(*field)));
        let avatar = if it["avatar_url"].is_string() {
            guest.gets(&format!("personas/{id}/avatar")).await.is(200).body.len()
        } else {
            0
        };
        let with = chosen["characters"].as_object().unwrap().iter().filter(|(_, persona)| **persona == id);
        let with: Vec<_> = with.map(|(character, _)| json!(character)).collect();
        let chosen = json!([chosen["persona_id"] == id, names(&json!(with)), it["lorebook_id"].is_string()]);
        let parts = ["description", "placement", "is_active"].map(|part| it[part].clone());
        let key = format!("persona {} {}", it["name"], it["title"]);
        told.insert(key, json!([parts, rest, avatar, chosen]));
    }
    for mut it in all(guest, "conversations").await {
        if let Some(persona) = it["persona"].as_object_mut() {
            let is_one_of_theirs = persona.remove("id").is_some();
            persona.insert("is one of theirs".into(), json!(is_one_of_theirs));
        }
        let words = guest.words(it["id"].as_str().unwrap()).await;
        let key = format!("conversation {:?} with {:?}", it["title"], names(&it["character_ids"]));
        told.insert(key, json!([words, it["persona"], it["status"]]));
    }
    json!(told)
}

#[tokio::test]
async fn everything_comes_along_and_no_secret_does() {
    let mira = guest("Mira").await;
    settles_in(&mira).await;

    let archive = takes_along(&mira).await;

    let files = unpacked(&archive);
    for place in [
        "characters/Ida.png",
        "worlds/Lorebook.json",
        "personas.json",
        "innkeeper.json",
        "User Avatars/Mate _ _1st_.png",
    ] {
        assert!(files.contains_key(place), "{place} is not in {:?}", files.keys());
    }
    assert_eq!(files.keys().filter(|place| place.starts_with("chats/")).count(), 4, "{:?}", files.keys());
    assert_eq!(files.keys().filter(|place| place.starts_with("group")).count(), 2, "{:?}", files.keys());
    assert!(files.values().any(|file| file == CHAT.as_bytes()), "the chat that nobody touched is another");
    for (place, file) in &files {
        for secret in ["sk-very-secret", mira.key()] {
            assert!(
                !file.windows(secret.len()).any(|part| part == secret.as_bytes()),
                "{place} has {secret}"
            );
        }
    }
    let personas: Value = serde_json::from_slice(&files["personas.json"]).unwrap();
    let mate = &personas["persona_descriptions"]["Mate _ _1st_.png"];
    let at = |to: &str, id: &str| json!({"type": to, "id": id});
    let connections = mate["connections"].as_array().unwrap();
    assert!(
        connections.contains(&at("group", "7")) && connections.contains(&at("character", "Ida.png")),
        "{mate}"
    );
    assert_eq!(
        (&mate["lorebook"], &mate["position"], &mate["role"]),
        (&json!("Lorebook"), &json!(4), &json!(2))
    );
    assert_eq!(personas["default_persona"], "Cook.png");
    let note: Value = serde_json::from_slice(&files["innkeeper.json"]).unwrap();
    assert_eq!((&note["provider"]["model"], &note["provider"]["key"]), (&json!("m"), &Value::Null));
    assert_eq!(note["left_out"], json!([]));
}

#[tokio::test]
async fn who_moves_into_another_account_has_there_what_they_had_here() {
    let (mira, vlad) = (guest("Mira").await, guest("Vlad").await);
    settles_in(&mira).await;

    let (output, lines) = moves_in(&vlad, &takes_along(&mira).await).await;

    assert!(output.status.success(), "{lines:#?}");
    let (here, there) = (told(&mira).await, told(&vlad).await);
    for (what, was) in here.as_object().unwrap() {
        assert_eq!(&there[what], was, "{what}");
    }
    assert_eq!(there.as_object().unwrap().len(), here.as_object().unwrap().len(), "{there:#}");
}

#[tokio::test]
async fn moving_in_twice_brings_nothing_in_twice() {
    let (mira, vlad) = (guest("Mira").await, guest("Vlad").await);
    settles_in(&mira).await;
    let archive = takes_along(&mira).await;

    moves_in(&vlad, &archive).await;
    let once = told(&vlad).await;
    let (output, lines) = moves_in(&vlad, &archive).await;

    assert!(output.status.success(), "{lines:#?}");
    assert!(lines.iter().all(|line| line["outcome"] != "imported"), "{lines:#?}");
    assert_eq!(told(&vlad).await, once);
}

#[tokio::test]
async fn an_empty_account_is_an_archive_too_and_a_stranger_gets_none() {
    let nobody = guest("Nobody").await;

    let files = unpacked(&takes_along(&nobody).await);

    assert_eq!(files.keys().collect::<Vec<_>>(), ["innkeeper.json", "personas.json"]);
    let stranger = client().get(nobody.url("me/export")).bearer_auth("ink_x").send().await.unwrap();
    assert_eq!(stranger.status(), 401);
}
