//! What characters bring along beside their words: faces, sounds, and whatever else; served whole, in part, and small.

use cards::{Asset, AssetContent};
use reqwest::Method;
use serde_json::{Value, json};

use crate::card::{card, json_file, png_file};
use crate::carrier::charx_file;
use crate::guest::Guest;
use crate::house::Innkeeper;

const FOR_EVER: &str = "private, max-age=31536000, immutable";

async fn mira() -> Guest {
    Innkeeper::common().await.guest("Mira").await
}

fn asset(kind: &str, name: &str, ext: &str, bytes: impl Into<Vec<u8>>) -> Asset {
    Asset {
        kind: kind.into(),
        name: name.into(),
        ext: ext.into(),
        uri: format!("embeded://assets/{kind}/{name}.{ext}"),
        content: AssetContent::Embedded(bytes.into().into()),
    }
}

/// A character with a portrait, a face, a sound, and a page that calls itself a picture.
async fn arrives(guest: &Guest) -> (String, Vec<Value>) {
    let portrait = asset("icon", "main", "png", cards::drawn_portrait("Ida"));
    let page = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>";
    let file = charx_file(
        &card(3, "Ida"),
        &[
            portrait,
            asset("emotion", "joy", "webp", cards::drawn_portrait("joy")),
            asset("sound", "bell", "mp3", b"ID3\x04\0 ding".as_slice()),
            asset("background", "sea", "png", page.as_slice()),
        ],
    );
    let id = guest.imports(file).await.is(201).text("id");
    let listed = guest.gets(&format!("characters/{id}/assets")).await.is(200).json();
    (id, listed["items"].as_array().unwrap().clone())
}

fn named<'a>(listed: &'a [Value], name: &str) -> &'a Value {
    listed.iter().find(|asset| asset["name"] == name).unwrap_or_else(|| panic!("no {name} in {listed:?}"))
}

#[tokio::test]
async fn what_came_along_is_listed_as_what_it_is() {
    let mira = mira().await;
    let (id, listed) = arrives(&mira).await;

    let kinds: Vec<_> = listed
        .iter()
        .map(|it| ["kind", "name", "media_type"].map(|field| it[field].as_str().unwrap()))
        .collect();
    assert!(kinds.contains(&["emotion", "joy", "image/png"]), "{kinds:?}");
    assert!(kinds.contains(&["sound", "bell", "audio/mpeg"]), "{kinds:?}");
    let shown = mira.gets(&format!("characters/{id}")).await.is(200).json();
    assert_eq!(shown["appearance"]["assets"].as_array().unwrap().len(), listed.len());
    assert!(shown["avatar_url"].is_string(), "{shown}");
    let bare = mira.imports(json_file(&card(2, "Bare"))).await.is(201).text("id");
    assert_eq!(mira.gets(&format!("characters/{bare}/assets")).await.is(200).json(), json!({"items": []}));
}

#[tokio::test]
async fn a_file_is_kept_by_those_who_have_it_and_never_run() {
    let mira = mira().await;
    let (_, listed) = arrives(&mira).await;

    let face = mira.gets(named(&listed, "joy")["url"].as_str().unwrap()).await.is(200);
    assert_eq!(face.body, cards::drawn_portrait("joy"));
    assert_eq!(
        (face.header("content-type"), face.header("content-disposition")),
        (Some("image/png"), Some("inline"))
    );
    assert_eq!(face.header("cache-control"), Some(FOR_EVER));
    let page = mira.gets(named(&listed, "sea")["url"].as_str().unwrap()).await.is(200);
    assert_eq!(page.header("content-type"), Some("application/octet-stream"));
    assert_eq!(page.header("content-disposition"), Some("attachment; filename*=UTF-8''sea.png"));
    for answer in [&face, &page] {
        assert_eq!(answer.header("content-security-policy"), Some("default-src 'none'; sandbox"));
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
    }

    let known = mira.request(Method::GET, named(&listed, "joy")["url"].as_str().unwrap());
    let known = mira.asks(known.header("if-none-match", face.header("etag").unwrap())).await;
    assert_eq!((known.status, known.body.len()), (304, 0));
}

#[tokio::test]
async fn a_part_of_a_sound_is_answered() {
    let mira = mira().await;
    let (_, listed) = arrives(&mira).await;
    let url = named(&listed, "bell")["url"].as_str().unwrap();
    let range = |range: &str| mira.request(Method::GET, url).header("range", range);

    let part = mira.asks(range("bytes=6-7")).await.is(206);
    let beyond = mira.asks(range("bytes=500-")).await;

    assert_eq!((&part.body[..], part.header("content-range")), (b"di".as_slice(), Some("bytes 6-7/10")));
    beyond.is_refused(416, "range-not-satisfiable");
    assert_eq!(beyond.header("content-range"), Some("bytes */10"));
}

#[tokio::test]
async fn nobody_elses_files_and_no_strange_digests_are_served() {
    let (mira, vlad) = (mira().await, mira().await);
    let (id, listed) = arrives(&mira).await;
    let url = named(&listed, "joy")["url"].as_str().unwrap();

    vlad.gets(url).await.is_refused(404, "character-not-found");
    let own = vlad.imports(json_file(&card(2, "Own"))).await.is(201).text("id");
    let digest = named(&listed, "joy")["digest"].as_str().unwrap();
    vlad.gets(&format!("characters/{own}/assets/{digest}")).await.is_refused(404, "not-found");
    mira.gets(&format!("characters/{id}/assets/..%2F..%2Fetc")).await.is_refused(404, "not-found");
}

#[tokio::test]
async fn files_may_be_taken_away_and_none_brought_in_by_a_revision() {
    let mira = mira().await;
    let (id, listed) = arrives(&mira).await;
    let path = format!("characters/{id}");
    let shown = mira.gets(&path).await.is(200).json();
    let mut kept = shown["appearance"]["assets"].as_array().unwrap().clone();
    kept.retain(|asset| asset["name"] != "joy");

    let mut strange = kept.clone();
    strange[0]["digest"] = json!("00");
    mira.patches(&path, json!({"appearance": {"assets": strange}})).await.is_refused(422, "unexpected-shape");
    mira.patches(&path, json!({"appearance": {"assets": kept}})).await.is(200);

    mira.gets(named(&listed, "joy")["url"].as_str().unwrap()).await.is_refused(404, "not-found");
    mira.gets(named(&listed, "bell")["url"].as_str().unwrap()).await.is(200);
}

#[tokio::test]
async fn pictures_come_small_for_lists() {
    let mira = mira().await;
    let (id, listed) = arrives(&mira).await;
    let (avatar, face) = (format!("characters/{id}/avatar"), named(&listed, "joy")["url"].as_str().unwrap());
    let whole = mira.gets(&avatar).await.is(200);
    for (path, size) in [(avatar.as_str(), 64), (&avatar, 128), (face, 256)] {
        let small = mira.gets(&format!("{path}?size={size}")).await.is(200);
        assert_eq!(small.header("content-type"), Some("image/jpeg"), "{path}");
        assert!(small.body.starts_with(b"\xff\xd8\xff") && small.header("etag") != whole.header("etag"));
        let again = mira.request(Method::GET, &format!("{path}?size={size}"));
        let again = mira.asks(again.header("if-none-match", small.header("etag").unwrap())).await;
        assert_eq!(again.status, 304);
    }
    let problem = mira.gets(&format!("{avatar}?size=100")).await.is_refused(400, "unknown-size");
    assert_eq!(problem["sizes"], json!([64, 128, 256, 512]));
    let sound = named(&listed, "bell")["url"].as_str().unwrap();
    let problem = mira.gets(&format!("{sound}?size=64")).await.is_refused(422, "no-thumbnail");
    assert_eq!(problem["code"], "undecodable");
}

#[tokio::test]
async fn a_picture_that_claims_to_be_endless_is_served_and_not_made_small() {
    let mira = mira().await;
    let mut picture = cards::drawn_portrait("Ida");
    picture[16..24].copy_from_slice(&[0, 0, 0xea, 0x60, 0, 0, 0xea, 0x60]);
    let checksum = crc32fast::hash(&picture[12..29]).to_be_bytes();
    picture[29..33].copy_from_slice(&checksum);
    let file = cards::write_png(&picture, &card(2, "Ida")).unwrap();
    let id = mira.imports(file).await.is(201).text("id");

    let problem = mira.gets(&format!("characters/{id}/avatar?size=64")).await.is_refused(422, "no-thumbnail");

    assert_eq!(problem["code"], "too-many-pixels");
    assert_eq!(mira.gets(&format!("characters/{id}/avatar")).await.is(200).body, picture);
}

#[tokio::test]
async fn an_avatar_comes_in_parts_too() {
    let mira = mira().await;
    let id = mira.imports(png_file(&card(2, "Ida"))).await.is(201).text("id");
    let avatar = mira.request(Method::GET, &format!("characters/{id}/avatar"));

    let part = mira.asks(avatar.header("range", "bytes=1-3")).await.is(206);

    assert_eq!(&part.body[..], b"PNG");
}
