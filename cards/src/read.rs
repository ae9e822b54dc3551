//! From bytes to a card.
//!
//! The order is the same for every format: find out what carries the card, take its JSON out, grow the tree, find out
//! which specification it follows, and draw up the sheet. Everything that was mended on the way is a warning of the card;
//! the first thing that cannot be mended is the refusal.

mod archives;
mod pictures;
mod tree;

use bytes::Bytes;
use serde_json::Value;

use crate::asset::Stock;
use crate::backyard::{self, Told};
use crate::card::{Card, Carrier, Spec};
use crate::refusal::Refusal;
use crate::sheet::Sheet;
use crate::warning::Warnings;
use crate::{archive, asset, bounds, exif, payload, png, view, yaml};
pub(crate) use tree::{Tree, parse};

/// Reads a character card, whatever it comes in.
///
/// # Errors
///
/// A [`Refusal`] says why these bytes are no card that can be read, and what to do.
pub fn read(bytes: &[u8]) -> Result<Card, Refusal> {
    bounds::file(bytes)?;
    match sniff(bytes)? {
        Start::Png => pictures::read_png(bytes),
        Start::Jpeg => pictures::read_with_exif(bytes, Carrier::Jpeg),
        Start::Webp => pictures::read_with_exif(bytes, Carrier::Webp),
        Start::Archive => archives::read(bytes),
        Start::Json => read_json(bytes),
        Start::Yaml => read_yaml(bytes),
        Start::Unknown => archives::read_hidden(bytes).unwrap_or(Err(Refusal::UnknownFormat)),
    }
}

/// What a file begins as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Start {
    Png,
    Jpeg,
    Webp,
    Archive,
    Json,
    Yaml,
    Unknown,
}

/// What the bytes begin as. File names lie more often than first bytes, so nobody asks for them.
pub(crate) fn sniff(bytes: &[u8]) -> Result<Start, Refusal> {
    match bytes {
        [] => Err(Refusal::Empty),
        _ if bytes.starts_with(&png::SIGNATURE) => Ok(Start::Png),
        _ if bytes.starts_with(exif::JPEG) => Ok(Start::Jpeg),
        _ if exif::is_webp(bytes) => Ok(Start::Webp),
        _ if archive::is_archive(bytes) => Ok(Start::Archive),
        _ if bytes.starts_with(b"GIF8") => Err(Refusal::UnsupportedFormat { format: "a GIF picture" }),
        _ if bytes.starts_with(payload::RISU_ENCRYPTED) => Err(Refusal::Encrypted),
        _ if begins_like_json(bytes) => Ok(Start::Json),
        _ if yaml::begins_like(bytes) => Ok(Start::Yaml),
        _ => Ok(Start::Unknown),
    }
}

fn begins_like_json(bytes: &[u8]) -> bool {
    const MARKS: [&[u8]; 3] = [b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff"];
    let marked = MARKS.iter().any(|mark| bytes.starts_with(mark));
    // What follows a mark may be YAML as well; without one, the first byte tells.
    let first = bytes.iter().find(|byte| !byte.is_ascii_whitespace());
    matches!(first, Some(b'{' | b'[')) || marked && !yaml::begins_like(bytes)
}

fn read_json(bytes: &[u8]) -> Result<Card, Refusal> {
    let mut warnings = Warnings::default();
    let text = understand(bytes, "$", &mut warnings)?;
    Ok(text.into_card(Carrier::Json, Stock::default(), None, warnings))
}

fn read_yaml(bytes: &[u8]) -> Result<Card, Refusal> {
    let mut warnings = Warnings::default();
    let tree = yaml::parse(bytes, "$", &mut warnings)?;
    card(Carrier::Yaml, tree.into(), warnings)
}

/// The card that a bare tree is.
pub(crate) fn card(carrier: Carrier, tree: Tree, mut warnings: Warnings) -> Result<Card, Refusal> {
    let text = tell(tree, &mut warnings)?;
    Ok(text.into_card(carrier, Stock::default(), None, warnings))
}

/// What a card's JSON says.
#[derive(Debug)]
struct Text {
    tree: Tree,
    scenes: Vec<Value>,
    spec: Spec,
    sheet: Sheet,
}

impl Text {
    fn of(tree: Tree, scenes: Vec<Value>, warnings: &mut Warnings) -> Result<Self, Refusal> {
        let (spec, mut sheet) = view::of(tree.outline(), warnings)?;
        if let Some(book) = tree.book() {
            sheet.lorebook = Some(book.clone());
        }
        Ok(Self { tree, scenes, spec, sheet })
    }

    fn into_card(
        self,
        carrier: Carrier,
        stock: Stock,
        picture: Option<Bytes>,
        mut warnings: Warnings,
    ) -> Card {
        let Self { tree, scenes, spec, sheet } = self;
        let assets = asset::list(tree.outline(), stock, &mut warnings);
        Card { carrier, spec, sheet, warnings: warnings.into_list(), assets, tree, picture, scenes }
    }
}

fn understand(bytes: &[u8], at: &str, warnings: &mut Warnings) -> Result<Text, Refusal> {
    if bytes.starts_with(payload::RISU_ENCRYPTED) {
        return Err(Refusal::Encrypted);
    }
    tell(parse(bytes, at, warnings)?, warnings)
}

fn tell(tree: Tree, warnings: &mut Warnings) -> Result<Text, Refusal> {
    // Those of Backyard AI have no `data`, and thus no book there.
    if tree.book().is_some() {
        return Text::of(tree, Vec::new(), warnings);
    }
    match backyard::read_export(tree.into_whole()) {
        Ok(Told { tree, scenes }) => Text::of(tree.into(), scenes, warnings),
        Err(tree) => Text::of(tree.into(), Vec::new(), warnings),
    }
}
