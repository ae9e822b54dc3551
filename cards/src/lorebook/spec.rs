use serde_json::{Value, json};

use super::*;
use crate::sheet::Role;

#[expect(
    clippy::unwrap_used,
    reason = "clippy sees tests only in functions marked so, not in what they share"
)]
fn opened(tree: Value) -> File {
    from_tree(tree).unwrap()
}

/// The only entry of a book, and its warnings as `code at path`.
fn entry(tree: Value) -> (Entry, Vec<String>) {
    let File { mut lorebook, warnings, .. } = opened(tree);
    assert_eq!(lorebook.entries.len(), 1);
    let warnings = warnings.iter().map(|warning| format!("{} {}", warning.code, warning.at)).collect();
    (lorebook.entries.remove(0), warnings)
}

#[test]
fn an_entry_of_sillytavern_arrives_with_every_field() {
    let book = r#"{"entries": {"3": {
        "uid": 3, "key": ["rain", "/storm/i"], "keysecondary": ["night"], "comment": "Weather", "content": "It rains.",
        "constant": true, "vectorized": true, "selective": true, "selectiveLogic": 3, "addMemo": false, "order": 7,
        "position": 4, "disable": true, "ignoreBudget": true, "excludeRecursion": true, "preventRecursion": true,
        "delayUntilRecursion": 2, "probability": 12.5, "useProbability": false, "depth": 9, "role": 1,
        "outletName": "sky", "group": "a,b", "groupOverride": true, "groupWeight": 5, "scanDepth": 6,
        "caseSensitive": true, "matchWholeWords": false, "useGroupScoring": true, "automationId": "x", "sticky": 1,
        "cooldown": 2, "delay": 3, "triggers": ["normal"], "matchScenario": true, "displayIndex": 4,
        "characterFilter": {"isExclude": true, "names": ["Mira"], "tags": []}, "unknown": {"deep": 1.0}
    }}}"#;
    let (entry, warnings) = entry(serde_json::from_str(book).unwrap());

    assert_eq!(warnings, [""; 0]);
    assert_eq!(
        entry,
        Entry {
            uid: 3,
            keys: vec!["rain".into(), "/storm/i".into()],
            secondary_keys: vec!["night".into()],
            comment: "Weather".into(),
            content: "It rains.".into(),
            constant: true,
            vectorized: true,
            selective: true,
            logic: Logic::AndAll,
            add_memo: false,
            order: 7,
            position: Position::AtDepth,
            enabled: false,
            ignore_budget: true,
            exclude_recursion: true,
            prevent_recursion: true,
            delay_until_recursion: 2,
            probability: 12.5,
            use_probability: false,
            depth: 9,
            role: Role::User,
            outlet: "sky".into(),
            group: "a,b".into(),
            group_override: true,
            group_weight: 5,
            scan_depth: Some(6),
            case_sensitive: Some(true),
            match_whole_words: Some(false),
            use_group_scoring: Some(true),
            automation_id: "x".into(),
            sticky: Some(1),
            cooldown: Some(2),
            delay: Some(3),
            triggers: vec!["normal".into()],
            matches: Matches { scenario: true, ..Matches::default() },
            display_index: Some(4),
            character_filter: Some(CharacterFilter {
                is_exclude: true,
                names: vec!["Mira".into()],
                tags: vec![]
            }),
            rest: Map::from_iter([("unknown".to_owned(), json!({"deep": 1.0}))]),
            ..Entry::default()
        }
    );
    assert!(entry.keys().any(|key| key == Key::Pattern { pattern: "storm", flags: "i" }));
}

#[test]
fn an_entry_of_sillytavern_that_says_nothing_has_its_defaults() {
    let (entry, warnings) = entry(json!({"entries": {"0": {"key": [], "sticky": null, "role": null}}}));

    assert_eq!((entry, warnings), (Entry::default(), vec![]));
}

#[test]
fn an_entry_of_a_card_arrives_with_the_finer_points_of_its_extensions() {
    let (entry, warnings) = entry(json!({"spec": "lorebook_v3", "data": {"extensions": {}, "entries": [{
        "id": 5, "keys": ["rain"], "secondary_keys": ["night"], "name": "n", "comment": "c", "content": "It rains.",
        "constant": true, "selective": true, "insertion_order": 7, "enabled": false, "position": "after_char",
        "use_regex": true, "case_sensitive": true, "priority": 2,
        "extensions": {"position": 6, "depth": 1, "role": 2, "exclude_recursion": true, "match_creator_notes": true,
                       "selectiveLogic": 1, "delay_until_recursion": true, "other": [1]}
    }]}}));

    assert_eq!(warnings, [""; 0]);
    assert_eq!(
        entry,
        Entry {
            uid: 5,
            keys: vec!["rain".into()],
            secondary_keys: vec!["night".into()],
            name: "n".into(),
            comment: "c".into(),
            content: "It rains.".into(),
            constant: true,
            selective: true,
            logic: Logic::NotAll,
            order: 7,
            enabled: false,
            position: Position::ExamplesBottom,
            depth: 1,
            role: Role::Assistant,
            use_regex: Some(true),
            case_sensitive: Some(true),
            priority: Some(2),
            exclude_recursion: true,
            delay_until_recursion: 1,
            matches: Matches { creator_notes: true, ..Matches::default() },
            extensions: Map::from_iter([("other".to_owned(), json!([1]))]),
            ..Entry::default()
        }
    );
}

#[test]
fn what_a_card_leaves_out_of_an_entry_is_named() {
    let missing = |spec: &str| {
        let (entry, warnings) = entry(match spec {
            "v2" => json!({"entries": [{"id": "first"}]}),
            _ => json!({"spec": "lorebook_v3", "data": {"entries": [{"id": "first"}]}}),
        });
        assert_eq!((entry.uid, entry.id.as_str(), entry.enabled, entry.order), (0, "first", true, 100));
        warnings.len()
    };

    assert_eq!((missing("v2"), missing("v3")), (5, 6));
}

#[test]
fn odd_positions_are_understood() {
    let position = |value: Value| {
        let book = json!({"keys": [], "content": "", "extensions": {}, "enabled": true, "insertion_order": 1, "position": value});
        let (entry, warnings) = entry(json!({"entries": [book]}));
        (entry.position, warnings.len())
    };

    assert_eq!(position(json!("before_char")), (Position::BeforeCharacter, 0));
    assert_eq!(position(json!("after_char")), (Position::AfterCharacter, 0));
    assert_eq!(position(json!(null)), (Position::AfterCharacter, 0));
    assert_eq!(position(json!(0)), (Position::BeforeCharacter, 0));
    assert_eq!(position(json!(1)), (Position::AfterCharacter, 0));
    assert_eq!(position(json!("4")), (Position::AtDepth, 1));
    assert_eq!(position(json!("")), (Position::AfterCharacter, 1));
    assert_eq!(position(json!("before_char_defs")), (Position::BeforeCharacter, 1));
    assert_eq!(position(json!("after_char_defs")), (Position::AfterCharacter, 1));
    assert_eq!(position(json!("nowhere")), (Position::AfterCharacter, 1));
    assert_eq!(position(json!(9)), (Position::AfterCharacter, 1));
    assert_eq!(position(json!({})), (Position::AfterCharacter, 1));
}

#[test]
fn every_entry_gets_a_number_of_its_own() {
    let book = opened(json!({"entries": {
        "7": {"key": []}, "x": {"key": [], "uid": 0}, "8": {"key": [], "uid": 7}, "9": {"key": [], "uid": "one"}
    }}));

    assert_eq!(book.lorebook.entries.iter().map(|entry| entry.uid).collect::<Vec<_>>(), [7, 0, 1, 2]);
    assert_eq!(book.warnings.iter().map(|w| w.code.as_str()).collect::<Vec<_>>(), ["duplicate-id"]);
}

#[test]
fn entries_as_an_object_are_a_list_to_a_card() {
    let book = opened(json!({"entries": {"a": {"keys": "rain, storm", "content": "x"}}}));

    assert_eq!(book.format, Format::CharacterBook);
    assert_eq!(book.lorebook.entries[0].keys, ["rain", "storm"]);
    assert!(book.warnings.iter().any(|warning| warning.code.as_str() == "entries-as-map"));
}

#[test]
fn books_that_are_pasted_into_each_other_are_read_entry_by_entry() {
    let book = opened(json!({"entries": [{"keys": ["a"]}, {"key": ["b"], "disable": true}, "junk"]}));

    let keys: Vec<_> = book.lorebook.entries.iter().map(|entry| entry.keys[0].as_str()).collect();
    assert_eq!(keys, ["a", "b"]);
    assert!(book.warnings.iter().any(|w| w.code.as_str() == "wrong-type" && w.at == "entries[2]"));
}

#[test]
fn what_is_no_lorebook_is_refused() {
    for tree in [json!([]), json!({"name": "Mira"}), json!({"entries": 1}), json!({"spec": "lorebook_v3"})] {
        assert_eq!(from_tree(tree).unwrap_err().code(), "not-a-lorebook");
    }
    let crowd = json!({"entries": vec![json!({"key": []}); crate::bounds::LORE_ENTRIES + 1]});
    assert_eq!(from_tree(crowd).unwrap_err().code(), "too-many");
}

#[test]
fn the_book_of_a_card_is_read_whatever_it_is() {
    let keys = |book: Value| {
        of_card(&book).unwrap().0.entries.into_iter().map(|entry| entry.keys).collect::<Vec<_>>()
    };

    assert_eq!(keys(json!({"entries": [{"keys": ["a"]}]})), [["a"]]);
    assert_eq!(keys(json!({"kind": "memory", "entries": [{"keywords": ["a"], "entry": ""}]})), [["a"]]);
    assert_eq!(of_card(&json!({"name": "x"})).unwrap().0.name, "x");
    assert_eq!(of_card(&json!(7)).unwrap().0, Lorebook::default());
}

#[test]
fn a_nul_is_shown_as_a_replacement_character() {
    let (entry, warnings) = entry(json!({"entries": {"0": {"key": ["a\0"], "x\0": "\0"}}}));

    assert_eq!((entry.keys[0].as_str(), &entry.rest["x\u{fffd}"]), ("a\u{fffd}", &json!("\u{fffd}")));
    assert_eq!(warnings, ["nul-character $"]);
}

#[test]
fn fields_that_sillytavern_uses_otherwise_are_set_aside() {
    let book = opened(json!({"entries": [{"keys": [], "order": "alphabetical", "colour": "blue"}]}));

    let entry = &book.lorebook.entries[0];
    assert_eq!(entry.rest, Map::from_iter([("colour".to_owned(), json!("blue"))]));
    assert_eq!(entry.extensions["rest"], json!({"order": "alphabetical"}));
}

#[test]
fn a_book_written_for_a_card_follows_the_specification() {
    let book = opened(
        json!({"entries": {"2": {"uid": 2, "key": ["a"], "position": 4, "content": "x", "depth": 1}}}),
    );

    let written = write_v3(&book.lorebook);
    let again = opened(written.clone());

    assert_eq!(written["spec"], "lorebook_v3");
    let entry = &written["data"]["entries"][0];
    assert_eq!(
        (&entry["id"], &entry["position"], &entry["use_regex"]),
        (&json!(2), &json!("after_char"), &json!(false))
    );
    assert_eq!((&entry["extensions"]["position"], &entry["extensions"]["depth"]), (&json!(4), &json!(1)));
    assert_eq!(again.warnings, []);
    assert_eq!(
        again.lorebook.entries[0],
        Entry { use_regex: Some(false), ..book.lorebook.entries[0].clone() }
    );
}

#[test]
fn numbers_keep_their_spelling_and_halves_of_pairs_are_mended() {
    let text =
        br#"{"entries":{"0":{"uid":0,"key":["a\ud83d"],"n":1.0,"big":12345678901234567890123,"n":1.0}}}"#;

    let file = read(text).unwrap();

    assert_eq!(file.lorebook.entries[0].keys, ["a\u{fffd}"]);
    assert_eq!(
        json!(file.lorebook.entries[0].rest).to_string(),
        r#"{"n":1.0,"big":12345678901234567890123}"#
    );
    assert_eq!(
        file.warnings.iter().map(|w| w.code.as_str()).collect::<Vec<_>>(),
        ["lone-surrogate", "duplicate-key"]
    );
}

#[test]
fn other_files_are_refused_by_what_they_are() {
    let told = |tree: Value| from_tree(tree).unwrap_err().to_string();

    assert!(
        told(json!({"name": "Mira", "first_mes": ""}))
            .starts_with("this is a character card, not a lorebook;")
    );
    assert!(told(json!({"members": []})).starts_with("this is a group, not a lorebook;"));
    assert_eq!(
        read(format!("{{\"entries\":{}1{}}}", "[".repeat(5_000), "]".repeat(5_000)).as_bytes())
            .unwrap_err()
            .code(),
        "too-deep"
    );
}
