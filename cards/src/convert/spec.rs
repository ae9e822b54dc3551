use serde_json::json;

use super::*;
use crate::asset::AssetContent;

const V3: &str =
    r#"{"spec":"chara_card_v3","spec_version":"3.0","data":{"name":"Mira","first_mes":"Come in!","x":1.0}}"#;

fn png() -> Vec<u8> {
    png::write_png(&drawn::drawn_portrait("Mira"), &serde_json::from_str(V3).unwrap()).unwrap()
}

fn lossless(file: &[u8], target: Target) -> Vec<u8> {
    let converted = convert(file, target).unwrap();
    assert_eq!(converted.losses, []);
    converted.bytes
}

#[test]
fn a_file_of_the_kind_that_is_asked_for_stays_as_it_is() {
    assert_eq!(lossless(V3.as_bytes(), Target::Json), V3.as_bytes());
    assert_eq!(lossless(&png(), Target::Png), png());
}

#[test]
fn a_portrait_survives_in_bare_json_and_in_an_archive() {
    let portrait = read(&png()).unwrap().portrait();
    for target in [Target::Json, Target::Charx] {
        let there = lossless(&png(), target);
        assert_eq!(read(&there).unwrap().portrait(), portrait, "{target:?}");
        let back = lossless(&there, Target::Png);
        assert_eq!(read(&back).unwrap().portrait(), portrait, "{target:?}");
        assert_eq!(read(&back).unwrap().tree()["data"]["x"].to_string(), "1.0");
        assert!(back.len() < png().len() + 1024, "the portrait is in there twice");
    }
}

#[test]
fn a_card_without_a_picture_gets_one() {
    let card = read(&lossless(V3.as_bytes(), Target::Png)).unwrap();
    assert_eq!(card.portrait().as_deref(), Some(drawn::drawn_portrait("Mira").as_slice()));
    assert_eq!(card.tree()["data"]["first_mes"], "Come in!");
}

#[test]
fn what_an_archive_holds_goes_along() {
    let asset = |kind: &str, name: &str, bytes: &'static [u8]| Asset {
        kind: kind.into(),
        name: name.into(),
        ext: "mp3".into(),
        uri: String::new(),
        content: AssetContent::Embedded(bytes.into()),
    };
    let tree = serde_json::from_str(V3).unwrap();
    let archive = charx::write_charx(&tree, &[asset("x_song", "dawn", b"la la")]).unwrap();
    for target in [Target::Json, Target::Png] {
        let card = read(&lossless(&archive, target)).unwrap();
        let song = card.assets.iter().find(|asset| asset.name == "dawn").unwrap();
        assert_eq!(song.bytes().map(AsRef::as_ref), Some(b"la la".as_slice()), "{target:?}");
    }
}

#[test]
fn what_is_too_large_for_a_card_is_a_loss_by_name() {
    let mut picture = drawn::drawn_portrait("Mira");
    picture.extend(vec![7; bounds::JSON_BYTES]);
    let file = png::write_png(&picture, &json!({"name": "Mira", "first_mes": "Hi"})).unwrap();
    let converted = convert(&file, Target::Json).unwrap();
    assert_eq!(converted.losses.iter().map(|loss| loss.code).collect::<Vec<_>>(), [LossCode::AssetLeft]);
}

#[test]
fn other_programs_characters_become_cards() {
    let pygmalion = br#"{"char_name":"Mira","char_persona":"An innkeeper.","char_greeting":"Hi","world_scenario":"","example_dialogue":""}"#;
    let card = read(&lossless(pygmalion, Target::Png)).unwrap();
    assert_eq!((card.spec, card.sheet.description.as_str()), (Spec::V3, "An innkeeper."));
    assert_eq!(card.tree()["char_persona"], "An innkeeper.");
}
