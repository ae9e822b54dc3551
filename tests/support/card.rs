//! Cards and lorebooks made for stories: small, valid, and easy to spoil.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

/// A card of this version of the format.
pub(crate) fn card(version: u8, name: &str) -> Value {
    let mut fields = json!({
        "name": name, "description": format!("{name} keeps the inn."), "personality": "warm",
        "scenario": "A rainy night.", "first_mes": format!("Come in, I am {name}!"), "mes_example": "",
    });
    if version == 1 {
        return fields;
    }
    for (field, value) in [
        ("creator_notes", json!("")),
        ("system_prompt", json!("")),
        ("post_history_instructions", json!("")),
        ("alternate_greetings", json!(["You again!"])),
        ("tags", json!(["inn", "rain"])),
        ("creator", json!("us")),
        ("character_version", json!("1")),
        ("extensions", json!({})),
    ] {
        fields[field] = value;
    }
    if version == 3 {
        fields["group_only_greetings"] = json!(["Welcome, all of you!"]);
        fields["nickname"] = json!("Mimi");
    }
    json!({"spec": format!("chara_card_v{version}"), "spec_version": format!("{version}.0"), "data": fields})
}

/// The card as a file of JSON.
pub(crate) fn json_file(card: &Value) -> Vec<u8> {
    card.to_string().into_bytes()
}

/// A lorebook as SillyTavern writes it, with things in it that only its author knows.
pub(crate) fn world(entries: usize, content: &str) -> Vec<u8> {
    let entry = |uid: usize| {
        let entry = json!({
            "uid": uid, "key": [format!("key {uid}")], "keysecondary": [], "comment": format!("Entry {uid}"),
            "content": format!("{content} {uid}"), "order": 100, "position": 0, "disable": false, "mine": {"a": 1},
        });
        (uid.to_string(), entry)
    };
    let entries: serde_json::Map<_, _> = (0..entries).map(entry).collect();
    let file = json!({"entries": entries, "colour": "blue"}).to_string();
    file.replace(r#"{"a":1}"#, r#"{"a":1.0, "b": 123456789012345678901234567890}"#).into_bytes()
}

/// The card inside a picture of one pixel.
pub(crate) fn png_file(card: &Value) -> Vec<u8> {
    let keyword: &[u8] = if card["spec"] == "chara_card_v3" { b"ccv3\0" } else { b"chara\0" };
    let text = [keyword, STANDARD.encode(card.to_string()).as_bytes()].concat();
    let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
    file.extend(chunk(b"IHDR", &[0, 0, 0, 1, 0, 0, 0, 1, 8, 0, 0, 0, 0]));
    file.extend(chunk(b"tEXt", &text));
    // One grey pixel: a filter byte and a sample, stored in a zlib block.
    file.extend(chunk(b"IDAT", &[0x78, 0x01, 1, 2, 0, 0xfd, 0xff, 0, 0x80, 0, 0x82, 0, 0x81]));
    file.extend(chunk(b"IEND", b""));
    file
}

fn chunk(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let content = [&kind[..], data].concat();
    let length = u32::try_from(data.len()).expect("a small chunk").to_be_bytes();
    [&length[..], &content, &crc32(&content).to_be_bytes()].concat()
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc, byte| {
        (0..8).fold(
            crc ^ u32::from(*byte),
            |crc, _| if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 },
        )
    })
}
