//! What holds for every card that is filled up to V2 or V3.

use cards::backfill::{Backfilled, v2, v3};
use cards::{Sheet, read};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::forge::json;
use crate::laws::card;

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_card_that_was_filled_up_is_what_its_name_promises(tree in card()) {
        let Ok(before) = read(&json(&tree)) else { return Ok(()) };

        for (version, filled) in [("2.0", v2(before.tree()).unwrap()), ("3.0", v3(before.tree()).unwrap())] {
            prop_assert_eq!(&filled.tree["spec_version"], version);
            prop_assert_eq!(wrong_with(&filled.tree["data"]), "");
            prop_assert!(version == "2.0" || filled.tree["data"]["group_only_greetings"].is_array());
        }
    }

    #[test]
    fn a_card_that_was_filled_up_says_what_it_said(tree in card()) {
        let Ok(before) = read(&json(&tree)) else { return Ok(()) };

        for filled in [v2(before.tree()).unwrap(), v3(before.tree()).unwrap()] {
            let after = read(&json(&filled.tree)).unwrap();

            prop_assert_eq!(without_book(after.sheet), without_book(before.sheet.clone()));
        }
    }

    #[test]
    fn filling_up_again_changes_nothing(tree in card()) {
        let Ok(before) = read(&json(&tree)) else { return Ok(()) };

        for fill in [v2, v3] {
            let once = fill(before.tree()).unwrap().tree;
            let twice = fill(&once).unwrap();

            prop_assert_eq!(twice.tree.to_string(), once.to_string());
            prop_assert_eq!(twice, Backfilled { tree: once, losses: vec![] });
        }
    }

    #[test]
    fn what_nobody_knows_stays_where_it_was(tree in card()) {
        let Ok(before) = read(&json(&tree)) else { return Ok(()) };

        let filled = v3(before.tree()).unwrap().tree;

        prop_assert_eq!(&filled["unknown"], &tree["unknown"]);
        prop_assert_eq!(&filled["talkativeness"], &tree["talkativeness"]);
        if tree["data"].is_object() {
            prop_assert_eq!(&filled["data"]["unknown"], &tree["data"]["unknown"]);
        }
    }
}

fn without_book(sheet: Sheet) -> Sheet {
    Sheet { lorebook: None, ..sheet }
}

/// The field of a card's data that no strict reader would take, if there is one.
fn wrong_with(data: &Value) -> &'static str {
    const TEXTS: [&str; 11] = [
        "name",
        "description",
        "personality",
        "scenario",
        "first_mes",
        "mes_example",
        "creator_notes",
        "system_prompt",
        "post_history_instructions",
        "creator",
        "character_version",
    ];
    let is_texts = |value: &Value| value.as_array().is_some_and(|list| list.iter().all(Value::is_string));
    if let Some(text) = TEXTS.into_iter().find(|key| !data[*key].is_string()) {
        return text;
    }
    if let Some(list) = ["alternate_greetings", "tags"].into_iter().find(|key| !is_texts(&data[*key])) {
        return list;
    }
    if !data["extensions"].is_object() {
        return "extensions";
    }
    let entry_is_right = |entry: &Value| {
        let is_word =
            |at: &Value| *at == json!(null) || *at == json!("before_char") || *at == json!("after_char");
        is_texts(&entry["keys"])
            && entry["content"].is_string()
            && entry["extensions"].is_object()
            && entry["enabled"].is_boolean()
            && entry["insertion_order"].is_number()
            && is_word(&entry["position"])
    };
    let Some(book) = data.get("character_book") else { return "" };
    if !book["extensions"].is_object() {
        return "book extensions";
    }
    let entries_are_right = book["entries"].as_array().is_some_and(|list| list.iter().all(entry_is_right));
    if entries_are_right { "" } else { "entries" }
}
