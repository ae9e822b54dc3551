//! Examples of dialogue: how the character speaks, shown rather than described.
//!
//! A card has them in blocks that begin with `<START>`. A block goes in whole or not at all, in order, while there is
//! room behind the history; its lines become system messages under the names that SillyTavern gives them, so that no
//! model takes them for what was said.

use domain::character::Role;

use super::{Macros, Message, Scene};

const START: &str = "<start>";
const HEADING: &str = "An example of how {{char}} speaks:";

/// The blocks that fit, and what is left of the tokens.
pub(super) fn that_fit(scene: &Scene<'_>, macros: &Macros, mut left: u32) -> (Vec<Message>, u32) {
    let text =
        macros.expand("examples", &scene.speaker.sheet.profile.instructions.examples).replace('\r', "");
    let heading = Message::new(Role::System, &macros.expand("example heading", HEADING));
    let names = Names::of(scene, macros);
    let mut fitting = vec![];
    for block in blocks(&text) {
        let messages: Vec<_> = std::iter::once(heading.clone()).chain(names.lines(block)).collect();
        let needed =
            messages.iter().map(|message| scene.counter.message(message)).fold(0, u32::saturating_add);
        let Some(rest) = left.checked_sub(needed) else { break };
        left = rest;
        fitting.extend(messages);
    }
    (fitting, left)
}

/// The texts between the marks, without the empty ones.
fn blocks(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    let pieces = std::iter::from_fn(move || {
        let text = rest?;
        let Some(at) = text.as_bytes().windows(START.len()).position(is_start) else { return rest.take() };
        rest = Some(&text[at + START.len()..]);
        Some(&text[..at])
    });
    pieces.map(str::trim).filter(|block| !block.is_empty())
}

fn is_start(bytes: &[u8]) -> bool {
    bytes.eq_ignore_ascii_case(START.as_bytes())
}

/// Who speaks in examples.
struct Names<'a> {
    user: &'a str,
    char: &'a str,
    others: Vec<&'a str>,
    is_group: bool,
}

impl<'a> Names<'a> {
    fn of(scene: &Scene<'a>, macros: &'a Macros) -> Self {
        Self {
            user: &macros.cast.user,
            char: &macros.cast.char,
            others: scene.others.iter().map(|other| other.name).collect(),
            is_group: scene.is_group(),
        }
    }

    /// The messages of a block: a new one wherever a line begins with somebody's name.
    fn lines(&self, block: &str) -> Vec<Message> {
        let mut messages: Vec<Message> = vec![];
        for line in block.lines() {
            match (self.opens(line), messages.last_mut()) {
                (None, Some(last)) => last.content.extend(["\n", line]),
                (None, None) => messages.push(Message::new(Role::System, line)),
                (Some(message), _) => messages.push(message),
            }
        }
        messages.iter_mut().for_each(|message| message.content.truncate(message.content.trim_end().len()));
        messages.retain(|message| !message.is_blank());
        messages
    }

    /// The message that begins with this line, if somebody begins to speak in it.
    fn opens(&self, line: &str) -> Option<Message> {
        if let Some(words) = said_by(self.user, line) {
            return Some(Message::new(Role::System, words).named("example_user"));
        }
        let with_name = || Message::new(Role::System, line).named("example_assistant");
        match said_by(self.char, line) {
            Some(_) if self.is_group => Some(with_name()),
            Some(words) => Some(Message::new(Role::System, words).named("example_assistant")),
            None => self.others.iter().find_map(|other| said_by(other, line)).map(|_| with_name()),
        }
    }
}

/// What the line says after this name and a colon.
fn said_by<'l>(name: &str, line: &'l str) -> Option<&'l str> {
    line.trim_start().strip_prefix(name)?.strip_prefix(':').map(str::trim_start)
}
