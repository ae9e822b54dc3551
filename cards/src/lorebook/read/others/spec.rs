use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Value, json};

use crate::lorebook::{Format, from_tree, read};
use crate::png::{SIGNATURE, chunk};
use crate::{Found, Refusal, recognise};

#[test]
fn a_book_of_novelai_is_read() {
    let book = from_tree(
        json!({"lorebookVersion": 5, "settings": {"orderByKeyLocations": false}, "categories": [],
        "entries": [{"text": "It rains.", "displayName": "Weather", "id": "ab-1", "keys": ["rain"], "enabled": false,
                     "forceActivation": true, "contextConfig": {"budgetPriority": 400, "prefix": ""}, "category": ""}]}),
    )
    .unwrap();

    let entry = &book.lorebook.entries[0];
    assert_eq!((book.format, book.warnings), (Format::NovelAi, vec![]));
    assert_eq!(
        (entry.content.as_str(), entry.comment.as_str(), entry.id.as_str()),
        ("It rains.", "Weather", "ab-1")
    );
    assert_eq!((entry.order, entry.enabled, entry.constant, entry.selective), (400, false, true, false));
    assert_eq!(entry.rest["contextConfig"], json!({"prefix": ""}));
    assert_eq!(book.lorebook.rest["settings"], json!({"orderByKeyLocations": false}));
}

#[test]
fn a_book_of_novelai_is_read_from_a_picture() {
    let picture = |book: &Value| {
        let text = format!("NAIData\0{}", BASE64.encode(book.to_string()));
        let chunks = [chunk(*b"IHDR", b""), chunk(*b"tEXt", text.as_bytes()), chunk(*b"IEND", b"")];
        [&SIGNATURE[..], &chunks.map(Option::unwrap).concat()].concat()
    };
    let book = json!({"lorebookVersion": 5, "entries": [{"text": "It rains.", "keys": ["rain"]}]});

    let file = read(&picture(&book)).unwrap();
    assert_eq!((file.format, file.lorebook.entries[0].content.as_str()), (Format::NovelAi, "It rains."));
    assert_eq!(recognise(&picture(&book)), Ok(Found::Lorebook(file)));

    let other = picture(&json!({"entries": {}}));
    assert_eq!((read(&other), recognise(&other)), (Err(Refusal::NotALorebook), Err(Refusal::NotALorebook)));
    let none = crate::drawn_portrait("Mira");
    assert_eq!((read(&none), recognise(&none)), (Err(Refusal::NotALorebook), Err(Refusal::NoCard)));
}

#[test]
fn a_book_of_agnai_is_read() {
    let book = from_tree(json!({"kind": "memory", "name": "World", "description": "d", "entries": [
        {"name": "Weather", "entry": "It rains.", "keywords": ["rain"], "priority": 3, "weight": 9, "enabled": true}]})).unwrap();

    let entry = &book.lorebook.entries[0];
    assert_eq!((book.format, book.lorebook.name.as_str()), (Format::Agnai, "World"));
    assert_eq!((entry.comment.as_str(), entry.content.as_str()), ("Weather", "It rains."));
    assert_eq!((entry.order, entry.priority), (9, Some(3)));
}

#[test]
fn a_book_of_risuai_is_read() {
    let book = from_tree(json!({"type": "risu", "ver": 1, "data": [
        {"key": "rain, storm", "secondkey": "night", "insertorder": 50, "comment": "Weather", "content": "It rains.",
         "mode": "normal", "alwaysActive": true, "selective": true, "activationPercent": 30},
        {"key": "/a,b/", "useRegex": true}, {"key": "", "mode": "folder"}]})).unwrap();

    let [entry, pattern, folder] = &book.lorebook.entries[..] else { panic!("three entries") };
    assert_eq!(book.format, Format::RisuAi);
    assert_eq!(
        (&entry.keys[..], &entry.secondary_keys[..]),
        (&["rain".to_owned(), "storm".into()][..], &["night".to_owned()][..])
    );
    assert_eq!((entry.constant, entry.selective, entry.order), (true, true, 50));
    assert_eq!((entry.probability, entry.use_probability), (30.0, true));
    assert_eq!((&pattern.keys[..], pattern.probability), (&["/a,b/".to_owned()][..], 100.0));
    assert_eq!((folder.enabled, &folder.rest["mode"]), (false, &json!("folder")));
}
