//! Draws up the seeds: small cards of every format, all of them ours.

use std::path::Path;

use cards::{Asset, drawn_portrait, write_charx, write_png};
use serde_json::json;

fn main() -> std::io::Result<()> {
    let v2 = json!({"spec": "chara_card_v2", "spec_version": "2.0", "data": {
        "name": "Mira", "first_mes": "Hi", "tags": ["a"], "alternate_greetings": ["b"], "extensions": {"talkativeness": 0.5},
        "character_book": {"extensions": {}, "entries": [{"keys": ["rain"], "content": "@@depth 4\nwet", "enabled": true}]}
    }});
    let v3 = json!({"spec": "chara_card_v3", "spec_version": "3.0", "name": "Mira", "data": {
        "name": "Mira", "nickname": "M", "assets": [{"type": "icon", "name": "main", "ext": "png", "uri": "ccdefault:"}]
    }});
    let portrait = drawn_portrait("Mira");
    let picture = write_png(&portrait, &v2).map_err(std::io::Error::other)?;
    let charx = write_charx(&v3, &[Asset::portrait(portrait.into())]).map_err(std::io::Error::other)?;
    let hybrid = [b"\xff\xd8\xff\xe0\0\x04jp", &charx[..]].concat();
    let byaf = [
        r#"{"schemaVersion":1,"author":{"name":"us"},"characters":["characters/m/character.json"],"scenarios":["scenarios/1.json"]}"#,
        r#"{"name":"Mira","persona":"{character}","isNSFW":true,"loreItems":[{"key":"a, b","value":"{user}"}],"images":[{"path":"images/a.png","label":"a"}]}"#,
        r##"{"narrative":"n","firstMessages":[{"text":"Hi"}],"exampleMessages":[{"text":"#{user}: a"}],"messages":[{"type":"human","text":"x"}]}"##,
        r#"{"firstMessages":[{"text":"Ho"}],"backgroundImage":"a.png"}"#,
        "pixels",
    ]
    .join("\n");
    let export = r#"{"version":4,"character":{"aiName":"Mira","aiPersona":"p","firstMessage":null,"Chat":[{}]}}"#;
    let exif = b"\xff\xd8\xff\xe1\0\x48Exif\0\0II*\0\x08\0\0\0\x01\0\x86\x92\x07\0\x20\0\0\0\x1a\0\0\0\0\0\0\0ASCII\0\0\0{\"name\":\"M\",\"a\":1}      \xff\xda";
    let in_exif = b"\x03II*\0\x08\0\0\0\x01\0\x86\x92\x07\0\x20\0\0\0\x1a\0\0\0\0\0\0\0ASCII\0\0\0{\"name\":\"Mira\"}         ";
    let webp = b"RIFF\x50\0\0\0WEBPEXIF\x3a\0\0\0MM\0*\0\0\0\x08\0\x01\x92\x86\0\x07\0\0\0\x20\0\0\0\x1a\0\0\0\0ASCII\0\0\0{\"name\":\"M\",\"a\":1}     ";

    seed("png", &[&picture, in_exif, b"\0{\"name\":\"Mira\"}", b"\x01eyJuYW1lIjoiTWlyYSJ9"])?;
    seed("charx", &[&charx, &hybrid])?;
    seed("byaf", &[byaf.as_bytes()])?;
    seed("exif", &[exif, webp])?;
    seed("json", &[v2.to_string().as_bytes(), format!("{v3:#}").as_bytes(), export.as_bytes(), b"{\"name\":\"Mira\",\"first_mes\":\"\"}"])?;
    seed("yaml", &[b"name: Mira\ngreeting: Hi\ncontext: |\n  Keeps the inn.\n"])
}

fn seed(target: &str, files: &[&[u8]]) -> std::io::Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("seeds").join(target);
    std::fs::create_dir_all(&folder)?;
    files.iter().enumerate().try_for_each(|(nth, bytes)| std::fs::write(folder.join(nth.to_string()), bytes))
}
