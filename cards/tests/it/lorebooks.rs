//! What holds for every lorebook, and for everything that is none.

use cards::lorebook::{
    Decorated, Key, Lorebook, from_tree, of_card, read, write_sillytavern, write_sillytavern_text, write_v3,
};
use proptest::collection::vec;
use proptest::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_bytes_make_the_reader_panic(start in "(\\{\"entries\":\\[\\{\"keys\":)?", bytes in vec(any::<u8>(), 0..400)) {
        let _ = read(&[start.as_bytes(), &bytes].concat());
    }

    #[test]
    fn a_book_written_for_sillytavern_reads_the_same(tree in book()) {
        let Ok(first) = from_tree(tree) else { return Ok(()) };

        let written = write_sillytavern(&first.lorebook);
        let second = read(written.to_string().as_bytes()).unwrap();

        prop_assert_eq!(&second.lorebook, &first.lorebook);
        prop_assert_eq!(second.warnings, []);
        prop_assert_eq!(write_sillytavern_text(&first.lorebook), written.to_string());
        prop_assert_eq!(write_sillytavern(&second.lorebook), written);
    }

    #[test]
    fn a_book_written_as_v3_reads_the_same_from_then_on(tree in book()) {
        let Ok(first) = from_tree(tree) else { return Ok(()) };

        let once = from_tree(write_v3(&first.lorebook)).unwrap().lorebook;
        let twice = from_tree(write_v3(&once)).unwrap().lorebook;

        prop_assert_eq!(&twice, &once);
        prop_assert_eq!(once.entries.len(), first.lorebook.entries.len());
    }

    #[test]
    fn entries_have_numbers_of_their_own_and_no_nul(tree in book()) {
        let Ok((book, _)) = of_card(&tree) else { return Ok(()) };

        let numbers: std::collections::HashSet<_> = book.entries.iter().map(|entry| entry.uid).collect();
        prop_assert_eq!(numbers.len(), book.entries.len());
        prop_assert!(!serde_json::to_string(&book).unwrap().contains("\\u0000"));
    }

    #[test]
    fn a_book_survives_storage(tree in book()) {
        let Ok((book, _)) = of_card(&tree) else { return Ok(()) };

        let mut stored = Vec::new();
        let mut serializer = rmp_serde::Serializer::new(&mut stored).with_struct_map().with_human_readable();
        book.serialize(&mut serializer).unwrap();
        let mut deserializer = rmp_serde::Deserializer::from_read_ref(&stored).with_human_readable();

        prop_assert_eq!(&Lorebook::deserialize(&mut deserializer).unwrap(), &book);
        prop_assert_eq!(&serde_json::from_str::<Lorebook>(&serde_json::to_string(&book).unwrap()).unwrap(), &book);
    }

    #[test]
    fn decorators_and_keys_are_read_from_any_text(text in "(@@@?[a-z_]{0,8} ?[0-9a-z,]{0,4}\r?\n?|/|\\\\|\\PC|\n){0,12}") {
        let decorated = Decorated::of(&text);

        prop_assert!(text.contains(decorated.content));
        prop_assert!(decorated.decorators.is_empty() || !decorated.content.starts_with("@@"));
        if let Key::Pattern { pattern, flags } = Key::of(&text) {
            prop_assert_eq!(format!("/{pattern}/{flags}"), text);
        }
    }
}

#[test]
fn a_book_of_an_older_day_gets_defaults_for_what_it_lacks() {
    let book: Lorebook = serde_json::from_value(json!({"entries": [{"keys": ["a"]}], "later": 1})).unwrap();

    assert_eq!(
        (book.entries[0].order, book.entries[0].enabled, book.entries[0].probability),
        (100, true, 100.0)
    );
}

/// Books in every shape, with any value in any known field, and unknown fields beside them.
fn book() -> impl Strategy<Value = Value> {
    let entries = prop_oneof![
        vec(entry(), 0..4).prop_map(Value::from),
        vec(("[0-9]|x", entry()), 0..4).prop_map(|entries| Value::Object(entries.into_iter().collect())),
        value(),
    ];
    let field = prop_oneof![
        Just("name"),
        Just("scan_depth"),
        Just("recursive_scanning"),
        Just("extensions"),
        Just("kind"),
        Just("type"),
        Just("lorebookVersion"),
        Just("data"),
        Just("spec"),
        Just("originalData"),
    ];
    (0..5_u8, entries, vec((field, value()), 0..4)).prop_map(|(shape, entries, fields)| {
        let mut root: Map<String, Value> =
            fields.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
        let mut put = |key: &str, value: Value| drop(root.insert(key.to_owned(), value));
        match shape {
            0 => put("entries", entries),
            1 => {
                put("spec", "lorebook_v3".into());
                put("data", json!({"entries": entries, "spec": 1, "unknown": [1]}));
            }
            2 => {
                put("lorebookVersion", 5.into());
                put("entries", entries);
            }
            3 => {
                put("kind", "memory".into());
                put("entries", entries);
            }
            _ => {
                put("type", "risu".into());
                put("data", entries);
            }
        }
        Value::Object(root)
    })
}

fn entry() -> impl Strategy<Value = Value> {
    const FIELDS: [&str; 36] = [
        "uid",
        "id",
        "key",
        "keys",
        "keysecondary",
        "secondary_keys",
        "comment",
        "name",
        "content",
        "enabled",
        "disable",
        "constant",
        "selective",
        "selectiveLogic",
        "order",
        "insertion_order",
        "insertorder",
        "position",
        "depth",
        "role",
        "probability",
        "sticky",
        "group",
        "triggers",
        "use_regex",
        "useRegex",
        "extensions",
        "characterFilter",
        "delayUntilRecursion",
        "keywords",
        "entry",
        "text",
        "contextConfig",
        "mode",
        "displayIndex",
        "unknown",
    ];
    vec((proptest::sample::select(&FIELDS[..]), value()), 0..9).prop_map(|fields| {
        Value::Object(fields.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
    })
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-2..9_i64).prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (-2.0..200.0_f64).prop_map(Value::from),
        "[a-z,\0/]{0,6}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        let key = prop_oneof![
            Just("position".to_owned()),
            Just("rest".to_owned()),
            Just("names".to_owned()),
            Just("budgetPriority".to_owned()),
            Just("exclude_recursion".to_owned()),
            "[a-z\0]{0,3}",
        ];
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            vec((key, inner), 0..4).prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}
