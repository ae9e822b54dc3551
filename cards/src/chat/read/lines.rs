//! SillyTavern's lines: one about the chat, then one a message.

use serde_json::{Map, Value};

use super::turn;
use crate::chat::{Chat, Part, Turn, date};
use crate::refusal::Refusal;
use crate::taking::Taking;
use crate::warning::{WarningCode, Warnings};
use crate::{bounds, coerce, json};

/// What SillyTavern writes for names that the messages say themselves.
const UNUSED: &str = "unused";

/// The chat, if any line is one of SillyTavern's.
pub(super) fn read(text: &str, warnings: &mut Warnings) -> Result<Option<Chat>, Refusal> {
    let mut chat = Gathering::default();
    let mut found = Warnings::default();
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    for (count, (nth, line)) in lines.enumerate() {
        // So many lines of which none is one of SillyTavern's are something else, written over many lines.
        if count >= bounds::CHAT_LINES && chat.is_empty() {
            return Ok(None);
        }
        bounds::count("lines", count + 1, bounds::CHAT_LINES)?;
        let at = format!("line {}", nth + 1);
        match json::parse(line.as_bytes(), &at, &mut found) {
            Ok(Value::Object(line)) => chat.take(line, &at, &mut found)?,
            Ok(_) | Err(Refusal::BadJson { .. }) => left_out(&at, &mut found),
            Err(refusal) => return Err(refusal),
        }
    }
    let chat = chat.finish(&mut found);
    if chat.is_some() {
        warnings.extend(found);
    }
    Ok(chat)
}

/// The same from a list, as SillyTavern's server hands chats out.
pub(super) fn from_list(list: Vec<Value>, warnings: &mut Warnings) -> Result<Option<Chat>, Refusal> {
    let mut chat = Gathering::default();
    for (nth, line) in list.into_iter().enumerate() {
        let at = format!("[{nth}]");
        match line {
            Value::Object(line) => chat.take(line, &at, warnings)?,
            _ => left_out(&at, warnings),
        }
    }
    Ok(chat.finish(warnings))
}

/// Whether this could be a line of SillyTavern's.
pub(super) fn is_line(value: &Value) -> bool {
    value.as_object().is_some_and(|line| is_header(line) || is_message(line))
}

fn is_header(line: &Map<String, Value>) -> bool {
    let names = line.contains_key("user_name") || line.contains_key("character_name");
    !is_message(line) && (names || line.contains_key("chat_metadata"))
}

fn is_message(line: &Map<String, Value>) -> bool {
    line.contains_key("mes") || line.contains_key("swipes")
}

fn left_out(at: &str, warnings: &mut Warnings) {
    warnings.add(WarningCode::LineLeftOut, at, "this line is broken or no message; it was left out");
}

/// A chat while its lines come in.
#[derive(Default)]
struct Gathering {
    header: Option<Chat>,
    turns: Vec<Turn>,
    values: usize,
}

impl Gathering {
    fn take(&mut self, line: Map<String, Value>, at: &str, warnings: &mut Warnings) -> Result<(), Refusal> {
        let (is_header, is_message) = (is_header(&line), is_message(&line));
        let mut line = Value::Object(line);
        self.values += values(&line);
        if self.values > bounds::CHAT_VALUES {
            return Err(Refusal::TooManyValues);
        }
        if coerce::clean(&mut line) {
            warnings.add(WarningCode::NulCharacter, at, "the line holds U+0000; it is shown as U+FFFD");
        }
        let Value::Object(line) = line else { return Ok(()) };
        if is_message {
            bounds::count("messages", self.turns.len() + 1, bounds::TURNS)?;
            self.turns.push(turn::read(Taking::new(line, at, warnings))?);
        } else if is_header && self.header.is_none() && self.turns.is_empty() {
            self.header = Some(header(Taking::new(line, at, warnings)));
        } else {
            left_out(at, warnings);
        }
        Ok(())
    }

    fn is_empty(&self) -> bool {
        self.header.is_none() && self.turns.is_empty()
    }

    fn finish(self, warnings: &mut Warnings) -> Option<Chat> {
        if self.is_empty() {
            return None;
        }
        if self.header.is_none() {
            let message = "the chat has no line about itself; its messages say who speaks";
            warnings.add(WarningCode::HeaderMissing, "line 1", message);
        }
        let mut chat = Chat { turns: self.turns, ..self.header.unwrap_or_default() };
        chat.user = named(chat.user, &chat.turns, Part::User);
        chat.character = named(chat.character, &chat.turns, Part::Character);
        Some(chat)
    }
}

fn header(mut line: Taking<'_>) -> Chat {
    let created = line.take("create_date");
    let at = created.as_ref().and_then(date::instant);
    let mut chat = Chat {
        user: line.text("user_name"),
        character: line.text("character_name"),
        created: at,
        metadata: line.object("chat_metadata"),
        ..Chat::default()
    };
    let odd = created.filter(|_| at.is_none());
    if odd.is_some() {
        line.warn(
            WarningCode::OddTime,
            "create_date",
            "this time is spelt in an unknown way; it was kept as it is",
        );
    }
    chat.rest = line.rest();
    chat.rest.extend(odd.map(|odd| ("create_date".to_owned(), odd)));
    chat
}

/// A name that is told, or else the first one under which somebody speaks in that part.
pub(super) fn named(told: String, turns: &[Turn], part: Part) -> String {
    let is_name = |name: &String| !name.is_empty() && name != UNUSED;
    if is_name(&told) {
        return told;
    }
    let names = turns.iter().filter(|turn| turn.speaker.part == part).map(|turn| &turn.speaker.name);
    names.into_iter().find(|name| is_name(name)).cloned().unwrap_or_default()
}

/// How many values a line holds.
fn values(value: &Value) -> usize {
    match value {
        Value::Object(map) => 1 + map.values().map(values).sum::<usize>(),
        Value::Array(list) => 1 + list.iter().map(values).sum::<usize>(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => 1,
    }
}
