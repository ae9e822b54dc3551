//! Characters leave the house as cards: as they came, or with what was changed here; and what came along comes along.

use std::fs;

use cards::{Asset, AssetContent};
use innkeeper::provider::http::{Outside, client};
use reqwest::header::{COOKIE, SET_COOKIE};
use serde_json::{Value, json};

use crate::card::{card, json_file, png_file};
use crate::carrier::charx_file;
use crate::guest::Guest;
use crate::house::Innkeeper;
use crate::sillytavern::SillyTavern;

async fn mira() -> Guest {
    Innkeeper::common().await.guest("Mira").await
}

async fn brings(guest: &Guest, file: &[u8]) -> String {
    guest.imports(file.to_vec()).await.is(201).text("id")
}

async fn takes(guest: &Guest, id: &str, query: &str) -> Vec<u8> {
    guest.gets(&format!("characters/{id}/card?{query}")).await.is(200).body.to_vec()
}

#[tokio::test]
async fn who_changed_nothing_gets_the_very_file_back() {
    let mira = mira().await;
    let tree = json!({"spec": "chara_card_v2", "data": {"name": "Ida", "tags": "a, a", "one": 1.0}});
    for (format, media_type, file) in [
        ("png", "image/png", png_file(&card(3, "Ida"))),
        ("json", "application/json", format!(" {tree} \n").into_bytes()),
        ("charx", "application/zip", charx_file(&card(3, "Ida"), &[])),
    ] {
        let id = brings(&mira, &file).await;
        for query in [format!("format={format}"), String::new()] {
            let taken = mira.gets(&format!("characters/{id}/card?{query}")).await.is(200);
            assert!(taken.body == file, "{format} is another file");
            assert_eq!(taken.header("content-type"), Some(media_type));
            assert_eq!(
                taken.header("content-disposition"),
                Some(&*format!("attachment; filename*=UTF-8''Ida.{format}"))
            );
        }
    }
}

#[tokio::test]
async fn what_was_changed_here_is_changed_in_the_card_and_nothing_else() {
    let mira = mira().await;
    let mut card = card(2, "Ida");
    card["data"]["extensions"] =
        json!({"depth_prompt": {"prompt": "", "depth": 4, "role": "system"}, "mine": 1});
    let (bare, pictured) = (brings(&mira, &json_file(&card)).await, brings(&mira, &png_file(&card)).await);
    let change = json!({
        "description": {"name": "Idalia", "tags": ["oven"], "nickname": "Dalia"},
        "greetings": {"solo": ["Hungry?", "You again!"]},
        "instructions": {"depth_prompt": {"prompt": "Flour!", "depth": 2, "role": "user"}, "talkativeness": 0.7},
    });
    for id in [&bare, &pictured] {
        mira.patches(&format!("characters/{id}"), change.clone()).await.is(200);
    }

    let mut expected = card.clone();
    expected["data"]["name"] = json!("Idalia");
    expected["data"]["tags"] = json!(["oven"]);
    expected["data"]["nickname"] = json!("Dalia");
    expected["data"]["first_mes"] = json!("Hungry?");
    expected["data"]["extensions"]["depth_prompt"] = json!({"prompt": "Flour!", "depth": 2, "role": "user"});
    expected["data"]["extensions"]["talkativeness"] = json!(0.7);
    let taken: Value = serde_json::from_slice(&takes(&mira, &bare, "format=json").await).unwrap();
    assert_eq!(taken, expected);
    let taken = takes(&mira, &pictured, "format=png").await;
    assert_eq!(cards::read(&taken).unwrap().tree(), &expected);
    assert_eq!(cards::picture(&taken), cards::picture(&png_file(&card)));
}

#[tokio::test]
async fn a_card_leaves_in_another_kind_of_file_or_version() {
    let mira = mira().await;
    let id = brings(&mira, &png_file(&card(2, "Ida"))).await;

    let archive = cards::read(&takes(&mira, &id, "format=charx").await).unwrap();
    let bare = cards::read(&takes(&mira, &id, "format=json&spec=v3").await).unwrap();

    assert_eq!(archive.sheet.name, "Ida");
    assert_eq!(archive.portrait(), cards::picture(&png_file(&card(2, "Ida"))).map(Into::into));
    assert_eq!((bare.spec, bare.sheet.tags), (cards::Spec::V3, vec!["inn".to_owned(), "rain".to_owned()]));
    let old = mira.gets(&format!("characters/{id}/card?format=charx&spec=v2")).await;
    old.is_refused(400, "bad-request");
    mira.gets(&format!("characters/{id}/card?format=gif")).await.is_refused(400, "bad-request");
    let vlad = Innkeeper::common().await.guest("Vlad").await;
    vlad.gets(&format!("characters/{id}/card")).await.is_refused(404, "character-not-found");
}

#[tokio::test]
async fn what_would_be_lost_is_named_and_lost_only_if_that_is_accepted() {
    let mira = mira().await;
    let large = [cards::drawn_portrait("Ida"), vec![0; cards::bounds::JSON_BYTES]].concat();
    let id = brings(&mira, &cards::write_png(&large, &card(3, "Ida")).unwrap()).await;

    let refused = mira.gets(&format!("characters/{id}/card?format=json")).await;
    let problem = refused.is_refused(409, "would-lose");
    assert_eq!(problem["losses"][0]["code"], "asset-left");

    let taken = takes(&mira, &id, "format=json&lossy=true").await;
    assert_eq!(cards::read(&taken).unwrap().sheet.name, "Ida");
}

#[tokio::test]
async fn one_who_was_made_up_here_leaves_on_a_card_of_their_own() {
    let mira = mira().await;
    let made = json!({
        "description": {"name": "Zoë / Ida", "text": "A cook.", "tags": ["kitchen"]},
        "personality": {"summary": "warm"},
        "greetings": {"solo": ["Hungry?", "Thirsty?"]},
        "instructions": {"depth_prompt": {"prompt": "Flour!", "depth": 2, "role": "user"}, "talkativeness": 0.7},
    });
    let id = mira.posts("characters", made).await.is(201).text("id");
    for format in ["png", "json", "charx"] {
        let taken = mira.gets(&format!("characters/{id}/card?format={format}")).await.is(200);
        let name = taken.header("content-disposition").unwrap();
        assert_eq!(name, format!("attachment; filename*=UTF-8''Zo%C3%AB%20_%20Ida.{format}"));
        let again = brings(&mira, &taken.body).await;

        let (first, second) = (shown(&mira, &id).await, shown(&mira, &again).await);
        for part in ["description", "personality", "greetings", "instructions"] {
            assert_eq!(first[part], second[part], "{format}");
        }
        assert_eq!(second["card_spec"], "v3");
    }
    let old = cards::read(&takes(&mira, &id, "format=json&spec=v2").await).unwrap();
    assert_eq!(old.spec, cards::Spec::V2);
}

async fn shown(guest: &Guest, id: &str) -> Value {
    guest.gets(&format!("characters/{id}")).await.is(200).json()
}

#[tokio::test]
async fn a_card_that_is_known_is_not_sent_again_and_a_part_of_it_is() {
    let mira = mira().await;
    let file = png_file(&card(2, "Ida"));
    let path = format!("characters/{}/card", brings(&mira, &file).await);
    let etag = mira.gets(&path).await.is(200).header("etag").unwrap().to_owned();

    let known = mira.request(reqwest::Method::GET, &path).header("if-none-match", &etag);
    let part = mira.request(reqwest::Method::GET, &path).header("range", "bytes=0-7");

    assert_eq!(mira.asks(known).await.is(304).body.len(), 0);
    assert_eq!(&mira.asks(part).await.is(206).body[..], &file[..8]);
}

#[tokio::test]
async fn a_file_is_no_answer_to_be_packed_otherwise() {
    let mira = mira().await;
    let file = br#" {"name": "Ida", "first_mes": "Hi", "one": 1.0} "#;
    let path = format!("characters/{}/card", brings(&mira, file).await);
    let packed = mira.request(reqwest::Method::GET, &path).header("accept", "application/msgpack");

    let taken = mira.asks(packed).await.is(200);

    assert_eq!((taken.header("content-type"), &taken.body[..]), (Some("application/json"), &file[..]));
}

#[tokio::test]
async fn a_card_with_its_sounds_and_faces_comes_and_goes() {
    let mira = mira().await;
    let face = Asset {
        kind: "emotion".into(),
        name: "joy".into(),
        ext: "png".into(),
        uri: "embeded://assets/emotion/images/joy.png".into(),
        content: AssetContent::Embedded(cards::drawn_portrait("joy").into()),
    };
    let id = brings(&mira, &charx_file(&card(3, "Ida"), std::slice::from_ref(&face))).await;

    let taken = cards::read(&takes(&mira, &id, "format=png").await).unwrap();

    let faces: Vec<_> = taken.assets.iter().filter(|asset| asset.kind == "emotion").collect();
    assert_eq!(faces.len(), 1);
    assert_eq!((faces[0].name.as_str(), faces[0].bytes()), ("joy", face.bytes()));
}

#[tokio::test]
async fn sillytaverns_own_characters_come_and_go_byte_for_byte() {
    let mira = mira().await;
    let content = SillyTavern::package().await.join("default/content");
    let files = fs::read_dir(&content).unwrap().map(|entry| entry.unwrap().path());
    let mut count = 0;
    for path in files.filter(|path| path.extension().is_some_and(|ext| ext == "png")) {
        let file = fs::read(&path).unwrap();
        if cards::read(&file).is_ok() {
            count += 1;
            let id = brings(&mira, &file).await;
            assert!(takes(&mira, &id, "format=png").await == file, "{}", path.display());
        }
    }
    assert!(count > 0, "no character in {}", content.display());
}

#[tokio::test]
async fn what_sillytavern_makes_of_our_card_is_what_we_meant() {
    let (mira, tavern) = (mira().await, SillyTavern::shared().await);
    let id = brings(&mira, &png_file(&card(3, "Ida of the round trip"))).await;
    let change = json!({
        "description": {"text": "A baker.\n\"Yes\" 🥐", "tags": ["oven", "näher"]},
        "greetings": {"solo": ["Hungry?", "Thirsty?"]},
        "instructions": {"depth_prompt": {"prompt": "Flour!", "depth": 2, "role": "user"}, "talkativeness": 0.7},
    });
    mira.patches(&format!("characters/{id}"), change).await.is(200);

    let theirs = through(tavern, takes(&mira, &id, "format=png").await).await;
    let again = brings(&mira, &theirs).await;

    let (ours, back) = (shown(&mira, &id).await, shown(&mira, &again).await);
    for part in ["name", "description", "personality", "greetings", "instructions"] {
        assert_eq!(ours[part], back[part], "{part}");
    }
}

/// What SillyTavern exports of a card that it imported.
async fn through(tavern: &SillyTavern, card: Vec<u8>) -> Vec<u8> {
    let http = client(&Outside::default()).expect("a client");
    let token = http.get(format!("{}/csrf-token", tavern.url())).send().await.unwrap();
    let cookies: Vec<_> = token
        .headers()
        .get_all(SET_COOKIE)
        .iter()
        .map(|cookie| cookie.to_str().unwrap().split(';').next().unwrap().to_owned())
        .collect();
    let token: Value = token.json().await.unwrap();
    let post = |path: &str| {
        http.post(format!("{}/api/characters/{path}", tavern.url()))
            .header(COOKIE, cookies.join("; "))
            .header("X-CSRF-Token", token["token"].as_str().unwrap())
    };
    let head = b"--x-b-x\r\ncontent-disposition: form-data; name=\"file_type\"\r\n\r\npng\r\n\
        --x-b-x\r\ncontent-disposition: form-data; name=\"avatar\"; filename=\"ida.png\"\r\n\
        content-type: image/png\r\n\r\n";
    let form = [head.as_slice(), &card, b"\r\n--x-b-x--\r\n"].concat();
    let form = post("import").header("content-type", "multipart/form-data; boundary=x-b-x").body(form);
    let imported = form.send().await.unwrap();
    let name: Value = imported.error_for_status().unwrap().json().await.unwrap();
    let name = name["file_name"].as_str().unwrap_or_else(|| panic!("{name}"));
    let order = json!({"format": "png", "avatar_url": format!("{name}.png")});
    let exported = post("export").json(&order).send().await.unwrap();
    exported.error_for_status().unwrap().bytes().await.unwrap().to_vec()
}
