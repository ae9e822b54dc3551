//! A card is brought in: every version and carrier, what is odd about it, and what is refused.

use reqwest::Method;
use serde_json::{Value, json};

use crate::card::{card, json_file, png_file};
use crate::guest::Guest;
use crate::house::Innkeeper;

async fn mira() -> Guest {
    Innkeeper::common().await.guest("Mira").await
}

/// The card as the field `file` of a form.
fn form(guest: &Guest, file: &[u8]) -> reqwest::RequestBuilder {
    let head = b"--x-boundary-x\r\ncontent-disposition: form-data; name=\"note\"\r\n\r\nfor the inn\r\n\
        --x-boundary-x\r\ncontent-disposition: form-data; name=\"file\"; filename=\"card\"\r\n\r\n";
    let body = [head.as_slice(), file, b"\r\n--x-boundary-x--\r\n"].concat();
    guest
        .request(Method::POST, "characters/import")
        .header("content-type", "multipart/form-data; boundary=x-boundary-x")
        .body(body)
}

fn names(page: &Value) -> Vec<&str> {
    page["items"].as_array().unwrap().iter().map(|item| item["name"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_card_of_any_version_comes_in_by_any_carrier() {
    let mira = mira().await;
    for version in 1..=3 {
        for (carrier, file) in [("json", json_file as fn(&Value) -> Vec<u8>), ("png", png_file)] {
            let name = format!("Ida {version} {carrier}");
            let file = file(&card(version, &name));

            for imported in [mira.imports(file.clone()).await, mira.asks(form(&mira, &file)).await] {
                let imported = imported.is(201);
                let id = imported.text("id");
                assert_eq!(imported.text("name"), name);
                assert_eq!(imported.json()["warnings"], json!([]), "{name}");
                assert_eq!(imported.header("location").unwrap(), format!("/api/v1/characters/{id}"));

                let shown = mira.gets(&format!("characters/{id}")).await.is(200);
                let body = shown.json();
                assert_eq!(shown.header("etag"), imported.header("etag"));
                assert_eq!(body["card_spec"], format!("v{version}"));
                assert_eq!(body["description"]["text"], format!("{name} keeps the inn."));
                assert_eq!(
                    body["description"]["nickname"],
                    if version == 3 { json!("Mimi") } else { Value::Null }
                );
                assert_eq!(body["greetings"]["solo"][0], format!("Come in, I am {name}!"));
                assert_eq!(body["avatar_url"].is_string(), carrier == "png", "{body}");
            }
        }
    }
}

#[tokio::test]
async fn what_is_odd_about_a_card_is_put_right_and_told() {
    let mira = mira().await;
    let mut odd = card(2, "Odd");
    odd["data"]["tags"] = json!("inn, rain");
    odd["data"]["creator"] = json!("x".repeat(300));

    let imported = mira.imports(json_file(&odd)).await.is(201).json();

    let warnings = imported["warnings"].as_array().unwrap();
    let places: Vec<_> = warnings.iter().map(|warning| warning["at"].as_str().unwrap()).collect();
    assert!(places.contains(&"data.tags") && places.contains(&"data.creator"), "{warnings:?}");
    assert!(warnings.iter().all(|one| one["code"].is_string() && one["message"].is_string()), "{warnings:?}");
}

#[tokio::test]
async fn what_is_no_card_is_refused_with_a_reason() {
    let mira = mira().await;
    let mut nameless = card(2, "Ida");
    nameless["data"]["name"] = json!("");
    let picture = png_file(&card(2, "Ida"));
    let mut damaged = picture.clone();
    damaged.truncate(60);
    let mut deep = "[".repeat(5_000).into_bytes();
    deep.extend("]".repeat(5_000).into_bytes());
    for (code, file) in [
        ("empty", vec![]),
        ("unsupported-format", b"GIF89a is no card".to_vec()),
        ("unknown-format", b"\x00\x01\x02 is no card".to_vec()),
        ("no-card", [&picture[..33], &picture[picture.len() - 12..]].concat()),
        ("damaged-png", damaged),
        ("bad-json", b"{\"name\": ".to_vec()),
        ("not-a-card", b"{\"colour\": \"blue\"}".to_vec()),
        ("no-name", json_file(&nameless)),
        ("too-deep", deep),
    ] {
        let problem = mira.imports(file).await.is_refused(422, "card-refused");
        assert_eq!(problem["code"], code, "{problem}");
    }
    let fieldless = mira.request(Method::POST, "characters/import");
    let fieldless = fieldless.header("content-type", "multipart/form-data; boundary=x").body("--x--\r\n");
    mira.asks(fieldless).await.is_refused(422, "unexpected-shape");
    let unbounded =
        mira.request(Method::POST, "characters/import").header("content-type", "multipart/form-data");
    mira.asks(unbounded.body("no form")).await.is_refused(400, "unreadable-body");
}

#[tokio::test]
async fn the_list_is_searched_by_name_and_tag_and_paged_newest_first() {
    let mira = mira().await;
    for name in ["Beatrice", "Konrad", "Beatrix", "Ludmila", "Konstanze"] {
        let mut one = card(2, name);
        one["data"]["tags"] = json!([if name.starts_with('K') { "cook" } else { "guest" }]);
        mira.imports(json_file(&one)).await.is(201);
    }

    let first = mira.gets("characters?limit=2").await.is(200).json();
    let cursor = first["next_cursor"].as_str().unwrap();
    let second = mira.gets(&format!("characters?limit=2&cursor={cursor}")).await.is(200).json();
    let cursor = second["next_cursor"].as_str().unwrap();
    let third = mira.gets(&format!("characters?limit=2&cursor={cursor}")).await.is(200).json();

    assert_eq!(names(&first), ["Konstanze", "Ludmila"]);
    assert_eq!(names(&second), ["Beatrix", "Konrad"]);
    assert_eq!((names(&third), &third["next_cursor"]), (vec!["Beatrice"], &Value::Null));
    assert_eq!(names(&mira.gets("characters?tag=cook").await.is(200).json()), ["Konstanze", "Konrad"]);
    assert_eq!(names(&mira.gets("characters?query=beatri").await.is(200).json()), ["Beatrix", "Beatrice"]);
    assert_eq!(names(&mira.gets("characters?query=konrad&tag=guest").await.is(200).json()), [""; 0]);
}

#[tokio::test]
async fn a_list_shows_nobody_elses_characters() {
    let (mira, vlad) = (mira().await, mira().await);
    mira.imports(json_file(&card(2, "Ida"))).await.is(201);
    vlad.remembers(&mira.newest().unwrap());

    assert_eq!(names(&vlad.gets("characters").await.is(200).json()), [""; 0]);
}

#[tokio::test]
async fn a_picture_is_served_without_its_card_and_not_twice() {
    let mira = mira().await;
    let card = card(2, "Ida");
    let id = mira.imports(png_file(&card)).await.is(201).text("id");
    let path = format!("characters/{id}/avatar");

    let picture = mira.gets(&path).await.is(200);
    let etag = picture.header("etag").unwrap();
    let again = mira.asks(mira.request(Method::GET, &path).header("if-none-match", etag)).await;

    assert_eq!(picture.header("content-type"), Some("image/png"));
    assert!(picture.body.starts_with(b"\x89PNG\r\n\x1a\n"));
    assert!(!picture.body.windows(5).any(|window| window == b"chara"), "the card is still in it");
    assert_eq!((again.status, again.body.len()), (304, 0));
    let pictureless = mira.imports(json_file(&card)).await.is(201).text("id");
    mira.gets(&format!("characters/{pictureless}/avatar")).await.is_refused(404, "not-found");
}

#[tokio::test]
async fn the_first_character_is_there_from_the_start() {
    let owner = Innkeeper::common().await.owner();

    let page = owner.gets("characters").await.is(200).json();

    let first = &page["items"].as_array().unwrap().last().unwrap();
    let picture = owner.gets(&format!("characters/{}/avatar", first["id"].as_str().unwrap())).await.is(200);
    assert_eq!(picture.header("content-type"), Some("image/png"));
}
