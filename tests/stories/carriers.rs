//! Cards come in whatever kind of file people have, and many at once in an archive.

use reqwest::Method;
use serde_json::{Value, json};

use crate::answer::Answer;
use crate::card::{card, json_file, png_file};
use crate::carrier::{archive, charx_file, in_exif, jpeg_file, webp_file};
use crate::guest::Guest;
use crate::house::Innkeeper;

async fn mira() -> Guest {
    Innkeeper::common().await.guest("Mira").await
}

/// A card of Backyard AI, with a portrait.
fn byaf_file(name: &str) -> Vec<u8> {
    let manifest = json!({
        "schemaVersion": 1, "createdAt": "2025-01-01T00:00:00Z", "author": {"name": "us"},
        "characters": ["characters/m/character.json"], "scenarios": ["scenarios/1.json"],
    });
    let character = json!({
        "schemaVersion": 1, "id": "m", "name": name, "displayName": name, "persona": "{character} keeps the inn.",
        "loreItems": [], "images": [{"path": "images/a.png", "label": ""}],
    });
    let scenario = json!({
        "schemaVersion": 1, "narrative": "", "formattingInstructions": "", "exampleMessages": [], "messages": [],
        "firstMessages": [{"characterID": "m", "text": "Come in!"}],
    });
    archive(&[
        ("manifest.json", &json_file(&manifest)),
        ("characters/m/character.json", &json_file(&character)),
        ("scenarios/1.json", &json_file(&scenario)),
        ("characters/m/images/a.png", &cards::drawn_portrait(name)),
    ])
}

#[tokio::test]
async fn every_kind_of_file_brings_its_character_and_portrait_and_leaves_as_it_came() {
    let mira = mira().await;
    let exif = in_exif(&card(2, "Ida"));
    let yaml = b"name: Ida\ngreeting: |-\n  Come in!\ncontext: Keeps the inn.\n".to_vec();
    for (spec, portrait, media_type, file) in [
        ("v2", Some("image/jpeg"), "image/jpeg", jpeg_file(&exif)),
        ("v2", Some("image/webp"), "image/webp", webp_file(&exif)),
        ("v3", Some("image/png"), "application/zip", byaf_file("Ida")),
        ("textgen", None, "application/yaml", yaml),
        ("v3", None, "application/zip", charx_file(&card(3, "Ida"), &[])),
    ] {
        let id = mira.imports(file.clone()).await.is(201).text("id");

        let shown = mira.gets(&format!("characters/{id}")).await.is(200).json();
        assert_eq!((&shown["name"], &shown["card_spec"]), (&json!("Ida"), &json!(spec)), "{media_type}");
        let avatar = mira.gets(&format!("characters/{id}/avatar")).await;
        match portrait {
            Some(picture) => assert_eq!(avatar.is(200).header("content-type"), Some(picture)),
            None => drop(avatar.is_refused(404, "not-found")),
        }
        let taken = mira.gets(&format!("characters/{id}/card")).await.is(200);
        assert!(taken.body == file, "{media_type} came back as another file");
        assert_eq!(taken.header("content-type"), Some(media_type));
    }
}

#[tokio::test]
async fn what_cannot_be_edited_where_it_is_leaves_as_what_can() {
    let mira = mira().await;
    for (file, format) in [
        (jpeg_file(&in_exif(&card(2, "Ida"))), "png"),
        (byaf_file("Ida"), "charx"),
        (b"name: Ida\ngreeting: Hi\ncontext: Keeps the inn.\n".to_vec(), "json"),
        (b"{\"char_name\": \"Ida\", \"char_greeting\": \"Hi\"}".to_vec(), "json"),
    ] {
        let id = mira.imports(file).await.is(201).text("id");
        let change = json!({"description": {"text": "A baker."}});
        mira.patches(&format!("characters/{id}"), change).await.is(200);

        let taken = mira.gets(&format!("characters/{id}/card?lossy=true")).await.is(200);

        let name = taken.header("content-disposition").unwrap();
        assert!(name.ends_with(format), "{name}");
        let card = cards::read(&taken.body).unwrap();
        assert_eq!((card.sheet.name.as_str(), card.sheet.description.as_str()), ("Ida", "A baker."));
    }
}

/// Two cards, one of them twice, among what people pack along.
fn collection() -> Vec<u8> {
    archive(&[
        ("cards/ida.png", &png_file(&card(2, "Ida"))),
        ("cards/readme.txt", b"my cards"),
        ("cards/bea.json", &json_file(&card(3, "Bea"))),
        ("copy of ida.png", &png_file(&card(2, "Ida"))),
        ("plain.png", &cards::drawn_portrait("nobody")),
        ("__MACOSX/._ida.png", b"clutter"),
    ])
}

fn files<'a>(outcome: &'a Value, part: &str, field: &str) -> Vec<&'a str> {
    let items = outcome[part].as_array().unwrap_or_else(|| panic!("{outcome}"));
    items.iter().map(|item| item[field].as_str().unwrap()).collect()
}

async fn names(guest: &Guest) -> Vec<String> {
    let page = guest.gets("characters").await.is(200).json();
    page["items"].as_array().unwrap().iter().map(|item| item["name"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn of_an_archive_every_card_comes_in_and_every_other_file_is_told_why_not() {
    let mira = mira().await;

    let outcome = mira.imports(collection()).await.is(200).json();

    assert_eq!(files(&outcome, "imported", "file"), ["cards/ida.png", "cards/bea.json", "copy of ida.png"]);
    assert_eq!(files(&outcome, "imported", "name"), ["Ida", "Bea", "Ida"]);
    assert_eq!(files(&outcome, "refused", "file"), ["cards/readme.txt", "plain.png"]);
    assert_eq!(files(&outcome, "refused", "code"), ["unknown-format", "no-card"]);
    assert_eq!(names(&mira).await, ["Bea", "Ida"]);
}

#[tokio::test]
async fn an_archive_that_is_brought_again_adds_nobody_twice() {
    let mira = mira().await;
    let first = mira.imports(collection()).await.is(200).json();
    let id = files(&first, "imported", "id")[0].to_owned();
    mira.patches(&format!("characters/{id}"), json!({"description": {"name": "Idalia"}})).await.is(200);

    let keyed = mira.request(Method::POST, "characters/import").header("idempotency-key", "again");
    let second = mira.asks(keyed.body(collection())).await.is(200).json();

    assert_eq!(files(&first, "imported", "id"), files(&second, "imported", "id"));
    assert_eq!(names(&mira).await, ["Bea", "Idalia"]);
    let vlad = Innkeeper::common().await.guest("Vlad").await;
    let theirs = vlad.imports(collection()).await.is(200).json();
    assert_ne!(files(&theirs, "imported", "id"), files(&second, "imported", "id"));
}

#[tokio::test]
async fn a_character_that_the_rules_refuse_hinders_no_other() {
    let mira = mira().await;
    let mut endless = card(2, "Endless");
    endless["data"]["description"] = json!("a".repeat(200_000));
    let packed = archive(&[("a.json", &json_file(&endless)), ("b.json", &json_file(&card(2, "Bea")))]);

    let outcome = mira.imports(packed).await.is(200).json();

    assert_eq!(files(&outcome, "refused", "code"), ["out-of-bounds"]);
    assert_eq!(files(&outcome, "imported", "name"), ["Bea"]);
}

#[tokio::test]
async fn an_archive_of_nothing_or_too_much_is_told() {
    let mira = mira().await;
    let code = |answer: Answer| answer.is_refused(422, "card-refused")["code"].clone();

    assert_eq!(code(mira.imports(archive(&[])).await), "no-card-in-archive");

    let many: Vec<_> = (0..1_002).map(|number| format!("{number}.txt")).collect();
    let many: Vec<_> = many.iter().map(|name| (name.as_str(), b"note".as_slice())).collect();
    let outcome = mira.imports(archive(&many)).await.is(200).json();
    assert_eq!(files(&outcome, "refused", "code").last(), Some(&"too-many"));
    assert_eq!(outcome["refused"].as_array().unwrap().len(), 1_001);
}
