//! What a file is, whatever it was called.
//!
//! People bring folders full of files, and names lie. So a file is looked at once and read as what it is: a character, a
//! lorebook, chats, a group or personas. Things that live beside them, presets and scripts and settings, are told by their name.

pub(crate) mod kind;

use crate::card::{Card, Carrier};
use crate::read::{self, Tree};
use crate::refusal::Refusal;
use crate::warning::Warnings;
use crate::{bounds, chat, group, lorebook, persona};
use kind::Kind;

/// A file that was read as what it is.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Found {
    /// A character.
    Card(Box<Card>),
    /// A lorebook of its own.
    Lorebook(lorebook::File),
    /// Chats, mostly one.
    Chats(chat::File),
    /// A group.
    Group(group::File),
    /// Personas.
    Personas(persona::File),
}

/// Reads a file as what it is.
///
/// # Errors
///
/// A [`Refusal`] says what the file is, if that is known, and what to do.
pub fn recognise(bytes: &[u8]) -> Result<Found, Refusal> {
    bounds::file(bytes)?;
    match read::sniff(bytes)? {
        read::Start::Json => {}
        read::Start::Png => return of_picture(bytes),
        _ => return card(bytes),
    }
    if let Some(file) = lorebook::swiftly(bytes) {
        return Ok(Found::Lorebook(file));
    }
    let mut warnings = Warnings::default();
    match read::parse(bytes, "$", &mut warnings) {
        Ok(tree) => of_tree(tree, bytes, warnings),
        // Lines of JSON are none together, and together they may be more than one card may have.
        Err(refusal) if has_lines(bytes) => match chat::read(bytes) {
            Err(Refusal::NotAChat | Refusal::BadJson { .. }) => Err(refusal),
            other => other.map(Found::Chats),
        },
        Err(refusal) => Err(refusal),
    }
}

fn of_tree(tree: Tree, bytes: &[u8], warnings: Warnings) -> Result<Found, Refusal> {
    // What is left out of the outline is the book of a card, and lies too deep to say what this is.
    match Kind::of(tree.outline()) {
        Kind::Card | Kind::Unknown => {
            read::card(Carrier::Json, tree, warnings).map(Box::new).map(Found::Card)
        }
        Kind::Lorebook => lorebook::of_file(tree.into_whole(), warnings).map(Found::Lorebook),
        Kind::Group => group::of_file(tree.into_whole(), warnings).map(Found::Group),
        Kind::Personas => persona::of_file(tree.into_whole(), warnings).map(Found::Personas),
        Kind::Chat => chat::read(bytes).map(Found::Chats),
        Kind::OfNoUse(found) => Err(Refusal::OfNoUse { found }),
    }
}

/// A picture without a card may have a lorebook.
fn of_picture(bytes: &[u8]) -> Result<Found, Refusal> {
    match card(bytes) {
        Err(Refusal::NoCard) => lorebook::in_picture(bytes)?.map(Found::Lorebook).ok_or(Refusal::NoCard),
        other => other,
    }
}

fn card(bytes: &[u8]) -> Result<Found, Refusal> {
    read::read(bytes).map(Box::new).map(Found::Card)
}

fn has_lines(bytes: &[u8]) -> bool {
    bytes.trim_ascii().contains(&b'\n')
}

#[cfg(test)]
mod spec;
