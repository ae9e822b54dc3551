use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::comment::MARK;
use super::*;
use crate::{Card, Carrier, read};

const JSON: &str = r#"{"name":"Mira","description":"Keeps the inn.","first_mes":"ä"}"#;

/// A TIFF whose user comment is this, in either order of bytes.
fn tiff(comment: &[u8], is_little: bool) -> Vec<u8> {
    let short = |n: u16| if is_little { n.to_le_bytes() } else { n.to_be_bytes() };
    let long = |n: u32| if is_little { n.to_le_bytes() } else { n.to_be_bytes() };
    let field =
        |tag, kind, count, value| [&short(tag)[..], &short(kind), &long(count), &long(value)].concat();
    let start: &[u8] = if is_little { b"II*\0" } else { b"MM\0*" };
    let length = u32::try_from(comment.len()).unwrap();
    let first = [&short(1)[..], &field(0x8769, 4, 1, 26), &long(0)].concat();
    let inner = [&short(1)[..], &field(0x9286, 7, length, 44), &long(0)].concat();
    [start, &long(8), &first, &inner, comment].concat()
}

fn ascii(text: &str) -> Vec<u8> {
    [b"ASCII\0\0\0", text.as_bytes()].concat()
}

fn segment(marker: u8, data: &[u8]) -> Vec<u8> {
    let length = u16::try_from(data.len() + 2).unwrap().to_be_bytes();
    [&[0xFF, marker][..], &length, data].concat()
}

const PIXELS: &[u8] = b"\xff\xda\0\x02 pixels \xff\xd9";

fn jpeg(exif: &[u8]) -> Vec<u8> {
    let mut file = b"\xff\xd8".to_vec();
    file.extend(segment(0xE0, b"JFIF\0"));
    for (nth, part) in exif.chunks(60_000).enumerate() {
        file.extend(segment(0xE1, &[MARK, part].concat()));
        if nth == 0 {
            file.extend(segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0<x/>"));
        }
    }
    [&file, PIXELS].concat()
}

fn riff(chunks: &[(&[u8; 4], &[u8])]) -> Vec<u8> {
    let mut body = b"WEBP".to_vec();
    for (kind, data) in chunks {
        let length = u32::try_from(data.len()).unwrap().to_le_bytes();
        body.extend([&kind[..], &length, data, &[0][..data.len() % 2]].concat());
    }
    [b"RIFF", &u32::try_from(body.len()).unwrap().to_le_bytes()[..], &body].concat()
}

fn mira(card: &Card) {
    assert_eq!((card.sheet.name.as_str(), card.sheet.first_message.as_str()), ("Mira", "ä"));
}

#[test]
fn a_comment_is_read_in_every_spelling() {
    let utf16 =
        |text: &str, unit: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(unit).collect::<Vec<u8>>();
    let list = JSON.bytes().map(|byte| byte.to_string()).collect::<Vec<_>>().join(",");
    let spellings = [
        (tiff(&ascii(JSON), true), "plain"),
        (tiff(&ascii(&STANDARD.encode(JSON)), false), "base64"),
        (tiff(&[&[0; 8], JSON.as_bytes()].concat(), true), "no charset"),
        (tiff(&[b"UNICODE\0", &utf16(JSON, u16::to_le_bytes)[..]].concat(), true), "UTF-16"),
        (tiff(&[b"UNICODE\0", &utf16(JSON, u16::to_be_bytes)[..]].concat(), false), "UTF-16, the other way"),
        (tiff(&[b"UNICODE\0\xfe\xff", &utf16(JSON, u16::to_be_bytes)[..]].concat(), true), "UTF-16, marked"),
        (tiff(&ascii(&list), true), "list of bytes"),
        (tiff(&[&[0; 8], list.as_bytes()].concat(), true), "list of bytes, no charset"),
    ];
    for (exif, spelling) in spellings {
        let json = card(&exif, "EXIF", &mut Warnings::default()).unwrap().unwrap();

        assert_eq!(String::from_utf8(json).unwrap(), JSON, "{spelling}");
    }
}

#[test]
fn a_comment_that_is_no_card_is_not_one() {
    for exif in [
        tiff(&ascii("a photo"), true),
        tiff(&ascii("1,2,999"), true),
        tiff(b"", true),
        vec![],
        b"II*\0".to_vec(),
    ] {
        assert!(card(&exif, "EXIF", &mut Warnings::default()).is_none());
    }
}

#[test]
fn lengths_and_places_that_lie_lead_nowhere() {
    let good = tiff(&ascii(JSON), true);
    for at in (4..8).chain(18..22).chain(30..42) {
        let mut lie = good.clone();
        lie[at] = 0xFF;

        let _ = card(&lie, "EXIF", &mut Warnings::default());
    }
    let mut far = good;
    far[36..40].copy_from_slice(&u32::MAX.to_le_bytes());
    assert!(card(&far, "EXIF", &mut Warnings::default()).is_none());
}

#[test]
fn a_jpeg_with_a_card_is_read_and_its_portrait_has_none() {
    let card = read(&jpeg(&tiff(&ascii(JSON), false))).unwrap();

    mira(&card);
    assert_eq!(card.carrier, Carrier::Jpeg);
    let xmp = segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0<x/>");
    let bare = [&b"\xff\xd8"[..], &segment(0xE0, b"JFIF\0"), &xmp, PIXELS].concat();
    assert_eq!(card.portrait().unwrap(), bare);
    assert_eq!(read(&bare).unwrap_err(), Refusal::NoCard);
}

#[test]
fn a_card_too_long_for_one_segment_goes_on_in_the_next() {
    let long = JSON.replace("Keeps", &"Keeps ".repeat(30_000));

    mira(&read(&jpeg(&tiff(&ascii(&long), true))).unwrap());
}

#[test]
fn a_webp_with_a_card_is_read_and_its_portrait_has_none() {
    let exif = tiff(&ascii(JSON), true);
    let file = riff(&[(b"VP8X", b"\x2c\0\0\0\0\0\0\0\0\0"), (b"VP8 ", b"pix"), (b"EXIF", &exif)]);

    let card = read(&file).unwrap();

    mira(&card);
    assert_eq!(card.carrier, Carrier::Webp);
    assert_eq!(card.portrait().unwrap(), riff(&[(b"VP8X", b"\x24\0\0\0\0\0\0\0\0\0"), (b"VP8 ", b"pix")]));
}

#[test]
fn exif_in_a_webp_may_begin_with_its_mark() {
    let file = riff(&[(b"EXIF", &[MARK, &tiff(&ascii(JSON), true)].concat())]);

    mira(&read(&file).unwrap());
}

#[test]
fn a_picture_of_backyard_is_read() {
    let export = json!({"version": 1, "character": {"aiName": "Mira", "firstMessage": "ä"}}).to_string();

    mira(&read(&jpeg(&tiff(&ascii(&STANDARD.encode(export)), false))).unwrap());
}
