//! The JSON that Backyard AI puts into pictures: one object `character`, and the `version` of its shape.

use serde_json::{Map, Value, json};

use super::{Character, Told, is_blank, take};

/// The character, or the tree as it was when it is something else.
pub(crate) fn read(tree: Value) -> Result<Told, Value> {
    match tree {
        Value::Object(mut root) if is_export(&root) => match root.remove("character") {
            Some(Value::Object(character)) => Ok(told(root, character)),
            _ => Err(Value::Object(root)),
        },
        other => Err(other),
    }
}

/// All versions name the character in words of their own, and none has what cards have.
fn is_export(root: &Map<String, Value>) -> bool {
    let named = |character: &Map<String, Value>| {
        character.contains_key("aiName") || character.contains_key("aiDisplayName")
    };
    !root.contains_key("data") && root.get("character").and_then(Value::as_object).is_some_and(named)
}

fn told(mut root: Map<String, Value>, mut from: Map<String, Value>) -> Told {
    let scenes = match from.remove("Chat") {
        Some(Value::Array(chats)) => chats,
        _ => Vec::new(),
    };
    let name = take(&mut from, "aiName");
    let name = if is_blank(&name) { take(&mut from, "aiDisplayName") } else { name };
    let character = Character {
        name,
        description: take(&mut from, "aiPersona"),
        scenario: take(&mut from, "scenario"),
        first_mes: take(&mut from, "firstMessage"),
        mes_example: take(&mut from, "customDialogue"),
        system_prompt: take(&mut from, "basePrompt"),
        lore: take(&mut from, "loreItems"),
        is_nsfw: from.get("isNSFW") == Some(&Value::Bool(true)),
        creator: "".into(),
        creator_notes: "".into(),
        rest: json!({ "version": root.remove("version"), "character": from }),
        ..Character::default()
    };
    Told { tree: character.into_tree(), scenes }
}
