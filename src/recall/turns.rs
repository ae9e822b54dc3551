//! Turns: what a client sends, without what is not part of any story.
//!
//! Instructions of the client are left out (who a character is, the house knows), and so are its summaries, results of
//! tools, commands that were typed, our own notes, what was proposed to the person, and the error messages that NextChat keeps as if a character had said
//! them. Messages with pictures are left out too: they were answered with a note and never said.

use projections::prints;
use serde_json::Value;

use super::{
    commands::{self, Command, Typed},
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
    /// What was proposed to the person, which is no part of it.
    pub proposals: Vec<Proposed>,
    /// What it wants now.
    pub wish: Wish,
}

/// Something that was proposed to the person and that the client still has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposed {
    /// How many turns are in front of it.
    pub behind: usize,
    /// The words, normalised. They may be none: it was stopped before anything was heard.
    pub words: String,
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
    /// To know what the person could say, in this way if they want any.
    Impersonate(Option<String>),
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
        return Ok(History::of(before).asked(Wish::Errand(errand)));
    }
    match messages.split_last() {
        Some((last, before)) if last.role == "user" => {
            let wish = wish(last)?;
            Ok(History::of(before).asked(wish))
        }
        Some(_) => Ok(History::of(messages).asked(Wish::GoOn)),
        None => Err(NothingSaid),
    }
}

fn wish(last: &Told) -> Result<Wish, NothingSaid> {
    if last.more {
        return Ok(Wish::Show);
    }
    let own = marks::own(&last.text);
    match commands::read(&own) {
        Some(Typed { command: Command::Continue, .. }) => Ok(Wish::GoOn),
        Some(Typed { command: Command::Swipe, .. }) => Ok(Wish::Again),
        Some(Typed { command: Command::Impersonate, words }) => {
            Ok(Wish::Impersonate((!words.is_empty()).then(|| words.to_owned())))
        }
        Some(Typed { command: Command::Help, .. }) => Ok(Wish::Help),
        None if own.trim().is_empty() => Err(NothingSaid),
        None => Ok(Wish::Say(own)),
    }
}

/// What went before, while it is read.
#[derive(Debug, Default)]
struct History {
    turns: Vec<Turn>,
    proposals: Vec<Proposed>,
    /// Where the last answer begins: it is taken back when it was said otherwise.
    answer: usize,
}

impl History {
    fn of(messages: &[Told]) -> Self {
        let (mut history, mut typed) = (Self::default(), None);
        for message in messages {
            match message.role.as_str() {
                "user" if message.more => {}
                "user" => typed = history.person(&marks::own(&message.text)),
                "assistant" => history.character(&message.text, typed.take()),
                _ => {}
            }
        }
        history
    }

    fn asked(self, wish: Wish) -> Asked {
        Asked { turns: self.turns, proposals: self.proposals, wish }
    }

    /// What the person said, or the command that it is.
    fn person(&mut self, text: &str) -> Option<Command> {
        let command = commands::read(text).map(|typed| typed.command);
        match command {
            Some(Command::Swipe) => self.turns.truncate(self.answer),
            // What they are answered is no part of the story.
            Some(Command::Impersonate | Command::Help) => {}
            Some(Command::Continue) => self.answer = self.turns.len(),
            None => {
                let words = prints::normal(text).into_owned();
                if !words.is_empty() {
                    self.turns.push(Turn { role: Role::Person, words });
                }
                self.answer = self.turns.len();
            }
        }
        command
    }

    /// What a character said, or what was proposed: known by its mark, or, where it was stopped before anything was
    /// heard, by the command right in front of it.
    fn character(&mut self, text: &str, typed: Option<Command>) {
        let Some(text) = without_errors(text) else { return };
        let unheard = || (typed == Some(Command::Impersonate) && text.trim().is_empty()).then(String::new);
        if let Some(words) = marks::proposed(text).or_else(unheard) {
            let words = prints::normal(&words).into_owned();
            self.proposals.push(Proposed { behind: self.turns.len(), words });
            return;
        }
        let heard = marks::heard(text);
        if !heard.is_empty() {
            self.answer = self.turns.len();
        }
        let turn = |words: &String| Turn { role: Role::Character, words: prints::normal(words).into_owned() };
        self.turns.extend(heard.iter().map(turn));
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
