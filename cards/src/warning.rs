//! What was odd about a card, and what the reader did about it.
//!
//! A warning is for two readers: the code is for programs and never changes, the message is for the person who brought
//! the card. Neither quotes the card's words. Many oddities make one card tiresome to report, so the list is capped.

use std::fmt;

use serde::{Serialize, Serializer};

use crate::bounds;

/// One oddity of a card that was nevertheless read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Warning {
    /// What kind of oddity.
    pub code: WarningCode,
    /// Where: a JSON path such as `data.tags[3]`, `$` for the whole JSON, a chunk such as `tEXt chara (chunk 2)`,
    /// or an entry of an archive by its number.
    pub at: String,
    /// A sentence for a person.
    pub message: String,
}

/// The kinds of oddity, each with a spelling that never changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum WarningCode {
    /// Card chunks came after the picture's end.
    AfterEnd,
    /// An asset that the card lists is not in its file, or cannot be read.
    AssetMissing,
    /// The base64 was unpadded, url-safe, or broken into lines.
    Base64Repaired,
    /// The text began with a byte order mark.
    ByteOrderMark,
    /// A card chunk could not be read, and another one was used.
    ChunkFellBack,
    /// The card says V2 or V3 but has no `data`; its root was read instead.
    DataMissing,
    /// The picture breaks off or is damaged behind the card.
    DamagedPicture,
    /// Two entries have the same number; the later one got another.
    DuplicateId,
    /// An object names the same key twice; the last one counts.
    DuplicateKey,
    /// An archive names two entries the same; the first one counts.
    DuplicateEntry,
    /// A PNG carries several card chunks of the same keyword; the first readable one counts.
    DuplicateChunk,
    /// The lorebook's entries were no plain list.
    EntriesAsMap,
    /// An entry of an archive cannot be read; the card was read without it.
    EntryUnreadable,
    /// Half of a surrogate pair, which no text can hold.
    LoneSurrogate,
    /// A lorebook entry says in a way of its own where it goes.
    OddPosition,
    /// A field that its specification demands is not there.
    MissingField,
    /// The YAML holds several documents; the first one that is an object counts.
    MoreDocuments,
    /// There were more warnings than are kept.
    MoreWarnings,
    /// The card is of a newer specification than this reader knows.
    NewerSpec,
    /// U+0000 in a text.
    NulCharacter,
    /// A field is null where it must not be.
    NullField,
    /// The version of the specification is missing or contradicts it.
    OddSpecVersion,
    /// A CHARX holds a card older than V3.
    OldSpecInArchive,
    /// A number was outside its range.
    OutOfRange,
    /// A line of a chat could not be read; it was left out.
    LineLeftOut,
    /// The chat has no line about itself; what it would say was gathered from the messages.
    HeaderMissing,
    /// A message's version and the number of it contradict each other.
    OddSwipe,
    /// A time is spelt in a way that nobody knows.
    OddTime,
    /// A PNG chunk held JSON without base64.
    PlainJson,
    /// The specification is missing or unknown; the shape of the card decided.
    SpecGuessed,
    /// The YAML was indented with tabs, which YAML forbids; each was read as four blanks.
    TabsReplaced,
    /// The text was not UTF-8.
    TextEncoding,
    /// A value of another type was made into a list.
    TurnedIntoList,
    /// A value of another type was made into a text.
    TurnedIntoText,
    /// An entry of an archive has a name that leads elsewhere; it was left out.
    UnsafeName,
    /// A chunk's checksum does not fit its content.
    WrongChecksum,
    /// A value is of a type that makes no sense here; it was left out of the view.
    WrongType,
}

impl WarningCode {
    /// The code's stable spelling.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AfterEnd => "after-end",
            Self::AssetMissing => "asset-missing",
            Self::Base64Repaired => "base64-repaired",
            Self::ByteOrderMark => "byte-order-mark",
            Self::ChunkFellBack => "chunk-fell-back",
            Self::DataMissing => "data-missing",
            Self::DamagedPicture => "damaged-picture",
            Self::DuplicateId => "duplicate-id",
            Self::DuplicateKey => "duplicate-key",
            Self::DuplicateEntry => "duplicate-entry",
            Self::DuplicateChunk => "duplicate-chunk",
            Self::EntriesAsMap => "entries-as-map",
            Self::EntryUnreadable => "entry-unreadable",
            Self::LoneSurrogate => "lone-surrogate",
            Self::MissingField => "missing-field",
            Self::MoreDocuments => "more-documents",
            Self::MoreWarnings => "more-warnings",
            Self::NewerSpec => "newer-spec",
            Self::NulCharacter => "nul-character",
            Self::NullField => "null-field",
            Self::OddPosition => "odd-position",
            Self::OddSpecVersion => "odd-spec-version",
            Self::OldSpecInArchive => "old-spec-in-archive",
            Self::OutOfRange => "out-of-range",
            Self::LineLeftOut => "line-left-out",
            Self::HeaderMissing => "header-missing",
            Self::OddSwipe => "odd-swipe",
            Self::OddTime => "odd-time",
            Self::PlainJson => "plain-json",
            Self::SpecGuessed => "spec-guessed",
            Self::TabsReplaced => "tabs-replaced",
            Self::TextEncoding => "text-encoding",
            Self::TurnedIntoList => "turned-into-list",
            Self::TurnedIntoText => "turned-into-text",
            Self::UnsafeName => "unsafe-name",
            Self::WrongChecksum => "wrong-checksum",
            Self::WrongType => "wrong-type",
        }
    }
}

impl fmt::Display for WarningCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for WarningCode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// Warnings as they gather while a card is read.
#[derive(Debug, Default)]
pub(crate) struct Warnings(Vec<Warning>);

impl Warnings {
    pub(crate) fn add(&mut self, code: WarningCode, at: impl Into<String>, message: impl Into<String>) {
        match self.0.len() {
            n if n >= bounds::WARNINGS => {}
            n if n + 1 == bounds::WARNINGS => self.0.push(Warning {
                code: WarningCode::MoreWarnings,
                at: "$".to_owned(),
                message: "the card has more oddities than are listed here".to_owned(),
            }),
            _ => self.0.push(Warning { code, at: at.into(), message: message.into() }),
        }
    }

    /// Takes over what another reading gathered, within the same cap.
    pub(crate) fn extend(&mut self, others: Self) {
        for other in others.0 {
            self.add(other.code, other.at, other.message);
        }
    }

    pub(crate) fn into_list(self) -> Vec<Warning> {
        self.0
    }
}

#[cfg(test)]
mod spec {
    use super::*;

    #[test]
    fn the_list_is_capped_and_says_so() {
        let mut warnings = Warnings::default();
        for i in 0..10 * bounds::WARNINGS {
            warnings.add(WarningCode::NullField, format!("data.tags[{i}]"), "null");
        }

        let list = warnings.into_list();

        assert_eq!(list.len(), bounds::WARNINGS);
        assert_eq!(list.last().map(|w| w.code), Some(WarningCode::MoreWarnings));
    }

    #[test]
    fn a_warning_is_written_with_its_stable_code() {
        let warning = Warning { code: WarningCode::LoneSurrogate, at: "$".into(), message: "odd".into() };

        let json = serde_json::to_string(&warning).unwrap();

        assert_eq!(json, r#"{"code":"lone-surrogate","at":"$","message":"odd"}"#);
    }
}
