//! What a session may claim of the conversation that answers it.

use super::nextchat::{Message, Session};

/// A line of a conversation.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    pub(crate) role: &'static str,
    /// The wording that counts.
    pub(crate) text: String,
    /// All of them.
    pub(crate) variants: Vec<String>,
}

/// What a session may still claim.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Claims {
    /// Whether no more can be known of it than what it sends: words of a character were put otherwise, or messages taken
    /// out, or what it once sent could have been another's.
    pub(crate) lost: bool,
}

impl Claims {
    /// What the conversation tells that answered: all that the session shows, or at least all that it sent and hears.
    pub(crate) fn are_met(self, session: &Session, lines: &[Line]) {
        let greeting = usize::from(session.greeting.is_some());
        if self.lost {
            let sent = session.sent();
            // What a character says before all else may be a greeting, which says nothing of where it stands.
            let leads = sent.first().is_some_and(|message| message.role == "assistant");
            let sent = &sent[usize::from(leads)..];
            assert!(ends_with(lines, sent, &|_| true), "{lines:#?}\ndo not end with {sent:#?}");
        } else {
            let (shown, all) = (session.story(), |rest: &[Line]| rest.len() == greeting);
            assert!(ends_with(lines, &shown, &all), "{lines:#?}\nare not {shown:#?}");
        }
    }

    /// Whoever was answered by a conversation still finds all of theirs in it, whoever else it answered since.
    pub(crate) fn are_kept(self, session: &Session, lines: &[Line]) {
        if self.lost || session.story().iter().any(|message| message.text.is_empty()) {
            return;
        }
        let greeting = usize::from(session.greeting.is_some());
        for (line, message) in lines[greeting..].iter().zip(session.story()) {
            // What was edited since the last answer is the client's alone until it says so.
            let known = line.variants.iter().any(|words| words.starts_with(message.words()));
            assert!(message.is_edited() || known, "{message:?} is not one of {:?}", line.variants);
        }
    }
}

/// Whether these lines end with what is shown, and what is before it is as it should be. What was stopped before a word
/// was heard may be anything, or nothing.
fn ends_with(lines: &[Line], shown: &[&Message], before: &dyn Fn(&[Line]) -> bool) -> bool {
    let Some((message, earlier)) = shown.split_last() else { return before(lines) };
    let unheard = message.words().is_empty();
    let tells = |line: &Line| line.role == message.role && line.text.starts_with(message.words());
    let told = lines.split_last().is_some_and(|(line, rest)| tells(line) && ends_with(rest, earlier, before));
    told || (unheard && ends_with(lines, earlier, before))
}
