//! Why a file is not a card that can be read, and what its owner can do about it.
//!
//! Refusals speak to the person who brought the file, so each says what to do. They never quote the file: its words are
//! private, and refusals end up in logs.

use thiserror::Error;

/// A file that is not taken in.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Refusal {
    /// No bytes at all, or only blanks.
    #[error("the file is empty; export it again")]
    Empty,
    /// Some dimension exceeds its bound in [`bounds`](crate::bounds).
    #[error("the {what} is larger than {limit} bytes; make it smaller and try again")]
    TooLarge {
        /// Which part of the file.
        what: &'static str,
        /// Its bound, in bytes.
        limit: usize,
    },
    /// Neither a picture nor JSON.
    #[error("this is no character card; bring a PNG card or a JSON card")]
    UnknownFormat,
    /// A format that cards do come in, but not one that is read here.
    #[error("{format} is not read here; export the character as a PNG or JSON card")]
    UnsupportedFormat {
        /// The format's name.
        format: &'static str,
    },
    /// A healthy picture without a card.
    #[error(
        "the picture carries no card; sites and chat programs often strip it, so bring the original file"
    )]
    NoCard,
    /// The picture breaks off before any card, or is too broken to write a card into.
    #[error("the picture is damaged; download or export it again")]
    DamagedPng,
    /// More chunks than [`bounds::PNG_CHUNKS`](crate::bounds::PNG_CHUNKS).
    #[error(
        "the picture is cut into too many pieces; save it again with a picture editor and put the card back in"
    )]
    TooManyChunks,
    /// A RisuAI card under a password.
    #[error("the card is encrypted by RisuAI; open it there and export it without encryption")]
    Encrypted,
    /// The card inside the picture is not base64.
    #[error("the card inside the picture is broken or cut off (base64); export it again")]
    BadBase64,
    /// The card inside the picture cannot be inflated.
    #[error("the card inside the picture is broken or cut off (compression); export it again")]
    BadCompression,
    /// An archive that breaks off, or contradicts itself.
    #[error("the archive is damaged or cut off; download or export it again")]
    DamagedArchive,
    /// More entries than [`bounds::ENTRIES`](crate::bounds::ENTRIES).
    #[error("the archive holds too many files; leave out what does not belong to the character")]
    TooManyEntries,
    /// Entries that share bytes, which only hostile archives do.
    #[error("files inside the archive overlap, as only forged archives do; get the card from another place")]
    OverlappingEntries,
    /// The entry is under a password.
    #[error("the archive is encrypted; unpack it with its password and bring it without")]
    EncryptedArchive,
    /// The entry is packed by another method than deflate.
    #[error("the archive is packed by a method that cards do not use; pack it as a plain ZIP again")]
    UnknownCompression,
    /// The entry's name leads out of the archive, or it is a link.
    #[error("the file's name inside the archive leads elsewhere; give it a plain name and pack it again")]
    UnsafeName,
    /// A healthy archive without a card of its own.
    #[error("the archive is no card; if it holds many cards, import it as an archive of many")]
    NoCardInArchive,
    /// Not JSON.
    #[error(
        "the card's JSON breaks at line {line}, column {column}; correct it there or export the card again"
    )]
    BadJson {
        /// Line of the break, from 1.
        line: usize,
        /// Column of the break, from 1.
        column: usize,
    },
    /// Not YAML, or YAML that refers to what is not there.
    #[error(
        "the character's YAML breaks at line {line}, column {column}; correct it there or export the character again"
    )]
    BadYaml {
        /// Line of the break, from 1.
        line: usize,
        /// Column of the break, from 1.
        column: usize,
    },
    /// Deeper than [`bounds::NESTING`](crate::bounds::NESTING).
    #[error("the card's JSON is nested too deeply; remove what is nested deeper than 127 levels")]
    TooDeep,
    /// More values than [`bounds::VALUES`](crate::bounds::VALUES).
    #[error("the card's JSON holds too many values; move its lorebook or extensions into files of their own")]
    TooManyValues,
    /// A member called as only `serde_json` calls members, to itself.
    #[error(
        "a field is called `$serde_json::private::…`, which stands for something else here; call it otherwise"
    )]
    ReservedName,
    /// More of something than its bound in [`bounds`](crate::bounds).
    #[error("the file holds more than {limit} {what}; split it and try again")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// Its bound.
        limit: usize,
    },
    /// A file of a kind that is known, but not of the kind that was asked for.
    #[error("this is {found}, not {wanted}; bring {wanted}, or import this as what it is")]
    OtherKind {
        /// What the file is.
        found: &'static str,
        /// What was asked for.
        wanted: &'static str,
    },
    /// A file that is known, but of no use here.
    #[error("this is {found}; characters, lorebooks, chats and groups are read here, so bring one of those")]
    OfNoUse {
        /// What the file is.
        found: &'static str,
    },
    /// JSON without the shape of a lorebook.
    #[error("this is no lorebook; bring the file that SillyTavern or its like exported")]
    NotALorebook,
    /// JSON without the shape of a chat.
    #[error("this is no chat; bring the JSONL file of SillyTavern or the export of its like")]
    NotAChat,
    /// JSON without the shape of a group.
    #[error("this is no group; bring a file from SillyTavern's folder of groups")]
    NotAGroup,
    /// JSON without the shape of a backup of personas.
    #[error(
        "there are no personas in this; bring the backup that SillyTavern makes of them, or its settings.json"
    )]
    NotPersonas,
    /// A persona whose picture is called as no file is.
    #[error(
        "the persona's picture has a name that leads elsewhere; give it a plain name and export the personas again"
    )]
    UnsafePersona,
    /// JSON without the shape of a card.
    #[error("this JSON is no character card; bring the file that SillyTavern or its like exported")]
    NotACard,
    /// A card without a name.
    #[error("the character has no name; give it one and export the card again")]
    NoName,
}

impl Refusal {
    /// The refusal's stable spelling, for programs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::TooLarge { .. } => "too-large",
            Self::UnknownFormat => "unknown-format",
            Self::UnsupportedFormat { .. } => "unsupported-format",
            Self::NoCard => "no-card",
            Self::DamagedPng => "damaged-png",
            Self::TooManyChunks => "too-many-chunks",
            Self::Encrypted => "encrypted",
            Self::BadBase64 => "bad-base64",
            Self::BadCompression => "bad-compression",
            Self::DamagedArchive => "damaged-archive",
            Self::TooManyEntries => "too-many-entries",
            Self::OverlappingEntries => "overlapping-entries",
            Self::EncryptedArchive => "encrypted-archive",
            Self::UnknownCompression => "unknown-compression",
            Self::UnsafeName => "unsafe-name",
            Self::NoCardInArchive => "no-card-in-archive",
            Self::BadJson { .. } => "bad-json",
            Self::BadYaml { .. } => "bad-yaml",
            Self::TooDeep => "too-deep",
            Self::TooManyValues => "too-many-values",
            Self::ReservedName => "reserved-name",
            Self::TooMany { .. } => "too-many",
            Self::OtherKind { .. } => "other-kind",
            Self::OfNoUse { .. } => "of-no-use",
            Self::NotALorebook => "not-a-lorebook",
            Self::NotAChat => "not-a-chat",
            Self::NotAGroup => "not-a-group",
            Self::NotPersonas => "not-personas",
            Self::UnsafePersona => "unsafe-persona",
            Self::NotACard => "not-a-card",
            Self::NoName => "no-name",
        }
    }
}
