//! Characters of Backyard AI (once Faraday), in the two forms in which it exports them: archives (BYAF), and JSON in the
//! EXIF of a picture (its versions 1 to 4).
//!
//! Both are told again as a V3 card. Whatever V3 has no place for, sampling settings above all, goes to
//! `data.extensions.backyard` as it was, and the conversations that came along are kept for whoever reads chats.

mod archive;
mod export;
mod macros;

use serde_json::{Map, Value, json};

pub(crate) use archive::{MANIFEST, open};
pub(crate) use export::read as read_export;

/// A character of Backyard AI, told again.
#[derive(Debug)]
pub(crate) struct Told {
    /// The card as V3.
    pub(crate) tree: Value,
    /// The conversations, as they came.
    pub(crate) scenes: Vec<Value>,
}

/// What both forms say of a character, under V3's names.
#[derive(Debug, Default)]
struct Character {
    name: Value,
    description: Value,
    scenario: Value,
    first_mes: Value,
    mes_example: Value,
    system_prompt: Value,
    alternate_greetings: Vec<Value>,
    creator: Value,
    creator_notes: Value,
    is_nsfw: bool,
    lore: Value,
    assets: Vec<Value>,
    /// What V3 has no place for.
    rest: Value,
}

impl Character {
    fn into_tree(self) -> Value {
        let tags = if self.is_nsfw { vec!["nsfw"] } else { Vec::new() };
        let mut data = json!({
            "name": self.name,
            "description": macros::translated(self.description),
            "personality": "",
            "scenario": macros::translated(self.scenario),
            "first_mes": macros::translated(self.first_mes),
            "mes_example": macros::translated(self.mes_example),
            "creator_notes": self.creator_notes,
            "system_prompt": macros::translated(self.system_prompt),
            "post_history_instructions": "",
            "alternate_greetings": Vec::from_iter(self.alternate_greetings.into_iter().map(macros::translated)),
            "tags": tags,
            "creator": self.creator,
            "character_version": "",
            "group_only_greetings": [],
            "extensions": { "backyard": self.rest },
        });
        if let (Some(book), Some(data)) = (book(self.lore), data.as_object_mut()) {
            data.insert("character_book".to_owned(), book);
        }
        if let (false, Some(data)) = (self.assets.is_empty(), data.as_object_mut()) {
            data.insert("assets".to_owned(), self.assets.into());
        }
        json!({ "spec": "chara_card_v3", "spec_version": "3.0", "data": data })
    }
}

/// A member that should be a text. What is none is passed on, so that the card's view can complain of it.
fn take(map: &mut Map<String, Value>, key: &str) -> Value {
    match map.remove(key) {
        None | Some(Value::Null) => Value::from(""),
        Some(value) => value,
    }
}

fn is_blank(value: &Value) -> bool {
    value.as_str().is_some_and(|text| text.trim().is_empty())
}

/// Lore items as a lorebook: each key is a list of words parted by commas.
fn book(lore: Value) -> Option<Value> {
    let Value::Array(items) = lore else { return None };
    let entries: Vec<_> = items.into_iter().enumerate().filter_map(|(nth, item)| entry(nth, item)).collect();
    (!entries.is_empty()).then(|| json!({ "extensions": {}, "entries": entries }))
}

fn entry(nth: usize, item: Value) -> Option<Value> {
    let Value::Object(mut item) = item else { return None };
    let (key, content) = (take(&mut item, "key"), macros::translated(take(&mut item, "value")));
    let key = key.as_str().unwrap_or_default();
    let keys: Vec<_> = key.split(',').map(str::trim).filter(|key| !key.is_empty()).collect();
    Some(json!({
        "keys": keys, "content": content, "enabled": true, "insertion_order": nth, "use_regex": false,
        "name": key, "extensions": { "backyard": item },
    }))
}

#[cfg(test)]
mod spec;
