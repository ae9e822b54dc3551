//! What was found: pieces, each a file on the disk or in an archive, and what it is for.

use std::{
    collections::BTreeMap,
    fs::File,
    io::Read,
    path::{Path, PathBuf},
};

use bytes::Bytes;
use cards::{Refusal, bounds};

use super::tally::Trouble;

/// What a piece is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Character,
    /// A picture beside a character's card.
    Sprite,
    Lorebook,
    Group,
    GroupChat,
    Chat,
    Settings,
    /// A backup of personas.
    Personas,
    /// The picture of a persona.
    Portrait,
    /// The note in an archive of an account.
    Manifest,
}

impl Kind {
    /// As it is called in lists.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Character => "character",
            Self::Sprite => "sprite",
            Self::Lorebook => "lorebook",
            Self::Group => "group",
            Self::GroupChat => "group chat",
            Self::Chat => "chat",
            Self::Settings => "settings",
            Self::Personas => "personas",
            Self::Portrait => "portrait",
            Self::Manifest => "note",
        }
    }
}

/// Which folder of SillyTavern's a piece lies in: names are only known within it. `0` are those that lie in none.
pub(super) type Home = usize;

/// One thing to bring.
#[derive(Debug, Clone)]
pub(super) struct Piece {
    /// As people find it again.
    pub(super) label: String,
    pub(super) kind: Kind,
    pub(super) home: Home,
    /// The folder that it lies in, without those above.
    pub(super) folder: String,
    /// Its name without the extension.
    pub(super) stem: String,
    /// Its name.
    pub(super) name: String,
}

/// A file that is an archive of many.
#[derive(Debug)]
pub(super) struct Bundle {
    pub(super) path: PathBuf,
    /// Its pieces, by their place in it.
    pub(super) pieces: BTreeMap<usize, Piece>,
}

/// Something that is not brought, and why.
#[derive(Debug)]
pub(super) struct Left {
    pub(super) label: String,
    pub(super) what: &'static str,
    pub(super) trouble: Trouble,
    /// Whether that is a fault of the file.
    pub(super) verdict: Verdict,
}

/// Why something is not brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It cannot be read.
    Refused,
    /// It has no place here.
    NoPlace,
}

/// Everything that was found.
#[derive(Debug, Default)]
pub(super) struct Luggage {
    pub(super) files: Vec<(PathBuf, Piece)>,
    pub(super) bundles: Vec<Bundle>,
    pub(super) left: Vec<Left>,
}

impl Luggage {
    /// All pieces, wherever they are.
    pub(super) fn pieces(&self) -> impl Iterator<Item = &Piece> {
        let packed = self.bundles.iter().flat_map(|bundle| bundle.pieces.values());
        self.files.iter().map(|(_, piece)| piece).chain(packed)
    }

    /// How many lines there will be about it.
    pub(super) fn count(&self) -> usize {
        self.pieces().count() + self.left.len()
    }
}

/// The bytes of a file, which are no more than a card may have.
pub(super) fn read(path: &Path) -> Result<Bytes, Trouble> {
    read_within(path, bounds::FILE_BYTES)
}

/// The bytes of an archive.
pub(super) fn read_bundle(path: &Path) -> Result<Bytes, Trouble> {
    read_within(path, bounds::BUNDLE_BYTES)
}

fn read_within(path: &Path, limit: usize) -> Result<Bytes, Trouble> {
    let mut bytes = vec![];
    let unreadable =
        |error: std::io::Error| Trouble::new("unreadable-file", format!("cannot be read: {error}"));
    let file = File::open(path).map_err(unreadable)?;
    file.take(limit as u64 + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() > limit {
        return Err(Trouble::from(&Refusal::TooLarge { what: "file", limit }));
    }
    Ok(bytes.into())
}
