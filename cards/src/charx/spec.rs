use serde_json::{Value, json};

use super::*;
use crate::archive::forge::{Forged, deflated, stored, zip, zip_from};
use crate::{Asset, AssetContent, Card, Carrier, Spec, read};

const PICTURE: &[u8] = b"\x89PNG\r\n\x1a\n...";

fn tree() -> Value {
    json!({"spec": "chara_card_v3", "spec_version": "3.0", "data": {
        "name": "Mira", "description": "", "personality": "", "scenario": "", "first_mes": "", "mes_example": "",
        "creator_notes": "", "system_prompt": "", "post_history_instructions": "", "alternate_greetings": [],
        "tags": [], "creator": "", "character_version": "", "extensions": {}, "group_only_greetings": [],
        "assets": [
            {"type": "emotion", "name": "joy", "ext": "png", "uri": "embeded://assets/emotion/images/joy.png"},
            {"type": "icon", "name": "main", "ext": "png", "uri": "embeded://assets/icon/images/main.png"}
        ]
    }})
}

fn entries(tree: &Value) -> Vec<Forged> {
    vec![
        deflated("card.json", tree.to_string().as_bytes()),
        stored("assets/icon/images/main.png", PICTURE),
        stored("assets/emotion/images/joy.png", b"joy"),
        stored("module.risum", b"\x6f\0lore"),
        stored("x_meta/1.json", b"{}"),
        stored("inner.charx", b"PK\x03\x04 not opened"),
    ]
}

fn codes(card: &Card) -> Vec<&'static str> {
    card.warnings.iter().map(|warning| warning.code.as_str()).collect()
}

#[test]
fn a_charx_is_read_with_all_that_it_holds() {
    let card = read(&zip(&entries(&tree()))).unwrap();

    assert_eq!((card.carrier, card.spec, card.sheet.name.as_str()), (Carrier::Charx, Spec::V3, "Mira"));
    assert_eq!(card.tree(), &tree());
    assert_eq!(codes(&card), Vec::<&str>::new());
    let names: Vec<_> = card.assets.iter().map(|a| (a.kind.as_str(), a.name.as_str())).collect();
    let unlisted = ["module", "1", "inner"].map(|name| (Asset::UNLISTED, name));
    assert_eq!(names, [&[("emotion", "joy"), ("icon", "main")], &unlisted[..]].concat());
    assert_eq!(card.portrait().unwrap(), PICTURE);
}

#[test]
fn a_picture_that_is_an_archive_too_is_read_as_the_archive() {
    for base in [0, 9] {
        let file = [b"\xff\xd8\xff\xe0\0\x04jpg", &zip_from(base, &entries(&tree()))[..]].concat();

        let card = read(&file).unwrap();

        assert_eq!((card.carrier, card.sheet.name.as_str()), (Carrier::Charx, "Mira"));
        assert_eq!(card.portrait().unwrap(), PICTURE);
    }
}

#[test]
fn without_an_icon_the_picture_before_the_archive_is_the_portrait() {
    let bare = json!({"name": "Mira", "description": "x"}).to_string();
    let file = [b"\xff\xd8\xff\xe0\0\x04jpg", &zip(&[deflated("card.json", bare.as_bytes())])[..]].concat();

    assert_eq!(read(&file).unwrap().portrait().unwrap(), &b"\xff\xd8\xff\xe0\0\x04jpg"[..]);
}

#[test]
fn any_bytes_may_stand_before_the_archive() {
    let file = [b"MZ self-extracting", &zip(&entries(&tree()))[..]].concat();

    assert_eq!(read(&file).unwrap().carrier, Carrier::Charx);
}

#[test]
fn an_older_card_in_an_archive_is_a_warning() {
    let mut old = tree();
    old["spec"] = "chara_card_v2".into();
    old["spec_version"] = "2.0".into();

    let card = read(&zip(&entries(&old))).unwrap();

    assert_eq!((card.spec, codes(&card)), (Spec::V2, vec!["old-spec-in-archive"]));
}

#[test]
fn the_name_of_the_card_is_found_in_any_case_but_its_own_first() {
    let other = deflated("CARD.json", tree().to_string().replace("Mira", "Other").as_bytes());
    let own = deflated("card.json", tree().to_string().as_bytes());

    assert_eq!(read(&zip(std::slice::from_ref(&other))).unwrap().sheet.name, "Other");
    assert_eq!(read(&zip(&[other, own])).unwrap().sheet.name, "Mira");
}

#[test]
fn an_archive_without_a_card_is_refused_by_what_it_is() {
    let refusal = |entries: &[Forged]| read(&zip(entries)).unwrap_err().code();
    let card = deflated("card.json", tree().to_string().as_bytes());

    assert_eq!(refusal(&[stored("a.png", b"")]), "no-card-in-archive");
    assert_eq!(refusal(&[]), "no-card-in-archive");
    assert_eq!(refusal(&[stored("../card.json", b"{}")]), "no-card-in-archive");
    assert_eq!(refusal(&[Forged { flags: 1, ..card.clone() }]), "encrypted-archive");
    assert_eq!(refusal(&[Forged { method: 93, ..card }]), "unknown-compression");
    assert_eq!(refusal(&[stored("card.json", b"rcc||rccv1||x")]), "encrypted");
    assert_eq!(refusal(&[deflated("card.json", &vec![b' '; bounds::JSON_BYTES + 1])]), "too-large");
}

#[test]
fn an_asset_that_is_locked_or_gone_is_a_gap_with_a_warning() {
    let mut entries = entries(&tree());
    entries[1].flags = 1;
    entries.remove(2);

    let card = read(&zip(&entries)).unwrap();

    assert_eq!(codes(&card), ["entry-unreadable", "asset-missing", "asset-missing"]);
    assert!(card.assets[..2].iter().all(|asset| asset.content == AssetContent::Missing));
}

#[test]
fn what_is_written_reads_the_same() {
    let first = read(&zip(&entries(&tree()))).unwrap();

    let second = read(&write_charx(first.tree(), &first.assets).unwrap()).unwrap();

    assert_eq!(second, first);
}

#[test]
fn assets_of_a_picture_get_entries_and_the_list_says_where() {
    let mut tree = tree();
    tree["data"]["assets"] = json!([
        {"type": "icon", "name": "main", "ext": "png", "uri": "ccdefault:", "note": 1},
        {"type": "emotion", "name": "../joy", "ext": "webp", "uri": "__asset:0"},
        {"type": "x_a", "name": "d", "ext": "txt", "uri": "data:,hi"}
    ]);
    let held = |uri: &str, kind: &str, ext: &str, bytes: &'static [u8]| Asset {
        kind: kind.to_owned(),
        name: "../joy".to_owned(),
        ext: ext.to_owned(),
        uri: uri.to_owned(),
        content: AssetContent::Embedded(bytes.into()),
    };
    let assets = [
        Asset::portrait(PICTURE.into()),
        held("__asset:0", "emotion", "webp", b"joy"),
        held("data:,", "x_a", "txt", b"hi"),
        held("embeded://../../evil", "../x", "a/b", b"new"),
    ];

    let card = read(&write_charx(&tree, &assets).unwrap()).unwrap();

    let uris: Vec<_> =
        card.tree()["data"]["assets"].as_array().unwrap().iter().map(|a| a["uri"].clone()).collect();
    let at = ["icon/images/0.png", "emotion/images/1.webp"].map(|path| format!("embeded://assets/{path}"));
    assert_eq!(uris, [&at[0], &at[1], "data:,hi", "embeded://assets/other/other/2.bin"]);
    assert_eq!(card.tree()["data"]["assets"][0]["note"], 1);
    let contents: Vec<_> = card.assets.iter().map(|asset| asset.bytes().unwrap().to_vec()).collect();
    assert_eq!(contents, [PICTURE, b"joy", b"hi", b"new"]);
    assert_eq!(card.portrait().unwrap(), PICTURE);
}

#[test]
fn an_asset_without_a_path_takes_none_that_another_has() {
    let held = |uri: &str, bytes: &'static [u8]| Asset {
        uri: uri.to_owned(),
        content: AssetContent::Embedded(bytes.into()),
        ..Asset::portrait(PICTURE.into())
    };
    let assets = [
        held("__asset:0", b"one"),
        held("embeded://assets/icon/images/1.png", b"two"),
        held("__asset:1", b"3"),
    ];

    let card = read(&write_charx(&json!({"name": "Mira", "first_mes": ""}), &assets).unwrap()).unwrap();

    let mut contents: Vec<_> = card.assets.iter().map(|asset| asset.bytes().unwrap().to_vec()).collect();
    contents.sort();
    assert_eq!(contents, [&b"3"[..], b"one", b"two"]);
}

#[test]
fn a_v1_card_becomes_the_data_of_a_v3_one() {
    let card = read(&write_charx(&json!({"name": "Mira", "first_mes": "Hi"}), &[]).unwrap()).unwrap();

    assert_eq!((card.spec, card.sheet.first_message.as_str()), (Spec::V3, "Hi"));
    assert_eq!(write_charx(&json!([]), &[]), Err(Refusal::NotACard));
}
