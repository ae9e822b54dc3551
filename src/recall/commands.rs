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
    /// Which commands there are.
    Help,
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
}

/// Every command.
pub const ALL: [Entry; 3] = [
    Entry {
        typed: "/continue",
        does: "The character goes on, without you saying anything.",
        command: Command::Continue,
    },
    Entry {
        typed: "/swipe",
        does: "The last reply is said in other words; the old ones are kept as a variant.",
        command: Command::Swipe,
    },
    Entry { typed: "/help", does: "Which commands there are.", command: Command::Help },
];

/// The command that a message is, if it is one and nothing else.
pub fn read(message: &str) -> Option<Command> {
    let typed = message.trim();
    ALL.iter().find(|entry| entry.typed.eq_ignore_ascii_case(typed)).map(|entry| entry.command)
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
        assert_eq!(read(" /Continue\n"), Some(Command::Continue));
        for words in ["/continue please", "continue", "/dance", ""] {
            assert_eq!(read(words), None);
        }
    }

    #[test]
    fn every_command_is_told_by_help() {
        assert!(ALL.iter().all(|entry| help().contains(entry.typed)));
    }
}
