//! Cards made for tests: small, valid, and easy to spoil.

use std::io::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use zip::write::SimpleFileOptions;

/// A V2 card with things in it that no specification knows.
pub(crate) fn mira() -> Value {
    json!({
        "spec": "chara_card_v2", "spec_version": "2.0", "made_by": {"tool": 1.0},
        "data": {
            "name": "Mira", "description": "Keeps the inn.", "personality": "warm", "scenario": "A rainy night.",
            "first_mes": "Come in!", "mes_example": "", "creator_notes": "", "system_prompt": "",
            "post_history_instructions": "", "alternate_greetings": ["You again!"], "tags": ["inn"], "creator": "us",
            "character_version": "1", "extensions": {"unknown": {"deep": [12345678901234567890123_u128.to_string(), null]}},
            "unknown": "kept"
        }
    })
}

pub(crate) fn json(tree: &Value) -> Vec<u8> {
    tree.to_string().into_bytes()
}

/// A PNG (of no pixels) with these text chunks: keyword and content.
pub(crate) fn png(texts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut out = b"\x89PNG\r\n\x1a\n".to_vec();
    out.extend(chunk(b"IHDR", &[0; 13]));
    for (keyword, content) in texts {
        out.extend(chunk(b"tEXt", &[keyword.as_bytes(), b"\0", content].concat()));
    }
    out.extend(chunk(b"IDAT", b"no pixels"));
    out.extend(chunk(b"IEND", b""));
    out
}

/// An archive with the card, a picture, and something that only another program understands.
pub(crate) fn charx(tree: &Value) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let deflated = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Deflated);
    for (name, bytes) in
        [("card.json", &json(tree)[..]), ("assets/a.png", b"pixels"), ("module.risum", b"lore")]
    {
        zip.start_file(name, deflated).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

pub(crate) fn base64(tree: &Value) -> Vec<u8> {
    STANDARD.encode(tree.to_string()).into_bytes()
}

pub(crate) fn chunk(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let content = [&kind[..], data].concat();
    let checksum = crc32fast::hash(&content).to_be_bytes();
    [&u32::try_from(data.len()).unwrap().to_be_bytes()[..], &content, &checksum].concat()
}

/// The tree as `write_png` puts it under `ccv3`.
pub(crate) fn under_the_name_of_v3(tree: &Value) -> Value {
    let mut tree = tree.clone();
    if tree["data"].is_object() {
        tree["spec"] = "chara_card_v3".into();
        tree["spec_version"] = "3.0".into();
    }
    tree
}
