//! What a card brings along beside its words: portraits, expressions, backgrounds, sounds.
//!
//! V3 lists them in `data.assets`, each with a URI. Some URIs point into the file that carries the card, and then the
//! bytes are here; others point into the world, and then only the URI is, because nothing is ever fetched. What a file
//! holds and its list forgot is kept too. Names and paths are labels: nobody may open or create a file by them.

mod list;
mod shelf;
mod uri;

use bytes::Bytes;

pub(crate) use list::list;
pub(crate) use shelf::Shelf;

/// One thing beside the words of a card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asset {
    /// What it is for: `icon`, `emotion`, `background`, `user_icon`, or a word of the card's own.
    pub kind: String,
    /// Its name; the portrait is the `icon` named `main`.
    pub name: String,
    /// The extension of its file, without the dot; what the card says, not what the bytes are.
    pub ext: String,
    /// Where the card says that it is. Data URIs, whose bytes are in `content`, are cut to their header.
    pub uri: String,
    /// What is known of its bytes.
    pub content: AssetContent,
}

impl Asset {
    /// The kind of those that the file holds and the card does not list.
    pub const UNLISTED: &'static str = "x_unlisted";

    /// The URI of the picture that carries the card.
    pub const PORTRAIT: &'static str = "ccdefault:";

    /// The portrait of a character, for a card that is to be written.
    #[must_use]
    pub fn portrait(picture: Bytes) -> Self {
        Self {
            kind: "icon".to_owned(),
            name: "main".to_owned(),
            ext: picture_ext(&picture).unwrap_or("png").to_owned(),
            uri: Self::PORTRAIT.to_owned(),
            content: AssetContent::Embedded(picture),
        }
    }

    /// The bytes, where the file holds them.
    #[must_use]
    pub fn bytes(&self) -> Option<&Bytes> {
        match &self.content {
            AssetContent::Embedded(bytes) => Some(bytes),
            AssetContent::Portrait | AssetContent::Elsewhere | AssetContent::Missing => None,
        }
    }

    fn is_main_icon(&self) -> bool {
        self.is_icon() && self.name == "main"
    }

    fn is_icon(&self) -> bool {
        self.kind == "icon"
    }
}

/// What is known of the bytes of an asset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AssetContent {
    /// They came with the card.
    Embedded(Bytes),
    /// `ccdefault:`, the picture that carries the card.
    Portrait,
    /// Somewhere in the world. They were not fetched and never will be by this crate.
    Elsewhere,
    /// The card says that they are in its file, and they are not, or cannot be read.
    Missing,
}

/// The picture among the assets that stands for the character: the main icon, or else the first.
pub(crate) fn portrait(assets: &[Asset]) -> Option<&Bytes> {
    let pictures =
        || assets.iter().filter(|asset| asset.bytes().is_some_and(|bytes| picture_ext(bytes).is_some()));
    let chosen = pictures().find(|asset| asset.is_main_icon()).or_else(|| pictures().find(|a| a.is_icon()));
    chosen.and_then(Asset::bytes)
}

/// What files are called that begin like this. `None` for what browsers do not show as a picture.
fn picture_ext(bytes: &[u8]) -> Option<&'static str> {
    const STARTS: [(&[u8], &str); 4] =
        [(b"\x89PNG\r\n\x1a\n", "png"), (b"\xff\xd8\xff", "jpg"), (b"GIF8", "gif"), (b"BM", "bmp")];
    match bytes {
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some("webp"),
        [_, _, _, _, b'f', b't', b'y', b'p', ..] => Some("avif"),
        _ => STARTS.iter().find(|(start, _)| bytes.starts_with(start)).map(|(_, ext)| *ext),
    }
}

/// What a carrier holds beside the card's JSON, by the name that URIs use for it.
#[derive(Debug, Default)]
pub(crate) struct Stock(Vec<Stored>);

#[derive(Debug)]
struct Stored {
    name: String,
    /// `None` where the bytes are there but cannot be read; why has been said.
    bytes: Option<Bytes>,
    listed: bool,
}

impl Stock {
    pub(crate) fn add(&mut self, name: String, bytes: Option<Vec<u8>>) {
        self.0.push(Stored { name, bytes: bytes.map(Bytes::from), listed: false });
    }
}

#[cfg(test)]
mod spec;
