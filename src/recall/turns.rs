//! Turns: what a client sends, without what is not part of any story.
//!
//! Instructions of the client are left out (who a character is, the house knows), and so are its summaries, results of
//! tools, commands that were typed, our own notes, and the error messages that NextChat keeps as if a character had said
//! them. Messages with pictures are left out too: they were answered with a note and never said.

use projections::prints;
use serde_json::Value;

use super::{
    commands::{self, Command},
    errand::{self, Errand},
    marks,
};

/// Who says something, in the eyes of a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// The person.
    Person,
    /// A character.
    Character,
}

/// Something that was said, as it is compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Turn {
    /// By whom.
    pub role: Role,
    /// The words, normalised. A character's may be none: it was stopped before anything was heard.
    pub words: String,
}

/// A message as a client sends it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// `user`, `assistant`, or something else.
    pub role: String,
    /// Its text.
    pub text: String,
    /// Whether it came with pictures or other things that are not words.
    pub more: bool,
}

/// What a client wants, and what went before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// What was said before, as far as the client tells.
    pub turns: Vec<Turn>,
    /// What it wants now.
    pub wish: Wish,
}

/// What is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wish {
    /// To say this.
    Say(String),
    /// That the character speaks, without anything being said.
    GoOn,
    /// That the last reply is said otherwise.
    Again,
    /// To know the commands.
    Help,
    /// To show a picture, which nobody sees.
    Show,
    /// Something beside the story.
    Errand(Errand),
}

/// The client said nothing at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the last message is empty: say something")]
pub struct NothingSaid;

/// Makes clean turns of the messages of a client.
pub fn read(messages: &[Told]) -> Result<Asked, NothingSaid> {
    if let Some(errand) = errand::of(messages) {
        let before = messages.split_last().map_or(messages, |(_, before)| before);
        return Ok(Asked { turns: history(before), wish: Wish::Errand(errand) });
    }
    match messages.split_last() {
        Some((last, before)) if last.role == "user" => {
            let wish = wish(last)?;
            Ok(Asked { turns: history(before), wish })
        }
        Some(_) => Ok(Asked { turns: history(messages), wish: Wish::GoOn }),
        None => Err(NothingSaid),
    }
}

fn wish(last: &Told) -> Result<Wish, NothingSaid> {
    if last.more {
        return Ok(Wish::Show);
    }
    match commands::read(&last.text) {
        Some(Command::Continue) => Ok(Wish::GoOn),
        Some(Command::Swipe) => Ok(Wish::Again),
        Some(Command::Help) => Ok(Wish::Help),
        None if last.text.trim().is_empty() => Err(NothingSaid),
        None => Ok(Wish::Say(last.text.clone())),
    }
}

fn history(messages: &[Told]) -> Vec<Turn> {
    // Where the last answer begins: it is taken back when it was said otherwise.
    let (mut turns, mut answer) = (Vec::with_capacity(messages.len()), 0);
    for message in messages {
        match message.role.as_str() {
            "user" if message.more => {}
            "user" if commands::read(&message.text) == Some(Command::Swipe) => turns.truncate(answer),
            "user" => {
                person(&message.text, &mut turns);
                answer = turns.len();
            }
            "assistant" => {
                answer = turns.len();
                character(&message.text, &mut turns);
            }
            _ => {}
        }
    }
    turns
}

fn person(text: &str, turns: &mut Vec<Turn>) {
    let words = prints::normal(text).into_owned();
    if !words.is_empty() && commands::read(text).is_none() {
        turns.push(Turn { role: Role::Person, words });
    }
}

fn character(text: &str, turns: &mut Vec<Turn>) {
    let Some(text) = without_errors(text) else { return };
    for words in marks::heard(text) {
        turns.push(Turn { role: Role::Character, words: prints::normal(&words).into_owned() });
    }
}

/// What stands before the error messages of NextChat, which are blocks of JSON; none if nothing does, or only what it
/// says itself about a key that was refused.
fn without_errors(text: &str) -> Option<&str> {
    let mut from = 0;
    while let Some(at) = text[from..].find("```json").map(|at| from + at) {
        let inside = &text[at + "```json".len()..];
        let block = inside.split_once("```").map_or(inside, |(block, _)| block);
        if let Some(error) = error_in(block) {
            let before = text[..at].trim();
            let refused =
                error.get("error").and_then(|error| error.get("code")) == Some(&"invalid_api_key".into());
            return (!before.is_empty() && !refused).then_some(before);
        }
        from = at + "```json".len();
    }
    Some(text)
}

fn error_in(block: &str) -> Option<Value> {
    let value: Value = serde_json::from_str(block.trim()).ok()?;
    let error = value.get("error")?;
    (error.is_object() || error.is_string() || *error == Value::Bool(true)).then_some(value)
}
