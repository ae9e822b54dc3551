//! What every target does with its bytes.

use cards::{Card, Edit, edit, picture, read, unpack, write_charx, write_json, write_png};
use serde_json::json;

/// Does all that can be done with a file, and checks what must hold.
pub fn everything(bytes: &[u8]) {
    let _ = (picture(bytes), write_png(bytes, &json!({"name": "Mira", "first_mes": ""})));
    if let Ok(files) = unpack(bytes) {
        files.take(100).for_each(drop);
    }
    edits(bytes);
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
    let back = edit(&edited, &[Edit::remove("data.extensions.new")]).map(|bytes| read(&bytes).map(|card| card.sheet));
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

/// A picture as it is, or one of whose chunks the bytes are the card's: the fuzzer cannot guess base64.
#[must_use]
pub fn png(bytes: &[u8]) -> Vec<u8> {
    const START: &[u8] = b"\x89PNG\r\n\x1a\n";
    const END: &[u8] = b"\0\0\0\0IEND\xaeB`\x82";
    if bytes.starts_with(START) {
        return bytes.to_vec();
    }
    let (kind, bytes) = bytes.split_first().unwrap_or((&0, &[]));
    let head = [&b"tEXtchara\0"[..], b"tEXtccv3\0", b"iTXtchara\0\0\0\0\0", b"eXIf"][usize::from(kind % 4)];
    let length = u32::try_from(head.len() - 4 + bytes.len()).unwrap_or(0).to_be_bytes();
    [START, b"\0\0\0\0IHDR\xa8\xa1\xaen", &length, head, bytes, &[0; 4], END].concat()
}

/// An archive whose documents are the lines of the bytes.
#[must_use]
pub fn byaf(bytes: &[u8]) -> Vec<u8> {
    if bytes.starts_with(b"PK") {
        return bytes.to_vec();
    }
    let names = ["manifest.json", "characters/m/character.json", "scenarios/1.json", "scenarios/2.json", "characters/m/images/a.png"];
    let (mut out, mut directory) = (Vec::new(), Vec::new());
    for (name, document) in names.iter().zip(bytes.split(|&byte| byte == b'\n')) {
        let number = |length: usize| u32::try_from(length).unwrap_or(0).to_le_bytes();
        let sizes = [number(document.len()), number(document.len())].concat();
        let lengths = [&number(name.len())[..2], &[0; 2]].concat();
        let fields = [&[20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0][..], &sizes, &lengths].concat();
        directory.extend([b"PK\x01\x02\x14\x03", &fields[..], &[0; 10], &number(out.len()), name.as_bytes()].concat());
        out.extend([b"PK\x03\x04", &fields[..], name.as_bytes(), document].concat());
    }
    let (count, size) = (bytes.split(|&byte| byte == b'\n').take(names.len()).count(), directory.len());
    let short = |number: usize| u16::try_from(number).unwrap_or(0).to_le_bytes();
    let long = |number: usize| u32::try_from(number).unwrap_or(0).to_le_bytes();
    let start = long(out.len());
    out.extend(directory);
    out.extend([b"PK\x05\x06\0\0\0\0", &short(count)[..], &short(count), &long(size), &start, &[0; 2]].concat());
    out
}
