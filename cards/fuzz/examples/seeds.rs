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

    let world = r#"{"entries":{"0":{"uid":0,"key":["a","/b/i"],"content":"x","order":7,"position":4,"delayUntilRecursion":true,"role":null,"characterFilter":{"isExclude":true,"names":["m"],"tags":[]},"extensions":{"o":1.0},"mine":[1]}},"name":"W"}"#;
    let book = r#"{"spec":"lorebook_v3","data":{"extensions":{},"entries":[{"id":1,"keys":["a"],"content":"@@depth 4\nx","extensions":{"position":4,"depth":1,"role":2},"enabled":true,"insertion_order":5,"use_regex":false,"position":"before_char","case_sensitive":true}]}}"#;
    let novelai = r#"{"lorebookVersion":5,"entries":[{"text":"x","displayName":"n","id":"i","keys":["a"],"enabled":true,"contextConfig":{"budgetPriority":4,"prefix":""}}]}"#;
    let agnai = r#"{"kind":"memory","name":"W","entries":[{"name":"n","entry":"x","keywords":["a"],"priority":1,"weight":2,"enabled":true}]}"#;
    let risuai = r#"{"type":"risu","ver":1,"data":[{"key":"a, b","secondkey":"c","insertorder":5,"content":"x","mode":"normal","alwaysActive":true,"activationPercent":30}]}"#;
    let chat = "{\"user_name\":\"A\",\"chat_metadata\":{\"x\":1}}\n{\"name\":\"M\",\"is_user\":false,\"send_date\":\"2024-6-5 @14h 56m 50s 682ms\",\"mes\":\"b\",\"swipes\":[\"a\",\"b\"],\"swipe_id\":1,\"swipe_info\":[{\"extra\":{}}],\"extra\":{\"type\":\"narrator\"}}";
    let kobold = r#"{"savedsettings":{"chatname":"A","chatopponent":"M||$||N"},"prompt":"x","actions":["\n{{[INPUT]}}\ny\n{{[OUTPUT]}}\n","z"]}"#;
    let risu_chat = r#"{"type":"risuChat","ver":2,"data":{"name":"n","message":[{"role":"user","data":"x","time":1687184400123}]}}"#;
    let cai = r#"{"histories":{"histories":[{"msgs":[{"src":{"is_human":false,"name":"M"},"text":"x"}]}]}}"#;
    let group = r#"{"id":"1","name":"g","members":["M.png"],"activation_strategy":3,"generation_mode":1,"chats":["a"],"fav":true}"#;

    seed("png", &[&picture, in_exif, b"\0{\"name\":\"Mira\"}", b"\x01eyJuYW1lIjoiTWlyYSJ9"])?;
    seed("charx", &[&charx, &hybrid])?;
    seed("byaf", &[byaf.as_bytes()])?;
    seed("exif", &[exif, webp])?;
    seed("json", &[v2.to_string().as_bytes(), format!("{v3:#}").as_bytes(), export.as_bytes(), b"{\"name\":\"Mira\",\"first_mes\":\"\"}"])?;
    let others = [world, book, novelai, agnai, risuai, chat, kobold, risu_chat, cai, group];
    seed("lorebook", &others.map(str::as_bytes))?;
    seed("yaml", &[b"name: Mira\ngreeting: Hi\ncontext: |\n  Keeps the inn.\n"])
}

fn seed(target: &str, files: &[&[u8]]) -> std::io::Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("seeds").join(target);
    std::fs::create_dir_all(&folder)?;
    files.iter().enumerate().try_for_each(|(nth, bytes)| std::fs::write(folder.join(nth.to_string()), bytes))
}
