//! Commands that are typed as a message.
//!
//! They are the table that people see in the palette of NextChat, and the only ones that are recognised: whatever else
//! begins with a stroke is said as it is.

/// What a command wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Command {
    /// The character goes on without an answer.
    Continue,
    /// The last reply is said otherwise.
    Swipe,
    /// What the person could say is written for them.
    Impersonate,
    /// Which commands there are.
    Help,
}

/// Whether anything may be typed behind a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Takes {
    /// Nothing: with words behind it, it is none.
    Nothing,
    /// Words that say how it is wanted.
    Words,
}

/// A command as people know it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// What is typed.
    pub typed: &'static str,
    /// What it does.
    pub does: &'static str,
    /// What it wants.
    pub command: Command,
    /// What may stand behind it.
    pub takes: Takes,
}

/// Every command.
pub const ALL: [Entry; 4] = [
    Entry {
        typed: "/continue",
        does: "The character goes on, without you saying anything.",
        command: Command::Continue,
        takes: Takes::Nothing,
    },
    Entry {
        typed: "/swipe",
        does: "The last reply is said in other words; the old ones are kept as a variant.",
        command: Command::Swipe,
        takes: Takes::Nothing,
    },
    Entry {
        typed: "/impersonate",
        does: "What you could say next is written for you, and nobody hears it until you send it; words behind the \
               command say how you want it.",
        command: Command::Impersonate,
        takes: Takes::Words,
    },
    Entry {
        typed: "/help",
        does: "Which commands there are.",
        command: Command::Help,
        takes: Takes::Nothing,
    },
];

/// A command as it was typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Typed<'a> {
    /// Which.
    pub command: Command,
    /// What stands behind it.
    pub words: &'a str,
}

/// The command that a message is, if it is one and nothing else.
pub fn read(message: &str) -> Option<Typed<'_>> {
    let typed = message.trim();
    let (name, words) = typed.split_once(char::is_whitespace).unwrap_or((typed, ""));
    let entry = ALL.iter().find(|entry| entry.typed.eq_ignore_ascii_case(name))?;
    let is_it = words.is_empty() || entry.takes == Takes::Words;
    is_it.then_some(Typed { command: entry.command, words: words.trim_start() })
}

/// What `/help` answers.
pub fn help() -> String {
    let lines = ALL.iter().map(|Entry { typed, does, .. }| format!("{typed}: {does}"));
    lines.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod spec {
    use super::*;

    #[test]
    fn a_command_stands_alone() {
        assert_eq!(read(" /Continue\n").map(|typed| typed.command), Some(Command::Continue));
        for words in ["/continue please", "continue", "/dance", "/impersonated", ""] {
            assert_eq!(read(words), None);
        }
    }

    #[test]
    fn words_behind_an_impersonation_say_how_it_is_wanted() {
        let typed = |words| Some(Typed { command: Command::Impersonate, words });
        assert_eq!(read(" /impersonate\n"), typed(""));
        assert_eq!(read("/Impersonate  be rude,\nand brief "), typed("be rude,\nand brief"));
    }

    #[test]
    fn every_command_is_told_by_help() {
        assert!(ALL.iter().all(|entry| help().contains(entry.typed)));
    }
}
