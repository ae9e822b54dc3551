//! Changing a card where it stands: only what the edits name differs afterwards.
//!
//! Other programs keep things in cards of which nobody here knows, so a card is not written anew to change a word in it.
//! The JSON is edited as text: blanks, the order of keys, the spelling of numbers and escapes, byte order marks all stay.
//! A picture keeps its other chunks, an archive its other entries. Without edits the answer is the very file.
//!
//! Deliberately absent: carriers whose card is told in other words than V1, V2 and V3. Those are converted first.

mod path;
mod refused;
mod span;
mod text;

use std::collections::HashMap;

use serde_json::Value;

use crate::archive::Archive;
use crate::card::{Card, Carrier, Spec};
use crate::png::{self, CardText};
use crate::warning::Warnings;
use crate::{bounds, charx, json, read};
use path::{Path, Step};
pub use refused::EditRefused;
use text::Text;

/// One change of a card.
#[derive(Debug, Clone, PartialEq)]
pub struct Edit {
    path: String,
    change: Change,
}

#[derive(Debug, Clone, PartialEq)]
enum Change {
    Set(Value),
    Remove,
}

impl Edit {
    /// Sets the value at a path such as `data.name`, `data.tags[0]` or `data.extensions["a.b"]`.
    ///
    /// Objects on the way that are not there are made. One step behind the end of a list appends to it.
    #[must_use]
    pub fn set(path: impl Into<String>, value: impl Into<Value>) -> Self {
        Self { path: path.into(), change: Change::Set(value.into()) }
    }

    /// Removes what is at a path.
    #[must_use]
    pub fn remove(path: impl Into<String>) -> Self {
        Self { path: path.into(), change: Change::Remove }
    }
}

/// The same file with these edits, in their order, and nothing else changed.
///
/// Paths are those of V2 and V3. In a V1 card, which has no `data`, `data.name` means `name`. Where a card repeats a field
/// of `data` at its root, as SillyTavern does, and the two are equal, the edit changes both. A picture with `chara` and
/// `ccv3` is edited in both.
///
/// # Errors
///
/// [`EditRefused`] says why the file stays as it is.
pub fn edit(original: &[u8], edits: &[Edit]) -> Result<Vec<u8>, EditRefused> {
    let card = read(original)?;
    if edits.is_empty() {
        return Ok(original.to_vec());
    }
    if !has_paths(card.spec) {
        return Err(EditRefused::ReadOnly);
    }
    let edits = parsed(edits)?;
    let edited = match card.carrier {
        Carrier::Json => edit_text(original, &card, &edits)?,
        Carrier::Png => edit_png(original, &card, &edits)?,
        Carrier::Charx => edit_charx(original, &card, &edits)?,
        Carrier::Jpeg | Carrier::Webp | Carrier::Byaf | Carrier::Yaml => return Err(EditRefused::ReadOnly),
    };
    match read(&edited) {
        Ok(_) => Ok(edited),
        Err(refusal) => Err(EditRefused::Spoiled(refusal)),
    }
}

/// What a card's JSON has at a path, by the paths of [`edit`]: in V1, `data.name` means `name`.
#[must_use]
pub fn at<'a>(tree: &'a Value, path: &str) -> Option<&'a Value> {
    let path = Path::parse(path).ok()?;
    path.look(tree).or_else(|| match path.0.split_first() {
        Some((Step::Key(data), rest)) if data == "data" && !rest.is_empty() && tree.get("data").is_none() => {
            Path(rest.to_vec()).look(tree)
        }
        _ => None,
    })
}

/// Whether paths of V2 and V3 mean anything in a card of this specification.
fn has_paths(spec: Spec) -> bool {
    match spec {
        Spec::V1 | Spec::V2 | Spec::V3 => true,
        Spec::Pygmalion | Spec::TextGen | Spec::Agnai => false,
    }
}

type Parsed<'a> = (Path, &'a Change);

fn parsed(edits: &[Edit]) -> Result<Vec<Parsed<'_>>, EditRefused> {
    if edits.len() > bounds::EDITS {
        return Err(EditRefused::TooMany);
    }
    edits.iter().map(|edit| Ok((Path::parse(&edit.path)?, &edit.change))).collect()
}

/// The JSON must be the card that was read, not something that was told in other words.
fn edit_text(bytes: &[u8], card: &Card, edits: &[Parsed<'_>]) -> Result<Vec<u8>, EditRefused> {
    let tree = json::parse(bytes, "$", &mut Warnings::default()).map_err(|_| EditRefused::ReadOnly)?;
    if &tree != card.tree() {
        return Err(EditRefused::ReadOnly);
    }
    let mut text = Text::of(bytes)?;
    for (path, change) in edits {
        text.apply(path, change)?;
    }
    Ok(text.into_bytes())
}

fn edit_charx(original: &[u8], card: &Card, edits: &[Parsed<'_>]) -> Result<Vec<u8>, EditRefused> {
    let archive = Archive::open(original)?;
    let entry = charx::card(&archive).ok_or(EditRefused::ReadOnly)?;
    let (json, _) = entry.bytes(bounds::JSON_BYTES)?;
    Ok(archive.with_entry(entry, &edit_text(&json, card, edits)?)?)
}

/// The chunk that is the card must take every edit. The others follow as far as they can.
fn edit_png(original: &[u8], card: &Card, edits: &[Parsed<'_>]) -> Result<Vec<u8>, EditRefused> {
    let texts = png::card_texts(original, &mut Warnings::default()).map_err(|_| EditRefused::ReadOnly)?;
    let mut readable = texts.iter().filter_map(|text| Some((text, readable(text)?)));
    let (main, json) = readable.next().ok_or(EditRefused::ReadOnly)?;
    let mut edited = HashMap::from([(main.index, edit_text(&json, card, edits)?)]);
    let mut done = vec![main.keyword];
    for (text, json) in readable {
        // Of several chunks of one keyword only the first ever counts.
        if !done.contains(&text.keyword) {
            done.push(text.keyword);
            edited.insert(text.index, follow(&json, edits)?);
        }
    }
    Ok(png::with_cards(original, |text| edited.remove(&text.index))?)
}

/// The JSON of a chunk, if it is a card.
fn readable(text: &CardText<'_>) -> Option<Vec<u8>> {
    let json = text.unpack(&mut Warnings::default()).ok()?;
    read(&json).ok().map(|_| json)
}

fn follow(json: &[u8], edits: &[Parsed<'_>]) -> Result<Vec<u8>, EditRefused> {
    let mut text = Text::of(json)?;
    for (path, change) in edits {
        match text.apply(path, change) {
            Err(EditRefused::NoSuchPath | EditRefused::NotAContainer) | Ok(()) => {}
            Err(refused) => return Err(refused),
        }
    }
    Ok(text.into_bytes())
}

#[cfg(test)]
mod spec;
