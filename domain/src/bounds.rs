//! How long texts and lists may be, and the one way to say that something is too long.
//!
//! Lengths of texts are in bytes of UTF-8, because that is what the log and the tables store. No text may hold
//! U+0000, which Postgres cannot store.

/// A message of a person.
pub const MESSAGE: usize = 64 * 1024;
/// A reply of a character.
pub const REPLY: usize = 256 * 1024;
/// A name of a user, a character, a persona; a title; a label of a key.
pub const NAME: usize = 255;
/// One long text of a character or a persona.
pub const TEXT: usize = 128 * 1024;
/// A tag, a trait, the name of a setting.
pub const WORD: usize = 255;
/// A URL, a model name, one value of a setting.
pub const SETTING: usize = 4 * 1024;
/// Entries in a list of a character (tags, greetings, traits, rules).
pub const LIST: usize = 256;
/// Things that a character has beside its words. A card's own list of them may be longer.
pub const ASSETS: usize = 500;
/// Bytes of all of them.
pub const ASSET_BYTES: usize = 128 << 20;
/// Characters in a conversation.
pub const CHARACTERS: usize = 16;
/// Messages in a conversation.
pub const MESSAGES: usize = 20_000;
/// Variants of a message.
pub const VARIANTS: usize = 100;
/// Keys of a user, revoked ones included.
pub const KEYS: usize = 1_000;
/// Entries of a lorebook.
pub const ENTRIES: usize = 20_000;
/// What an entry of a lorebook says.
pub const ENTRY_TEXT: usize = 64 * 1024;
/// Keys of an entry, in each of its two lists.
pub const ENTRY_KEYS: usize = 1_000;
/// One key of an entry; a pattern may be long.
pub const ENTRY_KEY: usize = 8 * 1024;
/// Everything that an entry holds, as it weighs in the log.
pub const ENTRY: usize = 256 * 1024;
/// The number of an entry: as far as JavaScript can count.
pub const ENTRY_NUMBER: u64 = (1 << 53) - 1;
/// Everything that other programs keep in a lorebook, outside of its entries, as it weighs in the log.
pub const EXTRAS: usize = 64 * 1024;
/// To how much a lorebook may be linked.
pub const LINKS: usize = 1_000;
/// How deep a value that other programs keep may be nested. The log reads what is a little deeper.
pub const NESTING: usize = 96;

/// Something is longer than it may be, empty where it must not be, or holds what cannot be stored.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum OutOfBounds {
    /// A text is too long.
    #[error("{what} is longer than the {most} bytes that are allowed")]
    TooLong {
        /// Which text.
        what: &'static str,
        /// How many bytes are allowed.
        most: usize,
    },
    /// A list is too long.
    #[error("there are more {what} than the {most} that are allowed")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// How many are allowed.
        most: usize,
    },
    /// A text is empty or blank.
    #[error("{what} must not be empty")]
    Empty {
        /// Which text.
        what: &'static str,
    },
    /// A text holds U+0000.
    #[error("{what} holds the character U+0000, which cannot be stored; remove it")]
    Nul {
        /// Which text.
        what: &'static str,
    },
    /// A value is nested too deeply.
    #[error("{what} is nested deeper than the {most} levels that are allowed")]
    TooDeep {
        /// Which value.
        what: &'static str,
        /// How many levels are allowed.
        most: usize,
    },
    /// A value has a field whose name means something else to the log.
    #[error("{what} has a field whose name begins with `$serde_json::`, which cannot be stored; rename it")]
    Reserved {
        /// Which value.
        what: &'static str,
    },
    /// A number is outside its range.
    #[error("{what} must be between {least} and {most}")]
    OutOfRange {
        /// Which number.
        what: &'static str,
        /// The least that is allowed.
        least: f64,
        /// The most that is allowed.
        most: f64,
    },
}

/// Holds if the text may be stored and is not longer than `most` bytes.
pub fn text(what: &'static str, text: &str, most: usize) -> Result<(), OutOfBounds> {
    if text.len() > most {
        return Err(OutOfBounds::TooLong { what, most });
    }
    if text.contains('\0') {
        return Err(OutOfBounds::Nul { what });
    }
    Ok(())
}

/// Holds if the text is bounded and says something.
pub fn spoken(what: &'static str, words: &str, most: usize) -> Result<(), OutOfBounds> {
    if words.trim().is_empty() {
        return Err(OutOfBounds::Empty { what });
    }
    text(what, words, most)
}

/// Holds if the list is not longer than `most`.
pub fn count(what: &'static str, count: usize, most: usize) -> Result<(), OutOfBounds> {
    if count > most {
        return Err(OutOfBounds::TooMany { what, most });
    }
    Ok(())
}

/// Holds if the list and every text in it are bounded.
pub fn texts(what: &'static str, list: &[String], most: usize) -> Result<(), OutOfBounds> {
    count(what, list.len(), LIST)?;
    list.iter().try_for_each(|entry| text(what, entry, most))
}

/// Holds if the number is within its range.
pub fn range(what: &'static str, number: f64, least: f64, most: f64) -> Result<(), OutOfBounds> {
    if !(least..=most).contains(&number) {
        return Err(OutOfBounds::OutOfRange { what, least, most });
    }
    Ok(())
}
