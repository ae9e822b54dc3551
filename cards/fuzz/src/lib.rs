//! What every target does with its bytes.
//!
//! The crate's own tests do the same with the seeds and with what was found once (`tests/it/findings.rs`), so that what is
//! here compiles and holds with every commit, also where nobody fuzzes.

use cards::{
    Card, Edit, chat, edit, group, lorebook, picture, read, recognise, unpack, write_charx, write_json,
    write_png,
};
use serde_json::json;

/// What a target does with its bytes.
pub type Target = fn(&[u8]);

/// The targets, by the names of their folders of seeds.
pub const TARGETS: [(&str, Target); 7] = [
    ("byaf", |bytes| everything(&byaf(bytes))),
    ("charx", everything),
    ("exif", everything),
    ("json", everything),
    ("lorebook", others),
    ("png", |bytes| everything(&png(bytes))),
    ("yaml", everything),
];

/// Does what the target of this name does.
pub fn target(name: &str, bytes: &[u8]) {
    let Some((_, run)) = TARGETS.iter().find(|(known, _)| *known == name) else { panic!("no target {name}") };
    run(bytes);
}

/// Does all that can be done with a file, and checks what must hold.
fn everything(bytes: &[u8]) {
    let _ = (picture(bytes), write_png(bytes, &json!({"name": "Mira", "first_mes": ""})));
    if let Ok(files) = unpack(bytes) {
        files.take(100).for_each(drop);
    }
    edits(bytes);
    let _ = recognise(bytes);
    if let Ok(card) = read(bytes) {
        written(&card);
        assert_eq!(edit(bytes, &[]).as_deref(), Ok(bytes), "no edits, no difference");
    }
}

/// An edit that is made is seen, and nothing else is.
fn edits(bytes: &[u8]) {
    let edits = [Edit::set("data.creator", "Aqua"), Edit::set("data.extensions.new[0].deep", 1.5)];
    let Ok(edited) = edit(bytes, &edits) else { return };
    let Ok(after) = read(&edited) else { panic!("an edit spoiled the card") };
    assert_eq!(after.sheet.creator, "Aqua");
    let back = edit(&edited, &[Edit::remove("data.extensions.new")])
        .map(|bytes| read(&bytes).map(|card| card.sheet));
    assert!(matches!(back, Ok(Ok(sheet)) if sheet.creator == "Aqua"), "the way back is open");
}

/// What is written reads the same.
fn written(card: &Card) {
    let _ = card.portrait();
    if let Ok(again) = read(&write_json(card.tree())) {
        assert_eq!(again.sheet, card.sheet);
        assert_eq!(again.tree(), card.tree());
    }
    if let Ok(archive) = write_charx(card.tree(), &card.assets)
        && let Ok(again) = read(&archive)
        && card.tree()["data"].is_object()
    {
        assert_eq!(again.sheet, card.sheet);
    }
}

/// A lorebook, a chat or a group that is written reads the same.
fn others(bytes: &[u8]) {
    if let Ok(file) = lorebook::read(bytes) {
        book(&file.lorebook);
    }
    if let Ok(file) = chat::read(bytes) {
        file.chats.iter().for_each(chat_again);
    }
    if let Ok(file) = group::read(bytes)
        && let Ok(again) = group::read(group::write(&file.group).to_string().as_bytes())
    {
        assert_eq!(again.group, file.group);
    }
}

/// SillyTavern's file says all of it; V3 says all of what V3 can, from the second time on.
fn book(book: &lorebook::Lorebook) {
    let text = lorebook::write_sillytavern_text(book);
    assert_eq!(text, lorebook::write_sillytavern(book).to_string());
    if let Ok(again) = lorebook::read(text.as_bytes()) {
        assert_eq!(&again.lorebook, book);
    }
    let v3 = |book| lorebook::read(lorebook::write_v3(book).to_string().as_bytes()).map(|file| file.lorebook);
    if let Ok(once) = v3(book) {
        assert_eq!(v3(&once).as_ref(), Ok(&once));
    }
}

fn chat_again(chat: &chat::Chat) {
    let written = chat::write_jsonl(chat);
    if let Ok(again) = chat::read(&written) {
        assert_eq!(&again.chats[..], std::slice::from_ref(chat));
    }
}

/// A picture as it is, or one of whose chunks the bytes are the card's: the fuzzer cannot guess base64.
fn png(bytes: &[u8]) -> Vec<u8> {
    const START: &[u8] = b"\x89PNG\r\n\x1a\n";
    const END: &[u8] = b"\0\0\0\0IEND\xaeB`\x82";
    if bytes.starts_with(START) {
        return bytes.to_vec();
    }
    let (kind, bytes) = bytes.split_first().unwrap_or((&0, &[]));
    let heads = [&b"tEXtchara\0"[..], b"tEXtccv3\0", b"iTXtchara\0\0\0\0\0", b"eXIf", b"tEXtnaidata\0"];
    let head = heads[usize::from(*kind) % heads.len()];
    let length = u32::try_from(head.len() - 4 + bytes.len()).unwrap_or(0).to_be_bytes();
    [START, b"\0\0\0\0IHDR\xa8\xa1\xaen", &length, head, bytes, &[0; 4], END].concat()
}

/// An archive whose documents are the lines of the bytes.
fn byaf(bytes: &[u8]) -> Vec<u8> {
    if bytes.starts_with(b"PK") {
        return bytes.to_vec();
    }
    let names = [
        "manifest.json",
        "characters/m/character.json",
        "scenarios/1.json",
        "scenarios/2.json",
        "characters/m/images/a.png",
    ];
    let (mut out, mut directory) = (Vec::new(), Vec::new());
    for (name, document) in names.iter().zip(bytes.split(|&byte| byte == b'\n')) {
        let number = |length: usize| u32::try_from(length).unwrap_or(0).to_le_bytes();
        let sizes = [number(document.len()), number(document.len())].concat();
        let lengths = [&number(name.len())[..2], &[0; 2]].concat();
        let fields = [&[20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0][..], &sizes, &lengths].concat();
        directory.extend(
            [b"PK\x01\x02\x14\x03", &fields[..], &[0; 10], &number(out.len()), name.as_bytes()].concat(),
        );
        out.extend([b"PK\x03\x04", &fields[..], name.as_bytes(), document].concat());
    }
    let (count, size) = (bytes.split(|&byte| byte == b'\n').take(names.len()).count(), directory.len());
    let short = |number: usize| u16::try_from(number).unwrap_or(0).to_le_bytes();
    let long = |number: usize| u32::try_from(number).unwrap_or(0).to_le_bytes();
    let start = long(out.len());
    out.extend(directory);
    out.extend(
        [b"PK\x05\x06\0\0\0\0", &short(count)[..], &short(count), &long(size), &start, &[0; 2]].concat(),
    );
    out
}
