//! How much of anything a card may hold.
//!
//! Cards come from strangers, so every dimension that a file can grow in has a number here. The numbers are generous: the
//! largest real cards seen are a tenth of them.
//!
//! Memory follows from them. An honest card takes about as much as its file; the costliest files that could be made on
//! purpose take less than 320 MB beside the file, whatever they claim (`tests/memory.rs` holds that).

use crate::Refusal;

/// Bytes of a whole file, whatever its format.
pub const FILE_BYTES: usize = 64 << 20;

/// Bytes of the card's JSON, once it is out of its carrier.
pub const JSON_BYTES: usize = 8 << 20;

/// Bytes that one compressed text chunk may inflate to: [`JSON_BYTES`] in base64, with room for line breaks.
pub const INFLATED_BYTES: usize = 16 << 20;

/// Chunks in a PNG. A 64 MiB picture in common 8 KiB chunks has some eight thousand.
pub const PNG_CHUNKS: usize = 100_000;

/// Card chunks of one PNG that are tried before the reader gives up. Each may cost a full inflation.
pub const PNG_CARD_CHUNKS: usize = 4;

/// Entries in an archive, and assets in a card's list of them.
pub const ENTRIES: usize = 10_000;

/// Bytes that one entry of an archive, or one asset of a picture, may inflate to.
pub const ENTRY_BYTES: usize = 50 << 20;

/// Bytes that all entries of an archive, or all assets of a picture, may inflate to.
pub const INFLATED_TOTAL: usize = 128 << 20;

/// Bytes of an archive of many cards. Its entries are inflated one at a time, so they add one [`ENTRY_BYTES`] only.
pub const BUNDLE_BYTES: usize = 1 << 30;

/// Bytes that all entries of an archive of many cards may inflate to, one after the other.
pub const BUNDLE_TOTAL: u64 = 4 << 30;

/// Segments of a JPEG and chunks of a WEBP that are looked at. Real ones have some dozens.
pub const SEGMENTS: usize = 10_000;

/// Changes that one edit of a card may ask for. Each looks through the text again.
pub const EDITS: usize = 100;

/// Nested arrays and objects in the JSON. One less than 128, because `serde_json` refuses to enter the 128th.
pub const NESTING: usize = 127;

/// Values in the JSON, of every kind. Small values cost far more memory than the bytes that spell them.
/// The costliest card within it that was made on purpose, a lorebook of nothing but empty entries, took 156 MB to read.
pub const VALUES: usize = 400_000;

/// Entries of one lorebook. The largest real ones seen have some hundreds.
pub const LORE_ENTRIES: usize = 20_000;

/// Messages of one chat. The largest real ones have some ten thousand.
pub const TURNS: usize = 100_000;

/// Lines of one chat, readable or not: twice its messages, for the sake of those that broke.
pub const CHAT_LINES: usize = 2 * TURNS;

/// Versions of one message.
pub const SWIPES: usize = 1_000;

/// Values in all lines of a chat, of every kind; see [`VALUES`].
pub const CHAT_VALUES: usize = 2_000_000;

/// Members of one group.
pub const MEMBERS: usize = 1_000;

/// Personas in one file.
pub const PERSONAS: usize = 1_000;

/// Warnings that one card may carry. The last one then says that there were more.
pub const WARNINGS: usize = 100;

/// Refuses a file that is too large, or says nothing at all.
pub(crate) fn file(bytes: &[u8]) -> Result<(), Refusal> {
    hold("file", bytes.len(), FILE_BYTES)?;
    if bytes.trim_ascii().is_empty() { Err(Refusal::Empty) } else { Ok(()) }
}

/// Refuses more of something than its bound.
pub(crate) fn count(what: &'static str, count: usize, limit: usize) -> Result<(), Refusal> {
    if count > limit { Err(Refusal::TooMany { what, limit }) } else { Ok(()) }
}

/// Refuses what is larger than its bound.
pub(crate) fn hold(what: &'static str, size: usize, limit: usize) -> Result<(), Refusal> {
    if size > limit { Err(Refusal::TooLarge { what, limit }) } else { Ok(()) }
}
