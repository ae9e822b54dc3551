//! From the tree of a card to its sheet.
//!
//! This is where real cards are forgiven: a number where a text should be, tags in one string, a greeting that is no list,
//! fields that are missing or null. The tree is never changed, so forgiving loses nothing; each mending is a warning
//! with the path of the field. What SillyTavern reads from a card, this reads, and where both copies of a field exist, at
//! the root and in `data`, `data` wins, as it does there.

mod agnai;
mod book;
mod depth;
mod fields;
mod foreign;
mod shape;

use serde_json::Value;

use crate::card::Spec;
use crate::refusal::Refusal;
use crate::sheet::Sheet;
use crate::warning::{WarningCode, Warnings};
use fields::Fields;
use shape::Shape;

/// The specification that a tree follows, and its sheet.
pub(crate) fn of(tree: &Value, warnings: &mut Warnings) -> Result<(Spec, Sheet), Refusal> {
    let shape = Shape::of(tree, warnings)?;
    let mut fields = Fields::of(&shape, warnings);
    let sheet = match shape.spec {
        Spec::Pygmalion => foreign::pygmalion(&mut fields)?,
        Spec::TextGen => foreign::textgen(&mut fields)?,
        Spec::Agnai => agnai::sheet(&mut fields)?,
        Spec::V1 | Spec::V2 | Spec::V3 => tavern(shape.spec, &mut fields)?,
    };
    Ok((shape.spec, sheet))
}

/// The sheet of a card that follows one of the three specifications.
fn tavern(spec: Spec, fields: &mut Fields<'_>) -> Result<Sheet, Refusal> {
    let name = name(fields)?;
    fields.report_gaps(spec);
    Ok(Sheet {
        name,
        nickname: Some(fields.text("nickname")).filter(|nickname| !nickname.trim().is_empty()),
        description: fields.text("description"),
        personality: fields.text("personality"),
        scenario: fields.text("scenario"),
        first_message: fields.text("first_mes"),
        example_messages: fields.text("mes_example"),
        creator_notes: creator_notes(fields),
        system_prompt: fields.text("system_prompt"),
        post_history_instructions: fields.text("post_history_instructions"),
        alternate_greetings: fields.texts("alternate_greetings"),
        group_only_greetings: fields.texts("group_only_greetings"),
        tags: fields.tags("tags"),
        creator: fields.text("creator"),
        character_version: fields.text("character_version"),
        depth_prompt: depth::prompt(fields),
        talkativeness: talkativeness(fields),
        lorebook: book::of(fields, "character_book"),
    })
}

/// Nobody can talk with, search for or address a character without a name, and inventing one would be a lie.
fn name(fields: &mut Fields<'_>) -> Result<String, Refusal> {
    let name = fields.text("name");
    named(&if name.trim().is_empty() { fields.root_text("name") } else { name })
}

fn named(name: &str) -> Result<String, Refusal> {
    match name.trim() {
        "" => Err(Refusal::NoName),
        name => Ok(name.to_owned()),
    }
}

/// SillyTavern's name for the notes of V1 cards is `creatorcomment`.
fn creator_notes(fields: &mut Fields<'_>) -> String {
    let notes = fields.text("creator_notes");
    if notes.is_empty() { fields.root_text("creatorcomment") } else { notes }
}

fn talkativeness(fields: &mut Fields<'_>) -> f32 {
    let found = fields.extension("talkativeness").or_else(|| fields.in_root("talkativeness"));
    let Some((at, value)) = found else { return Sheet::TALKATIVENESS };
    let Some(number) = fields::number(value) else {
        fields.warn(WarningCode::WrongType, at, "this is no number; 0.5 was taken");
        return Sheet::TALKATIVENESS;
    };
    if !(0.0..=1.0).contains(&number) {
        fields.warn(WarningCode::OutOfRange, at, "this is not between 0 and 1; the nearer end was taken");
    }
    #[expect(clippy::cast_possible_truncation, reason = "a share between 0 and 1 needs no more digits")]
    let share = number.clamp(0.0, 1.0) as f32;
    share
}

#[cfg(test)]
mod spec;
