//! From a chat's file to the neutral form, whichever program kept it.
//!
//! SillyTavern writes a line a message and, when it is interrupted, half a line. So lines come first: whatever lines can
//! be read are the chat, and the others are said. Only where no line is one of SillyTavern's is the file read as one
//! piece of JSON, in the shapes of the programs whose chats SillyTavern imports.

mod lines;
mod others;
pub(super) mod turn;

use serde::Serialize;
use serde_json::Value;

use super::Chat;
use crate::recognise::kind::Kind;
use crate::refusal::Refusal;
use crate::warning::{Warning, Warnings};
use crate::{bounds, json};

/// A file of chats that was read.
#[derive(Debug, Clone, PartialEq)]
pub struct File {
    /// Whose shape it has.
    pub format: Format,
    /// What it holds: one chat, but for CAI Tools, which keep all chats with a character in one file.
    pub chats: Vec<Chat>,
    /// What was odd about it.
    pub warnings: Vec<Warning>,
}

/// The shapes that chats have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Format {
    /// SillyTavern: a line a message.
    SillyTavern,
    /// TextGen (Oobabooga).
    TextGen,
    /// Agnai.
    Agnai,
    /// CAI Tools.
    CaiTools,
    /// Kobold Lite.
    KoboldLite,
    /// RisuAI.
    RisuAi,
    /// NextChat's export, and all others with `role` and `content`.
    NextChat,
}

/// Reads a chat.
///
/// # Errors
///
/// A [`Refusal`] says why these bytes are no chat that can be read, and what to do.
pub fn read(bytes: &[u8]) -> Result<File, Refusal> {
    bounds::file(bytes)?;
    let mut warnings = Warnings::default();
    let text = json::decode(bytes, "$", &mut warnings);
    if let Some(chat) = lines::read(&text, &mut warnings)? {
        let warnings = warnings.into_list();
        return Ok(File { format: Format::SillyTavern, chats: vec![chat], warnings });
    }
    let mut warnings = Warnings::default();
    let tree = json::parse(bytes, "$", &mut warnings)?;
    let Some(format) = format(&tree) else {
        return Err(Kind::Chat.wanted(&tree).err().unwrap_or(Refusal::NotAChat));
    };
    let chats = others::read(format, tree, &mut warnings)?;
    Ok(File { format, chats, warnings: warnings.into_list() })
}

/// Whether a tree has the shape of a chat, or of a line of one.
pub(crate) fn recognise(tree: &Value) -> bool {
    lines::is_line(tree) || format(tree).is_some()
}

/// The shape of a tree, if it is one of a chat.
fn format(tree: &Value) -> Option<Format> {
    let has = |key: &str| tree.get(key).is_some_and(Value::is_array);
    let first = |key: &str| tree.get(key).and_then(|list| list.get(0));
    if tree.as_array().and_then(|list| list.first()).is_some_and(lines::is_line) {
        return Some(Format::SillyTavern);
    }
    if has("data_visible") || has("visible") {
        return Some(Format::TextGen);
    }
    if tree.get("type").and_then(Value::as_str) == Some("risuChat") {
        return Some(Format::RisuAi);
    }
    if tree.get("savedsettings").is_some() && (has("actions") || tree.get("prompt").is_some()) {
        return Some(Format::KoboldLite);
    }
    if others::histories(tree).is_some() {
        return Some(Format::CaiTools);
    }
    let message = first("messages")?;
    match (message.get("msg"), message.get("role")) {
        (Some(_), _) => Some(Format::Agnai),
        (None, Some(_)) => Some(Format::NextChat),
        (None, None) => None,
    }
}

#[cfg(test)]
mod spec;
