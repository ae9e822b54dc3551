//! From a lorebook's file to the neutral form, whichever program kept it.
//!
//! A file seldom says whose it is, so its shape does. Books inside of cards come in the shapes of all programs as well,
//! and some mix them, so every entry is looked at for itself. An entry that is no object is left out; the book is not
//! refused for it.

mod character_book;
mod entries;
mod others;
mod sillytavern;
mod swift;

use serde::Serialize;
use serde_json::{Map, Value};

use super::{Entry, Lorebook};
use crate::recognise::kind::Kind;
use crate::refusal::Refusal;
use crate::taking::Taking;
use crate::warning::{Warning, WarningCode, Warnings};
use crate::{bounds, coerce, json, png};

/// A lorebook that was read.
#[derive(Debug, Clone, PartialEq)]
pub struct File {
    /// Whose shape it has.
    pub format: Format,
    /// What it says.
    pub lorebook: Lorebook,
    /// What was odd about it.
    pub warnings: Vec<Warning>,
}

/// The shapes that lorebooks have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Format {
    /// SillyTavern's own: entries by their number.
    SillyTavern,
    /// `lorebook_v3`, a file of its own.
    V3,
    /// As it lies inside of a card of V2 or V3.
    CharacterBook,
    /// NovelAI.
    NovelAi,
    /// Agnai's memory books.
    Agnai,
    /// RisuAI.
    RisuAi,
}

/// Reads a lorebook from a file of its own.
///
/// # Errors
///
/// A [`Refusal`] says why these bytes are no lorebook that can be read, and what to do.
pub fn read(bytes: &[u8]) -> Result<File, Refusal> {
    bounds::file(bytes)?;
    if bytes.starts_with(&png::SIGNATURE) {
        return in_picture(bytes)?.ok_or(Refusal::NotALorebook);
    }
    if let Some(file) = swiftly(bytes) {
        return Ok(file);
    }
    let mut warnings = Warnings::default();
    let tree = json::parse(bytes, "$", &mut warnings)?;
    file(tree, warnings)
}

/// Reads the lorebook of a picture, which only NovelAI makes. `None` for pictures without.
pub(crate) fn in_picture(bytes: &[u8]) -> Result<Option<File>, Refusal> {
    let mut warnings = Warnings::default();
    let Some(json) = png::lorebook(bytes, &mut warnings)? else { return Ok(None) };
    let tree = json::parse(&json, png::LOREBOOK, &mut warnings)?;
    let file = file(tree, warnings)?;
    if file.format == Format::NovelAi { Ok(Some(file)) } else { Err(Refusal::NotALorebook) }
}

/// Reads a lorebook that nothing is odd about, if that can be done without a tree of it.
pub(crate) fn swiftly(bytes: &[u8]) -> Option<File> {
    let (format, lorebook) = swift::read(str::from_utf8(bytes).ok()?)?;
    Some(File { format, lorebook, warnings: Vec::new() })
}

/// Reads a book that lies inside of a card, if it is as the specifications want it and nothing is odd about it.
pub(crate) fn listed(text: &str) -> Option<Lorebook> {
    swift::read(text).filter(|(format, _)| *format == Format::CharacterBook).map(|(_, lorebook)| lorebook)
}

/// Reads a lorebook from its JSON.
///
/// # Errors
///
/// A [`Refusal`] says why this is no lorebook that can be read, and what to do.
pub fn from_tree(tree: Value) -> Result<File, Refusal> {
    file(tree, Warnings::default())
}

/// Reads the lorebook of a card, as a [`Sheet`](crate::Sheet) has it. Whatever lies there is a lorebook to its card.
///
/// # Errors
///
/// A [`Refusal`] if it has more entries than [`bounds::LORE_ENTRIES`](crate::bounds::LORE_ENTRIES).
pub fn of_card(book: &Value) -> Result<(Lorebook, Vec<Warning>), Refusal> {
    let Some(root) = book.as_object() else { return Ok((Lorebook::default(), Vec::new())) };
    // Its text is written and read in less time than its tree is taken apart.
    if let Some(file) = swiftly(book.to_string().as_bytes()) {
        return Ok((file.lorebook, file.warnings));
    }
    let mut warnings = Warnings::default();
    let format = Format::of(root).unwrap_or(Format::CharacterBook);
    let lorebook = lorebook(format, book.clone(), &mut warnings)?;
    Ok((lorebook, warnings.into_list()))
}

pub(crate) fn file(tree: Value, mut warnings: Warnings) -> Result<File, Refusal> {
    let Some(format) = tree.as_object().and_then(Format::of) else {
        return Err(Kind::Lorebook.wanted(&tree).err().unwrap_or(Refusal::NotALorebook));
    };
    let lorebook = lorebook(format, tree, &mut warnings)?;
    Ok(File { format, lorebook, warnings: warnings.into_list() })
}

impl Format {
    /// The shape of a tree, if it is one of a lorebook.
    pub(crate) fn of(root: &Map<String, Value>) -> Option<Self> {
        let says = |key, word| root.get(key).and_then(Value::as_str) == Some(word);
        match root.get("entries") {
            Some(Value::Object(entries)) => {
                Some(if entries.values().any(is_of_a_card) { Self::CharacterBook } else { Self::SillyTavern })
            }
            Some(Value::Array(_)) if root.contains_key("lorebookVersion") => Some(Self::NovelAi),
            Some(Value::Array(entries)) if says("kind", "memory") || entries.iter().any(is_agnai) => {
                Some(Self::Agnai)
            }
            Some(Value::Array(_)) => Some(Self::CharacterBook),
            _ if says("spec", "lorebook_v3") => Some(Self::V3),
            _ if says("type", "risu") && root.get("data").is_some_and(Value::is_array) => Some(Self::RisuAi),
            _ => None,
        }
    }
}

fn is_of_a_card(entry: &Value) -> bool {
    entry.get("keys").is_some() && entry.get("key").is_none()
}

fn is_agnai(entry: &Value) -> bool {
    entry.get("keywords").is_some() && entry.get("entry").is_some()
}

fn lorebook(format: Format, mut tree: Value, warnings: &mut Warnings) -> Result<Lorebook, Refusal> {
    if coerce::clean(&mut tree) {
        warnings.add(WarningCode::NulCharacter, "$", "the lorebook holds U+0000; it is shown as U+FFFD");
    }
    let Value::Object(mut root) = tree else { return Err(Refusal::NotALorebook) };
    if format != Format::V3 {
        return book(format, root, "$", warnings);
    }
    let Some(Value::Object(data)) = root.shift_remove("data") else { return Err(Refusal::NotALorebook) };
    Ok(with_beside(book(Format::V3, data, "data", warnings)?, root))
}

/// What stands beside the data of V3 is kept, unless the data has something of that name or it is the format's mark.
fn with_beside(mut book: Lorebook, mut root: Map<String, Value>) -> Lorebook {
    const MARKS: [&str; 3] = ["spec", "spec_version", "data"];
    root.retain(|key, _| !MARKS.contains(&key.as_str()) && !BOOK.contains(&key.as_str()));
    for (key, value) in root {
        book.rest.entry(key).or_insert(value);
    }
    book
}

/// What a book's own fields are called, everywhere.
const BOOK: [&str; 7] =
    ["name", "description", "scan_depth", "token_budget", "recursive_scanning", "extensions", "entries"];

fn book(
    format: Format,
    root: Map<String, Value>,
    at: &str,
    warnings: &mut Warnings,
) -> Result<Lorebook, Refusal> {
    let mut root = Taking::new(root, at, warnings);
    let entries = entries::of(format, &mut root)?;
    match format {
        Format::NovelAi => drop(root.take("lorebookVersion")),
        Format::Agnai => drop(root.take("kind")),
        Format::RisuAi => drop((root.take("type"), root.take("ver"), root.take("entries"))),
        Format::SillyTavern | Format::V3 | Format::CharacterBook => {}
    }
    Ok(with_entries(entries, root))
}

fn with_entries(entries: Vec<Entry>, mut root: Taking<'_>) -> Lorebook {
    Lorebook {
        name: root.text("name"),
        description: root.text("description"),
        scan_depth: root.count("scan_depth"),
        token_budget: root.count("token_budget"),
        recursive_scanning: root.truth_if_any("recursive_scanning"),
        entries,
        extensions: root.object("extensions"),
        rest: root.rest(),
    }
}
