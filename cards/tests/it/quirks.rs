//! What real files do, each made here: what the whole reader answers.

use cards::{Carrier, Spec, bounds, read};
use serde_json::Value;

use crate::forge::{base64, json, mira, png};

fn codes(bytes: &[u8]) -> Vec<&'static str> {
    read(bytes).unwrap().warnings.iter().map(|warning| warning.code.as_str()).collect()
}

fn refusal(bytes: &[u8]) -> &'static str {
    read(bytes).unwrap_err().code()
}

#[test]
fn a_json_card_is_read_whole() {
    let card = read(&json(&mira())).unwrap();

    assert_eq!((card.carrier, card.spec), (Carrier::Json, Spec::V2));
    assert_eq!(card.sheet.alternate_greetings, ["You again!"]);
    assert_eq!(card.tree().to_string(), mira().to_string());
    assert_eq!(card.warnings, []);
}

#[test]
fn a_picture_card_is_read_whole() {
    let card = read(&png(&[("chara", &base64(&mira()))])).unwrap();

    assert_eq!((card.carrier, card.spec), (Carrier::Png, Spec::V2));
    assert_eq!(card.tree().to_string(), mira().to_string());
    assert_eq!(card.warnings, []);
}

#[test]
fn characters_of_other_programs_are_read_whole() {
    let textgen =
        b"---\nname: Mira\ngreeting: |-\n  Come in!\ncontext: Keeps the inn.\nturn_template: <|user|>\n";
    let card = read(textgen).unwrap();
    assert_eq!((card.carrier, card.spec), (Carrier::Yaml, Spec::TextGen));
    assert_eq!((card.sheet.name.as_str(), card.sheet.first_message.as_str()), ("Mira", "Come in!"));
    assert_eq!(card.tree()["turn_template"], "<|user|>");

    let pygmalion = br#"{"char_name":"Mira","char_persona":"Keeps the inn.","extra":1.0}"#;
    let card = read(pygmalion).unwrap();
    assert_eq!((card.carrier, card.spec), (Carrier::Json, Spec::Pygmalion));
    assert_eq!(card.tree().to_string().as_bytes(), pygmalion);

    assert_eq!(read(b"\xef\xbb\xbfname: Mira\ncontext: x").unwrap().warnings.len(), 1);
    assert_eq!(refusal(b"name: *hello"), "bad-yaml");
}

#[test]
fn a_broken_ccv3_falls_back_to_chara() {
    let good = base64(&mira());
    let nameless = base64(&serde_json::json!({"spec": "chara_card_v3", "spec_version": "3.0", "data": {}}));
    let deep = [b"{\"a\":".repeat(5_000), b"1".to_vec(), b"}".repeat(5_000)].concat();
    for broken in [&b"!!!"[..], b"", b"eyJhIjo", &nameless, b"rcc||rccv1||x||y||z", &deep] {
        let bytes = png(&[("chara", &good), ("ccv3", broken)]);

        assert_eq!(read(&bytes).unwrap().sheet.name, "Mira");
        assert_eq!(codes(&bytes)[0], "chunk-fell-back");
    }
}

#[test]
fn when_no_chunk_can_be_read_the_most_trusted_one_is_the_refusal() {
    assert_eq!(refusal(&png(&[("chara", b"!!!"), ("ccv3", b"rcc||rccv1||x")])), "encrypted");
    assert_eq!(refusal(&png(&[("chara", &base64(&mira())[..41])])), "bad-base64");
    assert_eq!(refusal(&png(&[("chara", &base64(&mira())[..40])])), "bad-json");
    assert_eq!(refusal(&png(&[])), "no-card");
}

#[test]
fn warnings_of_an_attempt_that_failed_are_not_the_cards() {
    let odd =
        base64(&serde_json::json!({"spec": "chara_card_v3", "spec_version": "3.0", "data": {"tags": "a,b"}}));

    assert_eq!(codes(&png(&[("ccv3", &odd), ("chara", &base64(&mira()))])), ["chunk-fell-back"]);
}

#[test]
fn other_files_are_refused_by_what_they_are() {
    assert_eq!(refusal(b""), "empty");
    assert_eq!(refusal(b"hello"), "unknown-format");
    assert_eq!(refusal(b"PK\x03\x04..."), "damaged-archive");
    assert_eq!(refusal(b"\xff\xd8\xff\xe0"), "no-card");
    assert_eq!(refusal(b"RIFF\0\0\0\0WEBPVP8 "), "no-card");
    assert_eq!(refusal(b"GIF89a"), "unsupported-format");
    assert_eq!(refusal(b"rcc||rccv1||x||y||z"), "encrypted");
    assert_eq!(refusal(b"[]"), "not-a-card");
    assert_eq!(refusal(b"{"), "bad-json");
    assert_eq!(refusal(b"\x89PNG\r\n\x1a\n"), "damaged-png");
    assert_eq!(refusal(&vec![b' '; bounds::FILE_BYTES + 1]), "too-large");
    assert_eq!(refusal(&[vec![b'{'], vec![b' '; bounds::JSON_BYTES]].concat()), "too-large");
}

#[test]
fn oddities_of_the_text_are_repaired() {
    assert_eq!(codes(&[b"\xef\xbb\xbf", &json(&mira())[..]].concat()), ["byte-order-mark"]);

    let half = mira().to_string().replace("Keeps", r"\ud83dKeeps");
    assert_eq!(read(half.as_bytes()).unwrap().sheet.description, "\u{fffd}Keeps the inn.");
    assert_eq!(codes(half.as_bytes()), ["lone-surrogate"]);
}

#[test]
fn a_nul_stays_in_the_tree_and_is_shown_in_the_view() {
    let card = read(mira().to_string().replace("Keeps", r"\u0000Keeps").as_bytes()).unwrap();

    assert_eq!(card.tree()["data"]["description"], Value::from("\0Keeps the inn."));
    assert_eq!(card.sheet.description, "\u{fffd}Keeps the inn.");
}

#[test]
fn neither_warnings_nor_refusals_quote_the_card() {
    let secret = mira().to_string().replace("\"warm\"", "{\"zebra\":1}").replace("\"us\"", "[\"zebra\",1]");
    let card = read(secret.as_bytes()).unwrap();
    let broken = secret.replace("zebra\",1", "zebra\" zebra");

    assert_eq!(card.warnings.len(), 2);
    assert!(card.warnings.iter().all(|w| !w.message.contains("zebra") && !w.at.contains("zebra")));
    assert!(!read(broken.as_bytes()).unwrap_err().to_string().contains("zebra"));
}

#[test]
fn a_card_of_oddities_has_a_bounded_list_of_warnings() {
    let mut tree = mira();
    tree["data"]["tags"] = vec![Value::Null; 10_000].into();

    assert_eq!(read(&json(&tree)).unwrap().warnings.len(), bounds::WARNINGS);
}
