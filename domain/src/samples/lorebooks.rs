//! One event of every sort that can happen to a lorebook, with something in every field.

use cards::lorebook::{CharacterFilter, Logic, Matches, Position};
use serde_json::{Map, Value, json};

use super::id;
use crate::lorebook::{
    EntriesAdded, Entry, EntryRemoved, EntryRevised, Extras, Link, LorebookCreated, LorebookEvent,
    LorebookImported, LorebookLinked, LorebookRestored, LorebookRetired, LorebookRevised, LorebookUnlinked,
    Original, Settings,
};

/// All of them.
pub(super) fn samples() -> Vec<LorebookEvent> {
    let original =
        Original { digest: "ee55".into(), format: "sillytavern".into(), size: 2_000_000, entries: 3_000 };
    vec![
        LorebookImported {
            owner: id(1),
            settings: settings().into(),
            extras: Box::new(Extras { extensions: kept(), rest: kept() }).into(),
            original: original.into(),
            entries: vec![entry().into()],
        }
        .into(),
        LorebookCreated { owner: id(1), settings: settings().into() }.into(),
        EntriesAdded { entries: vec![Entry::default().into(), entry().into()] }.into(),
        EntryRevised { entry: Box::new(entry()).into() }.into(),
        EntryRemoved { uid: 7 }.into(),
        LorebookRevised { settings: settings().into() }.into(),
        LorebookLinked { to: Link::Character(id(10)) }.into(),
        LorebookUnlinked { from: Link::Account }.into(),
        LorebookRetired {}.into(),
        LorebookRestored {}.into(),
    ]
}

fn settings() -> Settings {
    Settings {
        name: "The sea".into(),
        description: "All that is wet.".into(),
        scan_depth: Some(4),
        token_budget: Some(2_048),
        recursive_scanning: Some(true),
    }
}

/// What other programs keep: with numbers as only they spell them.
fn kept() -> Map<String, Value> {
    let spelt =
        serde_json::from_str(r#"[1.0, 1e400, 123456789012345678901234567890, -0.0]"#).unwrap_or_default();
    Map::from_iter([("z".into(), json!({ "a": null })), ("numbers".into(), spelt)])
}

/// Something in every field.
fn entry() -> Entry {
    Entry {
        uid: 7,
        id: "7a".into(),
        name: "tides".into(),
        comment: "The tides".into(),
        content: "They come twice a day.".into(),
        enabled: false,
        keys: vec!["tide".into(), "/ebb|flow/i".into()],
        secondary_keys: vec!["moon".into()],
        selective: false,
        logic: Logic::AndAll,
        use_regex: Some(true),
        case_sensitive: Some(true),
        match_whole_words: Some(false),
        scan_depth: Some(3),
        matches: Matches { scenario: true, ..Matches::default() },
        constant: true,
        vectorized: true,
        probability: 12.5,
        use_probability: false,
        position: Position::AtDepth,
        depth: 2,
        role: cards::Role::Assistant,
        outlet: "shore".into(),
        order: -5,
        priority: Some(10),
        ignore_budget: true,
        exclude_recursion: true,
        prevent_recursion: true,
        delay_until_recursion: 2,
        group: "water".into(),
        group_override: true,
        group_weight: 50,
        use_group_scoring: Some(true),
        sticky: Some(1),
        cooldown: Some(2),
        delay: Some(3),
        triggers: vec!["normal".into()],
        character_filter: Some(CharacterFilter {
            is_exclude: true,
            names: vec!["Aqua".into()],
            tags: vec!["sea".into()],
        }),
        automation_id: "bell".into(),
        display_index: Some(4),
        add_memo: false,
        extensions: kept(),
        rest: kept(),
    }
}
