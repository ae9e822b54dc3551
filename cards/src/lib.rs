//! SillyTavern character cards: read what real people have, forgive it, and write it back without losing a field.
//!
//! A character card describes somebody to talk with: name, description, first message, perhaps a lorebook. Thousands of
//! them are passed around as pictures with JSON inside, in three versions of a loose specification, half of them broken
//! in some small way. This crate reads them all into one plain form, and keeps what it does not understand.
//!
//! It is pure: bytes in, values out, no files, no network, no clock. Nothing that a card refers to is ever fetched, and
//! its bytes, however hostile, cost bounded time and memory ([`bounds`]) and never panic.
//!
//! # Reading
//!
//! [`read`] finds out by itself what it was given.
//!
//! ```
//! let bytes = r#"{
//!     "spec": "chara_card_v2", "spec_version": "2.0",
//!     "data": {
//!         "name": "Mira", "first_mes": "Come in, come in!", "description": "Keeps the inn.",
//!         "tags": "inn, night", "extensions": { "my_app": { "mood": 1.0 } }
//!     }
//! }"#;
//! let card = cards::read(bytes.as_bytes())?;
//!
//! // The sheet is for using: plain types, nothing missing.
//! assert_eq!(card.sheet.name, "Mira");
//! assert_eq!(card.sheet.tags, ["inn", "night"]);
//! assert_eq!(card.sheet.talkativeness, 0.5);
//!
//! // The tree is for keeping: every field, in its order, with its numbers as they were spelt.
//! assert_eq!(card.tree()["data"]["extensions"]["my_app"]["mood"].to_string(), "1.0");
//!
//! // Whatever was mended is said, with a stable code and a place.
//! let tags = card.warnings.iter().find(|warning| warning.at == "data.tags");
//! assert_eq!(tags.map(|warning| warning.code.as_str()), Some("turned-into-list"));
//! # Ok::<(), cards::Refusal>(())
//! ```
//!
//! What cannot be read is refused with a reason ([`Refusal`]): a stable code for programs, and a sentence for the person
//! that says what to do. Neither warnings nor refusals ever quote the card.
//!
//! ```
//! let refusal = cards::read(br#"{"name": "  "}"#).unwrap_err();
//!
//! assert_eq!(refusal.code(), "no-name");
//! assert_eq!(refusal.to_string(), "the character has no name; give it one and export the card again");
//! ```
//!
//! Most cards bring something along: portraits, expressions, sounds. They are the card's [`assets`](Card::assets), with
//! their bytes where the file holds them, and [`Card::portrait`] is the character's picture.
//!
//! # Changing
//!
//! [`edit`] changes a card where it stands. Only what the edits name differs afterwards: blanks, the order of keys, the
//! spelling of numbers, other chunks of a picture and other entries of an archive are what they were.
//!
//! ```
//! use cards::Edit;
//!
//! let card = br#"{"name": "Mira", "first_mes": "Hi",   "mine": 1.0}"#;
//! let edited = cards::edit(card, &[Edit::set("data.first_mes", "Come in!")])?;
//! assert_eq!(edited, br#"{"name": "Mira", "first_mes": "Come in!",   "mine": 1.0}"#);
//! # Ok::<(), cards::EditRefused>(())
//! ```
//!
//! # Lorebooks, chats, groups and personas
//!
//! What people have beside characters is read by its own module into a plain form of its own, and written for SillyTavern
//! again: [`lorebook`], [`chat`], [`group`], [`persona`]. Whoever does not know what a file is asks [`recognise`].
//!
//! ```
//! let file = br#"{"entries": {"0": {"uid": 0, "key": ["rain", "/storms?/i"], "content": "@@depth 2\nIt rains.", "hue": 7}}}"#;
//! let cards::Found::Lorebook(file) = cards::recognise(file)? else { panic!("a lorebook") };
//!
//! let entry = &file.lorebook.entries[0];
//! assert_eq!(entry.order, 100);
//! assert_eq!(entry.decorated().content, "It rains.");
//! assert_eq!(entry.rest["hue"], 7);
//!
//! let written = cards::lorebook::write_sillytavern_text(&file.lorebook);
//! assert_eq!(cards::lorebook::read(written.as_bytes())?.lorebook, file.lorebook);
//! # Ok::<(), cards::Refusal>(())
//! ```
//!
//! # Writing
//!
//! [`write_json`], [`write_png`], [`write_png_with_assets`] and [`write_charx`] write the tree, not the sheet, so that a card that passes through
//! loses nothing. [`picture`] takes the card out of a PNG and leaves the portrait, and [`drawn_portrait`] makes one for
//! whoever has none. [`mod@convert`] turns one kind of file into another, [`backfill`] makes a card of V2 or V3 out of any
//! other, and both name what is lost on the way; [`mask`] makes masks for NextChat.
//!
//! ```
//! let pygmalion = cards::read(br#"{"char_name": "Mira", "char_greeting": "Come in!"}"#)?;
//! let filled = cards::backfill::v2(pygmalion.tree())?;
//!
//! assert_eq!(filled.tree["data"]["first_mes"], "Come in!");
//! assert_eq!(filled.losses, []);
//! # Ok::<(), cards::Refusal>(())
//! ```
//!
//! # What is read today
//!
//! | what | in which shapes |
//! |---|---|
//! | characters in PNG, APNG | `ccv3`, then `chara`, then rarer names, in any case, in `tEXt`, `zTXt` and `iTXt`; a broken one falls back to the next; assets in chunks; else the EXIF |
//! | characters in JPEG, WEBP | the user comment in the EXIF: JSON, base64, or a list of bytes |
//! | characters in CHARX | `card.json` of any version and everything beside it, also behind a picture or other bytes |
//! | characters in BYAF | the character, all scenarios, pictures; told again as V3 |
//! | characters in JSON | V1, V2, V3 and newer; Pygmalion, TextGen, Agnai; what Backyard AI puts into pictures |
//! | characters in YAML | TextGen; anything else that is read as JSON |
//! | lorebooks | SillyTavern, V3, those of cards, NovelAI (in a PNG as well), Agnai, RisuAI |
//! | chats | SillyTavern, solo and group; TextGen, Agnai, CAI Tools, Kobold Lite, RisuAI, NextChat |
//! | groups | SillyTavern |
//! | personas | SillyTavern: its backup of them, and its settings |
//!
//! A plain archive of many files is taken apart by [`unpack`]. Presets, scripts and settings of the programs that cards are
//! for are refused by their name.
//!
//! # Two things to know
//!
//! - The crate turns on `arbitrary_precision` and `preserve_order` of `serde_json`, for the whole program: without them a
//!   card's numbers and key order would not survive. Other formats than JSON then see a number inside a
//!   [`Value`](serde_json::Value) as a small map. It comes back as the same number.
//! - Without the default feature `parse` only the plain types remain, [`Sheet`], [`lorebook::Lorebook`], [`chat::Chat`],
//!   [`group::Group`], [`persona::Persona`] and their parts, and [`mask`], for those who keep such things and open no files.

#![warn(missing_docs)]

#[cfg(feature = "parse")]
mod archive;
#[cfg(feature = "parse")]
mod asset;
#[cfg(feature = "parse")]
pub mod backfill;
#[cfg(feature = "parse")]
mod backyard;
#[cfg(feature = "parse")]
pub mod bounds;
#[cfg(feature = "parse")]
mod card;
#[cfg(feature = "parse")]
mod charx;
pub mod chat;
#[cfg(feature = "parse")]
mod coerce;
#[cfg(feature = "parse")]
pub mod convert;
#[cfg(feature = "parse")]
mod drawn;
#[cfg(feature = "parse")]
mod edit;
#[cfg(feature = "parse")]
mod exif;
pub mod group;
#[cfg(feature = "parse")]
mod json;
pub mod lorebook;
pub mod mask;
#[cfg(feature = "parse")]
mod payload;
pub mod persona;
#[cfg(feature = "parse")]
mod png;
#[cfg(feature = "parse")]
mod read;
#[cfg(feature = "parse")]
mod recognise;
#[cfg(feature = "parse")]
mod refusal;
mod sheet;
#[cfg(feature = "parse")]
mod taking;
#[cfg(feature = "parse")]
mod unpack;
#[cfg(feature = "parse")]
mod view;
#[cfg(feature = "parse")]
mod warning;
#[cfg(feature = "parse")]
mod yaml;

#[cfg(feature = "parse")]
pub use asset::{Asset, AssetContent};
#[cfg(feature = "parse")]
pub use card::{Card, Carrier, Spec};
#[cfg(feature = "parse")]
pub use charx::write_charx;
#[cfg(feature = "parse")]
pub use convert::convert;
#[cfg(feature = "parse")]
pub use drawn::drawn_portrait;
#[cfg(feature = "parse")]
pub use edit::{Edit, EditRefused, at, edit};
#[cfg(feature = "parse")]
pub use json::{has_reserved_name, write_json};
#[cfg(feature = "parse")]
pub use png::{picture, write_png, write_png_with_assets};
#[cfg(feature = "parse")]
pub use read::read;
#[cfg(feature = "parse")]
pub use recognise::{Found, recognise};
#[cfg(feature = "parse")]
pub use refusal::Refusal;
pub use sheet::{Book, DepthPrompt, Role, Sheet};
#[cfg(feature = "parse")]
pub use unpack::{Unpacked, unpack};
#[cfg(feature = "parse")]
pub use warning::{Warning, WarningCode};
