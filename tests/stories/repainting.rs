//! A character gets another picture: it is checked, shown small and large, and goes along with the card.

use reqwest::Method;
use serde_json::json;

use crate::answer::Answer;
use crate::card::{card, png_file};
use crate::guest::Guest;
use crate::house::Innkeeper;

async fn mira() -> Guest {
    Innkeeper::common().await.guest("Mira").await
}

async fn repaints(guest: &Guest, id: &str, picture: &[u8]) -> Answer {
    guest.asks(guest.request(Method::PUT, &format!("characters/{id}/avatar")).body(picture.to_vec())).await
}

/// A picture of so many pixels a side, all of one colour.
fn drawn(side: u32, format: image::ImageFormat) -> Vec<u8> {
    let mut picture = vec![];
    image::RgbImage::new(side, side).write_to(&mut std::io::Cursor::new(&mut picture), format).unwrap();
    picture
}

fn width(picture: &[u8]) -> u32 {
    image::load_from_memory(picture).unwrap().width()
}

#[tokio::test]
async fn another_picture_is_shown_large_and_small_and_goes_along() {
    let mira = mira().await;
    let id = mira.imports(png_file(&card(3, "Ida"))).await.is(201).text("id");
    let avatar = format!("characters/{id}/avatar");
    let before = mira.gets(&format!("{avatar}?size=64")).await.is(200);
    for format in [image::ImageFormat::Png, image::ImageFormat::Jpeg, image::ImageFormat::Gif] {
        let picture = drawn(200, format);

        let answer = repaints(&mira, &id, &picture).await.is(200);

        let shown = mira.gets(&avatar).await.is(200);
        assert!(shown.body == picture, "{format:?}");
        assert_eq!(answer.header("etag"), shown.header("etag"));
        assert_eq!(mira.gets(&answer.text("avatar_url")).await.is(200).body, picture);
        assert_eq!(
            mira.gets(&format!("characters/{id}")).await.is(200).text("avatar_url"),
            answer.text("avatar_url")
        );
        let small = mira.gets(&format!("{avatar}?size=64")).await.is(200);
        assert!(width(&small.body) == 64 && small.header("etag") != before.header("etag"));
        let taken = mira.gets(&format!("characters/{id}/card?format=png")).await.is(200);
        assert_eq!((width(&taken.body), cards::read(&taken.body).unwrap().sheet.name.as_str()), (200, "Ida"));
    }
}

#[tokio::test]
async fn what_is_no_picture_or_too_much_of_one_is_refused_and_changes_nothing() {
    let mira = mira().await;
    let id = mira.imports(png_file(&card(2, "Ida"))).await.is(201).text("id");
    let before = mira.gets(&format!("characters/{id}/avatar")).await.is(200).body;
    let mut endless = cards::drawn_portrait("Ida");
    endless[16..24].copy_from_slice(&[0, 0, 0xea, 0x60, 0, 0, 0xea, 0x60]);
    let checksum = crc32fast::hash(&endless[12..29]).to_be_bytes();
    endless[29..33].copy_from_slice(&checksum);
    let half = &drawn(100, image::ImageFormat::Png)[..60];
    for (file, code) in [
        (&b""[..], "unknown-format"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "unknown-format"),
        (b"\x89PNG\r\n\x1a\n", "undecodable"),
        (b"\0\0\0\x18ftypavif\0\0\0\0avifmif1", "undecodable"),
        (half, "undecodable"),
        (&endless, "too-many-pixels"),
    ] {
        let problem = repaints(&mira, &id, file).await.is_refused(422, "picture-refused");
        assert_eq!(problem["code"], code);
    }
    assert_eq!(mira.gets(&format!("characters/{id}/avatar")).await.is(200).body, before);
}

#[tokio::test]
async fn who_knows_another_picture_is_told_and_strangers_know_nobody() {
    let (mira, vlad) = (mira().await, mira().await);
    let id = mira.imports(png_file(&card(2, "Ida"))).await.is(201).text("id");
    let avatar = format!("characters/{id}/avatar");
    let first = mira.gets(&avatar).await.is(200);
    let knowing = |etag: &str, key: &str| {
        let request =
            mira.request(Method::PUT, &avatar).header("if-match", etag).header("idempotency-key", key);
        request.body(drawn(30, image::ImageFormat::Png))
    };
    let etag = first.header("etag").unwrap();

    let painted = mira.asks(knowing(etag, "once")).await.is(200);
    mira.asks(knowing(etag, "late")).await.is_refused(412, "stale-version");
    let again = mira.asks(knowing(etag, "once")).await.is(200);

    assert_eq!(again.header("ink-outcome"), Some("repeated"));
    assert_eq!(again.header("etag"), painted.header("etag"));
    let version = mira.gets(&format!("characters/{id}")).await.is(200);
    let same = mira.asks(knowing(version.header("etag").unwrap(), "other")).await.is(200);
    assert_eq!(same.header("ink-outcome"), Some("nothing"));
    repaints(&vlad, &id, &drawn(30, image::ImageFormat::Png)).await.is_refused(404, "character-not-found");
    mira.deletes(&format!("characters/{id}")).await.is(200);
    repaints(&mira, &id, &drawn(40, image::ImageFormat::Png)).await.is_refused(409, "character-retired");
}

#[tokio::test]
async fn of_a_card_as_a_picture_only_the_portrait_is_taken_and_looks_in_words_stay() {
    let mira = mira().await;
    let id = mira.invents("Ida").await;
    mira.patches(&format!("characters/{id}"), json!({"appearance": {"text": "Flour on her hands."}}))
        .await
        .is(200);

    repaints(&mira, &id, &png_file(&card(2, "Somebody else"))).await.is(200);

    let shown = mira.gets(&format!("characters/{id}")).await.is(200).json();
    assert_eq!(shown["appearance"]["text"], "Flour on her hands.");
    let picture = mira.gets(&format!("characters/{id}/avatar")).await.is(200).body;
    assert_eq!(cards::read(&picture).unwrap_err().code(), "no-card");
}
