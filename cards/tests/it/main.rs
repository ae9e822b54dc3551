//! The crate as its users see it: one binary, so that it links once.

#![expect(
    clippy::unwrap_used,
    reason = "clippy sees tests only in functions marked so, not in what they share"
)]

mod backfills;
mod chats;
mod findings;
mod first_character;
mod forge;
mod laws;
mod lorebooks;
mod quirks;
mod sheets;
mod sillytavern;
