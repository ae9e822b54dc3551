//! From the neutral form back to SillyTavern's lines.
//!
//! Reading them again yields the same chat. What SillyTavern says twice is said twice: the text among the versions and
//! as what is shown, and what belongs to the shown version beside the message as well.

use serde_json::{Map, Value, json};

use super::read::turn::{of_the_shown, says_more};
use super::{Chat, Part, Turn, Variant, date};

/// The lines of a chat, solo or group, as SillyTavern keeps them.
#[must_use]
pub fn write_jsonl(chat: &Chat) -> Vec<u8> {
    let messages = chat.turns.iter().map(|turn| Value::Object(message(turn)));
    let lines = std::iter::once(Value::Object(header(chat))).chain(messages);
    lines.map(|line| line.to_string()).collect::<Vec<_>>().join("\n").into_bytes()
}

fn header(chat: &Chat) -> Map<String, Value> {
    let name = |name: &str| Value::from(if name.is_empty() { "unused" } else { name });
    let mut header = Map::new();
    header.insert("user_name".to_owned(), name(&chat.user));
    header.insert("character_name".to_owned(), name(&chat.character));
    header.extend(chat.created.map(|at| ("create_date".to_owned(), date::iso(at).into())));
    header.insert("chat_metadata".to_owned(), chat.metadata.clone().into());
    add(&chat.rest, &mut header);
    header
}

fn message(turn: &Turn) -> Map<String, Value> {
    let shown = turn.variant().cloned().unwrap_or_default();
    let mut message = Map::new();
    let mut put = |key: &str, value: Value| drop(message.insert(key.to_owned(), value));
    put("name", turn.speaker.name.as_str().into());
    put("is_user", (turn.speaker.part == Part::User).into());
    put("is_system", turn.hidden.into());
    if let Some(at) = turn.at {
        put("send_date", date::iso(at).into());
    }
    put("mes", shown.text.as_str().into());
    put("extra", extra(turn, &shown).into());
    if let Some(avatar) = &turn.speaker.avatar {
        put("original_avatar", avatar.as_str().into());
    }
    if turn.variants.len() > 1 || says_more(&shown) {
        put("swipes", turn.variants.iter().map(|variant| variant.text.as_str()).collect());
        put("swipe_id", turn.chosen.min(turn.variants.len().saturating_sub(1)).into());
        put("swipe_info", turn.variants.iter().map(about).collect());
    }
    add(&of_the_shown(&shown), &mut message);
    add(&turn.rest, &mut message);
    message
}

/// A narrator is told apart by a word among what is kept about the version.
fn extra(turn: &Turn, shown: &Variant) -> Map<String, Value> {
    let mut extra = shown.extra.clone();
    if turn.speaker.part == Part::Narrator {
        extra.insert("type".to_owned(), "narrator".into());
    }
    extra
}

fn about(variant: &Variant) -> Value {
    let mut about = Map::new();
    about.extend(variant.at.map(|at| ("send_date".to_owned(), date::iso(at).into())));
    about.insert("extra".to_owned(), json!(variant.extra));
    add(&variant.rest, &mut about);
    Value::Object(about)
}

/// What is known is not overwritten by what is not.
fn add(rest: &Map<String, Value>, map: &mut Map<String, Value>) {
    for (key, value) in rest {
        map.entry(key).or_insert_with(|| value.clone());
    }
}
