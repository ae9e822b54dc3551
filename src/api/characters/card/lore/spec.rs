use domain::{
    Aggregate,
    lorebook::{
        EntriesAdded, EntryRemoved, EntryRevised, Extras, Lorebook, LorebookEvent, LorebookImported,
        LorebookRevised,
    },
};
use serde_json::json;

use super::*;
use crate::{import::card::read_card, stamp};

/// A card whose JSON is spelt in a way of its own.
const CARD: &str = r#"{"spec":"chara_card_v2","spec_version":"2.0","data":{"name":"Ida","first_mes":"Hi",
 "character_book": {"name":"Bakery","extensions":{}, "entries": [
  {"id":1, "keys":["oven"],   "content":"Hot.", "extensions":{"x":1.0},"enabled":true,"insertion_order":1},
  "no entry",
  {"id":2,"keys":["flour"],"content":"White.","extensions":{},"enabled":true,"insertion_order":1e1, "mine": 1.50},
  {"id":3,"keys":["salt"],"content":"Fine.","extensions":{},"enabled":true,"insertion_order":3}]}}}"#;

/// The card after these events happened to its lorebook.
fn edited(card: &str, events: impl FnOnce(&[Entry]) -> Vec<LorebookEvent>) -> String {
    let read = read_card(card.as_bytes().to_vec()).unwrap();
    let book = read.book.unwrap();
    let (settings, entries) = (book.settings.clone(), book.entries.clone());
    let mut now = Lorebook::default();
    let imported = LorebookImported {
        owner: stamp::id(),
        settings: settings.clone().into(),
        extras: Box::new(Extras::default()).into(),
        original: book.original.clone().into(),
        entries: entries.iter().cloned().map(Into::into).collect(),
    };
    now.evolve(&imported.into());
    events(&entries).iter().for_each(|event| now.evolve(event));
    let lore = Lore { settings, entries, now: now.book().unwrap().clone() };
    let edits = lore.edits(&cards::read(card.as_bytes()).unwrap());
    let edited = cards::edit(card.as_bytes(), &edits).unwrap();
    // Whatever was changed, whoever reads the card reads the lorebook that there is.
    let again = read_card(edited.clone()).unwrap().book.map(|book| book.entries).unwrap_or_default();
    let contents = |entries: &[Entry]| entries.iter().map(|entry| entry.content.clone()).collect::<Vec<_>>();
    let is: Vec<_> = lore.now.entries.iter().cloned().collect();
    assert_eq!(contents(&again), contents(&is));
    String::from_utf8(edited).unwrap()
}

fn saying(entry: &Entry, content: &str) -> LorebookEvent {
    let entry = Entry { content: content.into(), ..entry.clone() };
    EntryRevised { entry: Box::new(entry).into() }.into()
}

#[test]
fn who_changed_nothing_edits_nothing() {
    assert_eq!(edited(CARD, |_| vec![]), CARD);
    assert_eq!(edited(CARD, |entries| vec![saying(&entries[0], "Hot.")]), CARD);
}

#[test]
fn only_the_entry_that_was_changed_is_another() {
    let new = edited(CARD, |entries| vec![saying(&entries[1], "Grey.")]);

    let (before, after) = (CARD.lines().collect::<Vec<_>>(), new.lines().collect::<Vec<_>>());
    assert_eq!(after.len(), before.len());
    for (nth, (before, after)) in before.iter().zip(&after).enumerate() {
        assert_eq!(before == after, nth != 4, "{after}");
    }
    assert!(after[4].contains("Grey.") && after[4].contains("\"mine\":1.50"), "{}", after[4]);
}

#[test]
fn entries_come_and_go_and_the_others_keep_their_spelling() {
    let new = edited(CARD, |entries| {
        let cold = Entry { uid: 9, keys: vec!["cellar".into()], content: "Cold.".into(), ..Entry::default() };
        vec![
            EntryRemoved { uid: entries[0].uid }.into(),
            EntryRemoved { uid: entries[2].uid }.into(),
            EntriesAdded { entries: vec![cold.into()] }.into(),
        ]
    });

    assert!(new.contains("\"insertion_order\":1e1, \"mine\": 1.50}") && new.contains("Cold."), "{new}");
    assert!(!new.contains("Hot.") && !new.contains("Fine.") && new.contains("\"no entry\""), "{new}");
}

#[test]
fn the_books_own_fields_are_set_and_taken_away() {
    let card = CARD.replace("\"name\":\"Bakery\"", "\"name\":\"Bakery\",\"scan_depth\":4");
    let new = edited(&card, |_| {
        let settings = Settings { name: "Bakery".into(), token_budget: Some(7), ..Settings::default() };
        vec![LorebookRevised { settings: settings.into() }.into()]
    });
    assert!(!new.contains("scan_depth") && new.contains("\"token_budget\": 7"), "{new}");
}

#[test]
fn many_changes_are_one_list_and_what_nobody_changed_keeps_its_numbers() {
    let entries: Vec<_> = (0..200)
        .map(|id| {
            format!(r#"{{"id":{id},"keys":[],"content":"c","extensions":{{}},"enabled":true,"insertion_order":1.0}}"#)
        })
        .collect();
    let card = format!(
        r#"{{"spec":"chara_card_v2","data":{{"name":"Ida","first_mes":"","character_book":{{"entries":[{}]}}}}}}"#,
        entries.join(",")
    );
    let new = edited(&card, |entries| entries[..120].iter().map(|entry| saying(entry, "d")).collect());
    assert_eq!(new.matches("\"insertion_order\":1.0").count(), 80);
}

#[test]
fn a_book_in_another_programs_shape_is_told_as_cards_tell_books() {
    let book = json!({"kind": "memory", "entries": [{"name": "n", "entry": "Hot.", "keywords": ["oven"]}]});
    let card =
        json!({"spec": "chara_card_v2", "data": {"name": "Ida", "first_mes": "", "character_book": book}});
    let new = edited(&card.to_string(), |entries| vec![saying(&entries[0], "Cold.")]);
    assert!(new.contains("\"keys\":[\"oven\"]") && new.contains("Cold."), "{new}");
    assert_eq!(edited(&card.to_string(), |_| vec![]), card.to_string());
}
