use serde_json::json;

use super::*;
use crate::archive::forge::{deflated, stored, zip, zip_from};
use crate::{Refusal, picture, write_png};

/// A card as people write them by hand.
const CARD: &str = r#"{
  "spec" : "chara_card_v2", "spec_version":"2.0",
  "unknown": [1.0, 12345678901234567890123, "\u00e4\/", 1E+2],
  "data": {
    "name": "Mira",
    "description": "Keeps the inn.",
    "tags": ["inn", "night"],
    "extensions": {"a.b": {"deep": null}, "fav": false}, "empty": {}, "none": []
  }
}
"#;

fn edited(card: &str, edits: &[Edit]) -> Result<String, EditRefused> {
    edit(card.as_bytes(), edits).map(|bytes| String::from_utf8(bytes).unwrap())
}

fn set(path: &str, value: impl Into<Value>) -> Result<String, EditRefused> {
    edited(CARD, &[Edit::set(path, value)])
}

fn removed(path: &str) -> Result<String, EditRefused> {
    edited(CARD, &[Edit::remove(path)])
}

#[test]
fn without_edits_the_file_is_the_same() {
    for file in [CARD.as_bytes(), b"{\"name\":\"Mira\",\"first_mes\":\"\"}\0\0"] {
        assert_eq!(edit(file, &[]).unwrap(), file);
    }
}

#[test]
fn a_value_is_replaced_where_it_stands() {
    assert_eq!(set("data.name", "Mi\"ra").unwrap(), CARD.replace("\"Mira\"", r#""Mi\"ra""#));
    assert_eq!(set("data.tags[1]", "day").unwrap(), CARD.replace("night", "day"));
    assert_eq!(set("unknown[1]", 7).unwrap(), CARD.replace("12345678901234567890123", "7"));
    let deep = CARD.replace("{\"deep\": null}", "{\"deep\": [1]}");
    assert_eq!(set(r#"data.extensions["a.b"].deep"#, json!([1])).unwrap(), deep);
}

#[test]
fn what_was_not_there_is_put_behind_the_last_spaced_like_it() {
    let greeting = CARD.replace(" \"none\": []", " \"none\": [], \"first_mes\": \"Hi\"");
    assert_eq!(set("data.first_mes", "Hi").unwrap(), greeting);
    assert_eq!(set("data.tags[2]", "x").unwrap(), CARD.replace("\"night\"", "\"night\", \"x\""));
    assert_eq!(set("data.empty.a.b", 1).unwrap(), CARD.replace("{}", r#"{"a":{"b":1}}"#));
    assert_eq!(set("data.none[0]", 1).unwrap(), CARD.replace("[]", "[1]"));
    assert_eq!(set("data.none[0].a", 1).unwrap(), CARD.replace("[]", r#"[{"a":1}]"#));
    let through_null = CARD.replace("{\"deep\": null}", r#"{"deep": {"er":1}}"#);
    assert_eq!(set(r#"data.extensions["a.b"].deep.er"#, 1).unwrap(), through_null);
}

#[test]
fn lines_are_kept_when_something_is_added_to_them() {
    let card = "{\n  \"name\": \"Mira\",\n  \"first_mes\": \"\"\n}";

    let added = edited(card, &[Edit::set("scenario", "S")]).unwrap();

    assert_eq!(added, "{\n  \"name\": \"Mira\",\n  \"first_mes\": \"\",\n  \"scenario\": \"S\"\n}");
}

#[test]
fn what_is_removed_takes_its_comma_with_it() {
    assert_eq!(removed("data.tags[0]").unwrap(), CARD.replace("\"inn\", ", ""));
    assert_eq!(removed("data.tags[1]").unwrap(), CARD.replace(", \"night\"", ""));
    assert_eq!(removed(r#"data.extensions["a.b"].deep"#).unwrap(), CARD.replace("\"deep\": null", ""));
    assert_eq!(removed("spec_version").unwrap(), CARD.replace(", \"spec_version\":\"2.0\"", ""));
}

#[test]
fn a_key_that_is_there_twice_is_set_where_it_counts_and_removed_everywhere() {
    let card = r#"{"name":"Mira","first_mes":"a","x":1,"first_mes":"b"}"#;

    let set = edited(card, &[Edit::set("first_mes", "c")]).unwrap();
    assert_eq!(set, card.replace("\"b\"", "\"c\""));
    assert_eq!(edited(card, &[Edit::remove("first_mes")]).unwrap(), r#"{"name":"Mira","x":1}"#);
    let card = r#"{"x":1, "x":2, "name":"Mira", "x":3, "first_mes":"", "x":4, "x":5}"#;
    assert_eq!(edited(card, &[Edit::remove("x")]).unwrap(), r#"{"name":"Mira", "first_mes":""}"#);
    let card = r#"{"name":"Mira", "first_mes":"", "data":{ "x":1, "x":2 }}"#;
    assert_eq!(
        edited(card, &[Edit::remove("data.x"), Edit::remove("data")]).unwrap(),
        r#"{"name":"Mira", "first_mes":""}"#
    );
}

#[test]
fn edits_are_made_in_their_order() {
    let edits =
        [Edit::set("data.tags[2]", "a"), Edit::remove("data.tags[0]"), Edit::set("data.tags[1]", "b")];

    assert_eq!(edited(CARD, &edits).unwrap(), CARD.replace(r#""inn", "night""#, r#""night", "b""#));
}

#[test]
fn what_cannot_be_done_is_refused_by_its_reason() {
    assert_eq!(set("data..name", 1), Err(EditRefused::BadPath));
    assert_eq!(set("data.name.x", 1), Err(EditRefused::NotAContainer));
    assert_eq!(set("data.tags.x", 1), Err(EditRefused::NotAContainer));
    assert_eq!(set("data[0]", 1), Err(EditRefused::NotAContainer));
    assert_eq!(set("data.tags[3]", 1), Err(EditRefused::NoSuchPath));
    assert_eq!(set("data.new[1]", 1), Err(EditRefused::NoSuchPath));
    assert_eq!(removed("data.gone"), Err(EditRefused::NoSuchPath));
    assert_eq!(removed("data.gone.too"), Err(EditRefused::NoSuchPath));
    assert_eq!(removed("data.name"), Err(EditRefused::Spoiled(Refusal::NoName)));
    assert_eq!(edited(CARD, &vec![Edit::set("a", 1); bounds::EDITS + 1]), Err(EditRefused::TooMany));
    assert_eq!(edited("{", &[]).unwrap_err().code(), "bad-json");
}

#[test]
fn v1_has_its_fields_at_the_root() {
    let card = r#"{"name":"Mira","description":"x"}"#;

    let edits = [Edit::set("data.name", "Aqua"), Edit::set("description", "y")];
    assert_eq!(edited(card, &edits).unwrap(), r#"{"name":"Aqua","description":"y"}"#);
}

#[test]
fn what_the_root_repeats_is_changed_with_it() {
    let card = r#"{"name":"Mira","creatorcomment":"n","talkativeness":0.50,"scenario":"other","tags":["a"],"data":{
        "name":"Mira","creator_notes":"n","scenario":"S","tags":["a"],"extensions":{"talkativeness":0.50}}}"#;
    let edits = [
        Edit::set("data.name", "Aqua"),
        Edit::set("data.creator_notes", "m"),
        Edit::set("data.extensions.talkativeness", 1),
        Edit::set("data.scenario", "T"),
        Edit::set("data.tags[1]", "b"),
    ];

    let expected = card.replace("Mira", "Aqua").replace("\"n\"", "\"m\"").replace("0.50", "1");
    let expected = expected.replace("\"S\"", "\"T\"").replace("\"a\"", "\"a\",\"b\"");
    assert_eq!(edited(card, &edits).unwrap(), expected);
}

#[test]
fn marks_and_encodings_stay() {
    let marked = [b"\xef\xbb\xbf", CARD.as_bytes()].concat();
    let expected = [b"\xef\xbb\xbf", CARD.replace("Mira", "Ä").as_bytes()].concat();
    assert_eq!(edit(&marked, &[Edit::set("data.name", "Ä")]).unwrap(), expected);

    let utf16 =
        |text: &str| format!("\u{feff}{text}").encode_utf16().flat_map(u16::to_be_bytes).collect::<Vec<_>>();
    let expected = utf16(&CARD.replace("Mira", "Ä"));
    assert_eq!(edit(&utf16(CARD), &[Edit::set("data.name", "Ä")]).unwrap(), expected);

    let broken = CARD.replace("Keeps", "\u{1}").into_bytes();
    let broken: Vec<u8> = broken.into_iter().map(|byte| if byte == 1 { 0xE9 } else { byte }).collect();
    let changed = edit(&broken, &[Edit::set("data.name", "Mirä")]).unwrap();
    assert!(changed.windows(9).any(|bytes| bytes == b"\"\xe9 the in"));
}

#[test]
fn what_is_told_in_other_words_is_not_edited() {
    let export = r#"{"version":4,"character":{"aiName":"Mira"}}"#;

    assert_eq!(edited(export, &[Edit::set("data.name", "x")]), Err(EditRefused::ReadOnly));
}

fn portrait() -> Vec<u8> {
    let chunk = |kind: &[u8; 4], data: &[u8]| png::chunk(*kind, data).unwrap();
    [&png::SIGNATURE[..], &chunk(b"IHDR", b"head"), &chunk(b"tEXt", b"Software\0us"), &chunk(b"IEND", b"")]
        .concat()
}

#[test]
fn a_picture_is_edited_in_both_of_its_cards_and_nowhere_else() {
    let card = write_png(&portrait(), &serde_json::from_str(CARD).unwrap()).unwrap();

    let changed = edit(&card, &[Edit::set("data.name", "Aqua")]).unwrap();

    let texts = png::card_texts(&changed, &mut Warnings::default()).unwrap();
    for text in &texts {
        let json = String::from_utf8(text.unpack(&mut Warnings::default()).unwrap()).unwrap();
        assert!(
            json.contains(r#""name":"Aqua""#) && json.contains("[1.0,12345678901234567890123,"),
            "{json}"
        );
    }
    assert_eq!(texts.len(), 2);
    assert_eq!(picture(&changed), picture(&card));
    assert_eq!(edit(&card, &[]).unwrap(), card);
}

#[test]
fn a_broken_chunk_beside_the_card_stays_as_it_is() {
    let broken = png::chunk(*b"tEXt", b"ccv3\0!!!").unwrap();
    let card = write_png(&portrait(), &json!({"name": "Mira", "first_mes": ""})).unwrap();
    let (start, rest) = card.split_at(png::SIGNATURE.len());
    let card = [start, &broken, rest].concat();

    let changed = edit(&card, &[Edit::set("data.name", "Aqua")]).unwrap();

    assert!(changed[start.len()..].starts_with(&broken));
    assert_eq!(read(&changed).unwrap().sheet.name, "Aqua");
}

#[test]
fn an_archive_is_edited_in_its_card_only() {
    let others =
        [stored("assets/a.png", b"pixels"), stored("module.risum", b"lore"), stored("../odd", b"odd")];
    let entries = [&others[..1], &[deflated("card.json", CARD.as_bytes())], &others[1..]].concat();
    for base in [0, 9] {
        let file = [b"\xff\xd8\xff\xe0\0\x04jpg", &zip_from(base, &entries)[..]].concat();

        let changed = edit(&file, &[Edit::set("data.name", "Aqua")]).unwrap();

        let archive = Archive::open(&changed).unwrap();
        let card = archive.entry("card.json").unwrap().bytes(10_000).unwrap().0;
        assert_eq!(String::from_utf8(card).unwrap(), CARD.replace("Mira", "Aqua"));
        assert_eq!(archive.prefix(), b"\xff\xd8\xff\xe0\0\x04jpg");
        let same = edit(&changed, &[Edit::set("data.name", "Mira")]).unwrap();
        assert_eq!(read(&same).unwrap(), read(&file).unwrap());
    }
    assert_eq!(edit(&zip(&entries), &[]).unwrap(), zip(&entries));
}
