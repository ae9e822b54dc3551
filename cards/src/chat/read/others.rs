//! Chats of other programs, in the shapes that SillyTavern imports, and NextChat's.
//!
//! They say less than SillyTavern does: mostly who spoke and what. Names that they leave out are left blank, for whoever
//! brings the file knows them. What one message holds beside that is kept with it.

mod kobold;

use serde_json::{Map, Value};

use super::{Format, lines};
use crate::bounds;
use crate::chat::{Chat, Part, Speaker, Turn, Variant, date};
use crate::coerce;
use crate::refusal::Refusal;
use crate::taking::Taking;
use crate::warning::{WarningCode, Warnings};

pub(super) fn read(format: Format, mut tree: Value, warnings: &mut Warnings) -> Result<Vec<Chat>, Refusal> {
    if coerce::clean(&mut tree) {
        warnings.add(WarningCode::NulCharacter, "$", "the chat holds U+0000; it is shown as U+FFFD");
    }
    let tree = match tree {
        Value::Object(root) => root,
        Value::Array(list) => return Ok(lines::from_list(list, warnings)?.into_iter().collect()),
        _ => return Err(Refusal::NotAChat),
    };
    let root = Taking::new(tree, "$", warnings);
    match format {
        Format::TextGen => textgen(root).map(|chat| vec![chat]),
        Format::Agnai => messages(root, "messages", agnai).map(|chat| vec![chat]),
        Format::NextChat => messages(root, "messages", nextchat).map(|chat| vec![chat]),
        Format::RisuAi => risuai(root).map(|chat| vec![chat]),
        Format::KoboldLite => kobold::read(root).map(|chat| vec![chat]),
        Format::CaiTools => cai_tools(root),
        Format::SillyTavern => Err(Refusal::NotAChat),
    }
}

/// Pairs of what the person and the character said; either may be blank.
fn textgen(mut root: Taking<'_>) -> Result<Chat, Refusal> {
    let visible = root.take("data_visible");
    let pairs = root.take("visible").or(visible);
    let parts = [Part::User, Part::Character].into_iter().cycle();
    let texts = pairs.as_ref().and_then(Value::as_array).into_iter().flatten();
    let texts =
        texts.flat_map(|pair| (0..2).map(|side| pair.get(side).and_then(Value::as_str).unwrap_or_default()));
    let turns =
        parts.zip(texts).filter(|(_, text)| !text.trim().is_empty()).map(|(part, text)| said(part, text));
    chat(turns, root.rest())
}

fn risuai(mut root: Taking<'_>) -> Result<Chat, Refusal> {
    drop(root.take("type"));
    let data = root.object("data");
    let mut chat = messages(Taking::new(data, "data", root.warnings()), "message", risuai_message)?;
    for (key, value) in root.rest() {
        chat.rest.entry(key).or_insert(value);
    }
    Ok(chat)
}

fn cai_tools(mut root: Taking<'_>) -> Result<Vec<Chat>, Refusal> {
    let tree =
        root.take("histories").map(|tree| Value::Object(Map::from_iter([("histories".to_owned(), tree)])));
    let histories = tree.as_ref().and_then(histories).cloned().unwrap_or_default();
    bounds::count("chats", histories.len(), bounds::TURNS)?;
    let chats = histories.into_iter().enumerate().filter_map(|(nth, history)| match history {
        Value::Object(history) => {
            let history = Taking::new(history, format!("histories[{nth}]"), root.warnings());
            Some(messages(history, "msgs", cai_message))
        }
        _ => None,
    });
    chats.collect()
}

/// Where CAI Tools keep their chats: under `histories`, or one deeper.
pub(super) fn histories(tree: &Value) -> Option<&Vec<Value>> {
    let outer = tree.get("histories")?;
    outer.as_array().or_else(|| outer.get("histories")?.as_array())
}

/// A chat that lists its messages.
fn messages(mut root: Taking<'_>, key: &str, read: fn(&mut Taking<'_>) -> Turn) -> Result<Chat, Refusal> {
    let Some(Value::Array(list)) = root.take(key) else { return Err(Refusal::NotAChat) };
    bounds::count("messages", list.len(), bounds::TURNS)?;
    let at = root.path(key);
    let mut turns = Vec::with_capacity(list.len());
    for (nth, message) in list.into_iter().enumerate() {
        let at = format!("{at}[{nth}]");
        let Value::Object(message) = message else {
            root.warnings().add(WarningCode::LineLeftOut, at, "this is no message; it was left out");
            continue;
        };
        let mut message = Taking::new(message, at, root.warnings());
        let turn = read(&mut message);
        turns.push(Turn { rest: kept(message), ..turn });
    }
    chat(turns, root.rest())
}

fn chat(turns: impl IntoIterator<Item = Turn>, rest: Map<String, Value>) -> Result<Chat, Refusal> {
    let turns: Vec<Turn> = turns.into_iter().collect();
    bounds::count("messages", turns.len(), bounds::TURNS)?;
    let name = |part| lines::named(String::new(), &turns, part);
    // What the other program knew of the chat lies under one name, where SillyTavern has no other use for it.
    let rest = Map::from_iter((!rest.is_empty()).then(|| (KEPT.to_owned(), Value::Object(rest))));
    Ok(Chat { user: name(Part::User), character: name(Part::Character), turns, rest, ..Chat::default() })
}

/// Under which name fields of other programs are kept: SillyTavern would understand some of them otherwise.
const KEPT: &str = "imported";

fn kept(message: Taking<'_>) -> Map<String, Value> {
    let rest = message.rest();
    Map::from_iter((!rest.is_empty()).then(|| (KEPT.to_owned(), Value::Object(rest))))
}

fn agnai(message: &mut Taking<'_>) -> Turn {
    let is_user = !message.text("userId").is_empty();
    let text = message.text("msg");
    let others = message.texts("retries");
    let mut turn = said(if is_user { Part::User } else { Part::Character }, &text);
    turn.variants.extend(others.into_iter().take(bounds::SWIPES).map(variant));
    turn.speaker.name = message.text("handle");
    turn.at = message.take("createdAt").as_ref().and_then(date::instant);
    turn
}

fn risuai_message(message: &mut Taking<'_>) -> Turn {
    let part = if message.text("role") == "user" { Part::User } else { Part::Character };
    let mut turn = said(part, &message.text("data"));
    turn.speaker.name = message.text("name");
    turn.at = message.take("time").as_ref().and_then(date::instant);
    turn
}

fn cai_message(message: &mut Taking<'_>) -> Turn {
    let src = message.object("src");
    let at = message.path("src");
    let mut src = Taking::new(src, at, message.warnings());
    let part = if src.truth("is_human", false) { Part::User } else { Part::Character };
    let name = src.text("name");
    let mut turn = said(part, &message.text("text"));
    turn.speaker.name = name;
    turn.at = message.take("created").as_ref().and_then(date::instant);
    turn
}

fn nextchat(message: &mut Taking<'_>) -> Turn {
    let part = match message.text("role").as_str() {
        "user" => Part::User,
        "assistant" => Part::Character,
        _ => Part::Narrator,
    };
    let text = match message.take("content") {
        Some(Value::Array(parts)) => {
            parts.iter().filter_map(|part| part.get("text")?.as_str()).collect::<Vec<_>>().join("\n")
        }
        Some(content) => message.text_in("content", &content).unwrap_or_default(),
        None => String::new(),
    };
    let mut turn = said(part, &text);
    turn.at = message.take("date").as_ref().and_then(date::instant);
    turn
}

/// A message of one version.
fn said(part: Part, text: &str) -> Turn {
    let mut variant = variant(text.to_owned());
    if part == Part::Narrator {
        variant.extra.insert("type".to_owned(), "narrator".into());
    }
    let speaker = Speaker { part, ..Speaker::default() };
    Turn { speaker, variants: vec![variant], ..Turn::default() }
}

fn variant(text: String) -> Variant {
    Variant { text, ..Variant::default() }
}

#[cfg(test)]
mod spec;
