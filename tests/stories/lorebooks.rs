//! Lorebooks come in from files and from cards, are written by hand, are for somebody, and go out again.

use std::fs;

use reqwest::Method;
use serde_json::{Value, json};

use crate::card::{card, json_file, png_file, world};
use crate::guest::Guest;
use crate::house::Innkeeper;
use crate::sillytavern::SillyTavern;

async fn mira() -> Guest {
    Innkeeper::common().await.guest("Mira").await
}

fn names(page: &Value) -> Vec<&str> {
    page["items"].as_array().unwrap().iter().map(|item| item["name"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn the_world_that_sillytavern_ships_comes_in_and_goes_out_byte_for_byte() {
    let mira = mira().await;
    let path = SillyTavern::package().await.join("default/content/Eldoria.json");
    let file = fs::read(path).unwrap();
    let shipped: Value = serde_json::from_slice(&file).unwrap();

    let imported = mira
        .asks(mira.request(Method::POST, "lorebooks/import?name=Eldoria").body(file.clone()))
        .await
        .is(201);

    let id = imported.text("id");
    let count = shipped["entries"].as_object().unwrap().len();
    assert_eq!(
        (imported.text("name"), imported.json()["entry_count"].clone()),
        ("Eldoria".into(), json!(count))
    );
    assert_eq!(imported.header("location").unwrap(), format!("/api/v1/lorebooks/{id}"));
    let shown = mira.gets(&format!("lorebooks/{id}")).await.is(200);
    assert_eq!(shown.header("etag"), imported.header("etag"));
    assert_eq!(
        (&shown.json()["file_format"], &shown.json()["is_changed"]),
        (&json!("sillytavern"), &json!(false))
    );
    let lore = mira.lore(&id).await;
    assert_eq!(lore.len(), count);
    for entry in &lore {
        let origin = &shipped["entries"][entry["uid"].to_string()];
        assert_eq!((&entry["content"], &entry["keys"]), (&origin["content"], &origin["key"]));
    }
    let out = mira.gets(&format!("lorebooks/{id}/file")).await.is(200);
    assert_eq!(out.body, file);
    assert_eq!(out.header("content-disposition"), Some("attachment; filename*=UTF-8''Eldoria.json"));
}

#[tokio::test]
async fn an_edited_lorebook_differs_only_where_it_was_edited() {
    let mira = mira().await;
    let file = world(3, "It rains.");
    let id = mira.brings_lore(file.clone()).await.is(201).text("id");
    let path = format!("lorebooks/{id}/entries");

    mira.patches(&format!("{path}/1"), json!({"content": "It pours.", "sticky": 2})).await.is(200);
    mira.deletes(&format!("{path}/0")).await.is(200);
    let added = mira
        .posts(&path, json!({"entries": [{"keys": ["sun"], "content": "It shines."}]}))
        .await
        .is(201)
        .json();

    let uid = added["uids"][0].as_u64().unwrap();
    let out = mira.gets(&format!("lorebooks/{id}/file?format=sillytavern")).await.is(200).json();
    let (before, entries): (Value, _) =
        (serde_json::from_slice(&file).unwrap(), out["entries"].as_object().unwrap());
    assert_eq!(entries.keys().map(String::as_str).collect::<Vec<_>>(), ["1", "2", &uid.to_string()]);
    assert_eq!((&entries["1"]["content"], &entries["1"]["sticky"]), (&json!("It pours."), &json!(2)));
    for (key, value) in before["entries"]["2"].as_object().unwrap() {
        assert_eq!(entries["2"][key].to_string(), value.to_string(), "{key}");
    }
    assert_eq!(entries[&uid.to_string()]["content"], "It shines.");
    assert_eq!(out["colour"], "blue");
    let v3 = mira.gets(&format!("lorebooks/{id}/file?format=v3")).await.is(200).json();
    assert_eq!((&v3["spec"], v3["data"]["entries"].as_array().unwrap().len()), (&json!("lorebook_v3"), 3));
    assert_eq!(mira.gets(&format!("lorebooks/{id}")).await.is(200).json()["is_changed"], true);
    mira.gets(&format!("{path}/0")).await.is_refused(404, "entry-not-found");
}

#[tokio::test]
async fn a_lorebook_of_thousands_of_entries_comes_in_whole_and_once() {
    let mira = mira().await;
    let file = world(3_000, &"A long story about the rain. ".repeat(20));

    let first = mira.brings_lore(file.clone()).await.is(201);
    let id = first.text("id");
    let lore = mira.lore(&id).await;
    let again = mira.brings_lore(file.clone()).await.is(201);

    assert!(file.len() > 2_000_000);
    assert_eq!(again.json(), first.json(), "nothing was said");
    let numbers: Vec<_> = lore.iter().map(|entry| entry["uid"].as_u64().unwrap()).collect();
    assert_eq!(numbers, (0..3_000).collect::<Vec<_>>());
    let shown = mira.gets(&format!("lorebooks/{id}")).await.is(200).json();
    assert_eq!((&shown["entry_count"], &shown["missing_entries"]), (&json!(3_000), &json!(0)));
    assert_eq!(names(&mira.gets("lorebooks").await.is(200).json()), ["Lorebook"]);
    assert_eq!(mira.gets(&format!("lorebooks/{id}/file")).await.is(200).body, file);
}

#[tokio::test]
async fn a_file_that_is_brought_in_a_form_gives_its_name() {
    let mira = mira().await;
    let head = b"--x-x\r\ncontent-disposition: form-data; name=\"file\"; filename=\"The sea.json\"\r\n\r\n";
    let body = [head.as_slice(), &world(1, "Wet."), b"\r\n--x-x--\r\n"].concat();
    let form = mira.request(Method::POST, "lorebooks/import").body(body);
    let form = form.header("content-type", "multipart/form-data; boundary=x-x");
    assert_eq!(mira.asks(form).await.is(201).text("name"), "The sea");
}

#[tokio::test]
async fn what_is_no_lorebook_is_refused_with_a_reason() {
    let mira = mira().await;
    for (code, file) in
        [("bad-json", b"{\"entries\": ".to_vec()), ("not-a-lorebook", b"{\"colour\": \"blue\"}".to_vec())]
    {
        let problem = mira.brings_lore(file).await.is_refused(422, "lorebook-refused");
        assert_eq!(problem["code"], code, "{problem}");
    }
    let endless = mira.brings_lore(world(2, &"a".repeat(70_000))).await.is_refused(422, "out-of-bounds");
    assert!(endless["title"].as_str().unwrap().contains("entry 0"), "{endless}");
    assert_eq!(mira.gets("lorebooks").await.is(200).json()["items"], json!([]));
}

#[tokio::test]
async fn the_lorebook_of_a_card_comes_in_with_its_character() {
    let mira = mira().await;
    let mut knowing = card(2, "Ida");
    knowing["data"]["character_book"] = json!({"entries": [{"id": 4, "keys": ["oven"], "content": "It is hot.", "enabled": true, "insertion_order": 1}]});
    let import = || mira.request(Method::POST, "characters/import").header("idempotency-key", "k1");

    let imported = mira.asks(import().body(png_file(&knowing))).await.is(201);
    let again = mira.asks(import().body(png_file(&knowing))).await.is(201);
    let twin = mira.imports(json_file(&knowing)).await.is(201);

    assert_eq!(again.json(), imported.json());
    let (ida, book) = (imported.text("id"), imported.text("lorebook_id"));
    assert_eq!(twin.text("lorebook_id"), book, "two cards of one world share it");
    let shown = mira.gets(&format!("lorebooks/{book}")).await.is(200).json();
    assert_eq!((&shown["name"], &shown["links"]["account"]), (&json!("Ida's lorebook"), &json!(false)));
    assert_eq!(shown["links"]["character_ids"], json!([ida, twin.text("id")]));
    assert_eq!(mira.lore(&book).await[0]["content"], "It is hot.");
    let of_ida = mira.gets(&format!("lorebooks?character_id={ida}")).await.is(200).json();
    assert_eq!(names(&of_ida), ["Ida's lorebook"]);
    let plain = mira.imports(json_file(&card(2, "Plain"))).await.is(201).json();
    assert_eq!((&plain["lorebook_id"], &plain["warnings"]), (&Value::Null, &json!([])));
}

#[tokio::test]
async fn a_lorebook_that_the_rules_do_not_take_keeps_no_character_out() {
    let mira = mira().await;
    let mut heavy = card(2, "Ida");
    heavy["data"]["character_book"] = json!({"entries": [{"keys": ["x"], "content": "a".repeat(70_000)}]});

    let imported = mira.imports(json_file(&heavy)).await.is(201).json();

    assert_eq!(imported["lorebook_id"], Value::Null);
    let warnings = imported["warnings"].as_array().unwrap();
    assert!(warnings.iter().any(|one| one["code"] == "lorebook-refused"), "{warnings:?}");
    assert_eq!(mira.gets("lorebooks").await.is(200).json()["items"], json!([]));
}

#[tokio::test]
async fn a_lorebook_is_written_by_hand_and_its_settings_change_by_field() {
    let mira = mira().await;
    let made = mira.posts("lorebooks", json!({"name": "The sea", "scan_depth": 4})).await.is(201);
    let path = format!("lorebooks/{}", made.text("id"));

    let old = made.header("etag").unwrap();
    let patch = |etag: &str| {
        mira.request(Method::PATCH, &path).header("if-match", etag).json(&json!({"description": "Wet."}))
    };
    let changed = mira.asks(patch(old)).await.is(200);
    mira.asks(patch(old)).await.is_refused(412, "stale-version");

    let shown = mira.gets(&path).await.is(200);
    assert_eq!(shown.header("etag"), changed.header("etag"));
    let body = shown.json();
    assert_eq!(
        (&body["name"], &body["description"], &body["scan_depth"]),
        (&json!("The sea"), &json!("Wet."), &json!(4))
    );
    mira.patches(&path, json!({"name": null})).await.is_refused(422, "unexpected-shape");
    mira.patches(&path, json!({"name": " "})).await.is_refused(422, "out-of-bounds");
    let known = mira.request(Method::GET, &path).header("if-none-match", shown.header("etag").unwrap());
    assert_eq!(mira.asks(known).await.status, 304);
}

#[tokio::test]
async fn entries_are_added_once_however_often_they_are_sent() {
    let mira = mira().await;
    let id = mira.posts("lorebooks", json!({"name": "The sea"})).await.is(201).text("id");
    let path = format!("lorebooks/{id}/entries");
    let body = json!({"entries": [
        {"content": "Tides.", "extensions": {"mine": null}}, {"uid": 7, "content": "Storms.", "position": "at_depth"},
    ]});

    let first = mira.asks(mira.keyed(&path, "k1", &body)).await.is(201).json();
    let again = mira.asks(mira.keyed(&path, "k1", &body)).await.is(201).json();

    assert_eq!((&again, &first["uids"][1]), (&first, &json!(7)));
    let lore = mira.lore(&id).await;
    assert_eq!(lore.len(), 2);
    assert_eq!((&lore[0]["extensions"], &lore[1]["position"]), (&json!({"mine": null}), &json!("at_depth")));
    assert_eq!((&lore[1]["enabled"], &lore[1]["order"]), (&json!(true), &json!(100)));
    let taken = json!({"entries": [{"uid": 7, "content": "Calm."}]});
    mira.posts(&path, taken).await.is_refused(409, "entry-already-here");
    for odd in
        [json!({"entries": []}), json!({"entries": [{"colour": 1}]}), json!({"entries": [[7]]}), json!({})]
    {
        mira.posts(&path, odd).await.is_refused(422, "unexpected-shape");
    }
    mira.patches(&format!("{path}/7"), json!({"probability": 101})).await.is_refused(422, "out-of-bounds");
    mira.patches(&format!("{path}/7"), json!({"uid": 8})).await.is_refused(422, "unexpected-shape");
    for nowhere in ["8", "x", "-1"] {
        mira.deletes(&format!("{path}/{nowhere}")).await.is_refused(404, "entry-not-found");
    }
}

#[tokio::test]
async fn a_lorebook_is_for_a_character_or_for_everybody_until_it_is_not() {
    let (mira, vlad) = (mira().await, mira().await);
    let (ida, his) = (mira.invents("Ida").await, vlad.invents("Igor").await);
    let id = mira.posts("lorebooks", json!({"name": "The sea"})).await.is(201).text("id");
    let link = |to: &str| format!("lorebooks/{id}/links/{to}");
    let put = |to: &str| mira.request(Method::PUT, &link(to));

    mira.asks(put(&ida)).await.is(200);
    mira.asks(put(&ida)).await.is(200);
    mira.asks(put("account")).await.is(200);

    let links = || async { mira.gets(&format!("lorebooks/{id}")).await.is(200).json()["links"].clone() };
    assert_eq!(links().await, json!({"account": true, "character_ids": [ida]}));
    for nobody in [his.as_str(), "nobody"] {
        mira.asks(put(nobody)).await.is_refused(404, "character-not-found");
    }
    vlad.asks(vlad.request(Method::PUT, &link(&his))).await.is_refused(404, "lorebook-not-found");
    mira.deletes(&link(&ida)).await.is(200);
    mira.deletes(&link("account")).await.is(200);
    mira.deletes(&link("account")).await.is(200);
    assert_eq!(links().await, json!({"account": false, "character_ids": []}));
}

#[tokio::test]
async fn a_retired_lorebook_comes_back_by_itself_or_with_its_file() {
    let mira = mira().await;
    let file = world(1, "Wet.");
    let id = mira.brings_lore(file.clone()).await.is(201).text("id");
    let path = format!("lorebooks/{id}");

    mira.deletes(&path).await.is(200);
    mira.patches(&path, json!({"name": "The sea"})).await.is_refused(409, "lorebook-retired");
    assert_eq!(mira.gets("lorebooks").await.is(200).json()["items"], json!([]));
    assert_eq!(mira.gets("lorebooks?retired=true").await.is(200).json()["items"][0]["is_active"], false);
    mira.does(&format!("{path}/restore")).await.is(200);
    mira.deletes(&path).await.is(200);
    assert_eq!(mira.brings_lore(file).await.is(201).text("id"), id);

    assert_eq!(names(&mira.gets("lorebooks?query=lore").await.is(200).json()), ["Lorebook"]);
}
