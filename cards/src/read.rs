//! From bytes to a card.
//!
//! The order is the same for every format: find out what carries the card, take its JSON out, grow the tree, find out
//! which specification it follows, and draw up the sheet. Everything that was mended on the way is a warning of the card;
//! the first thing that cannot be mended is the refusal.

use serde_json::Value;

use crate::card::{Card, Carrier, Spec};
use crate::png::{self, CardText};
use crate::refusal::Refusal;
use crate::sheet::Sheet;
use crate::warning::{WarningCode, Warnings};
use crate::{bounds, json, view, yaml};

/// Reads a character card, whatever it comes in.
///
/// # Errors
///
/// A [`Refusal`] says why these bytes are no card that can be read, and what to do.
pub fn read(bytes: &[u8]) -> Result<Card, Refusal> {
    bounds::hold("file", bytes.len(), bounds::FILE_BYTES)?;
    match sniff(bytes)? {
        Carrier::Png => read_png(bytes),
        Carrier::Json => read_json(bytes),
        Carrier::Yaml => read_yaml(bytes),
    }
}

/// What carries the card. File names lie more often than first bytes, so nobody asks for them.
pub(crate) fn sniff(bytes: &[u8]) -> Result<Carrier, Refusal> {
    const OTHERS: [(&[u8], &str); 5] = [
        (b"PK\x03\x04", "an archive (CHARX, BYAF or ZIP)"),
        (b"\xff\xd8\xff", "a JPEG picture"),
        (b"RIFF", "a WEBP picture"),
        (b"GIF8", "a GIF picture"),
        (b"rcc||", "an encrypted RisuAI card"),
    ];
    if bytes.is_empty() {
        return Err(Refusal::Empty);
    }
    if bytes.starts_with(&png::SIGNATURE) {
        return Ok(Carrier::Png);
    }
    if let Some((_, format)) = OTHERS.iter().find(|(start, _)| bytes.starts_with(start)) {
        return Err(Refusal::UnsupportedFormat { format });
    }
    if begins_like_json(bytes) {
        return Ok(Carrier::Json);
    }
    if yaml::begins_like(bytes) { Ok(Carrier::Yaml) } else { Err(Refusal::UnknownFormat) }
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
    let tree = json::parse(bytes, "$", &mut warnings)?;
    card(Carrier::Json, tree, warnings)
}

fn read_yaml(bytes: &[u8]) -> Result<Card, Refusal> {
    let mut warnings = Warnings::default();
    let tree = yaml::parse(bytes, "$", &mut warnings)?;
    card(Carrier::Yaml, tree, warnings)
}

/// The card that a bare tree is.
pub(crate) fn card(carrier: Carrier, tree: Value, mut warnings: Warnings) -> Result<Card, Refusal> {
    let (spec, sheet) = view::of(&tree, &mut warnings)?;
    Ok(Card { carrier, spec, sheet, warnings: warnings.into_list(), tree })
}

/// The first card chunk that can be read is the card. If none can, the most trusted one's trouble is the refusal.
fn read_png(bytes: &[u8]) -> Result<Card, Refusal> {
    let mut warnings = Warnings::default();
    let mut refusal = Refusal::NoCard;
    for (nth, text) in png::card_texts(bytes, &mut warnings)?.iter().enumerate() {
        match read_chunk(text) {
            Ok((tree, spec, sheet, found)) => {
                warnings.extend(found);
                return Ok(Card { carrier: Carrier::Png, spec, sheet, warnings: warnings.into_list(), tree });
            }
            Err(trouble) => {
                let message =
                    format!("this chunk cannot be read ({}); the next one was tried", trouble.code());
                warnings.add(WarningCode::ChunkFellBack, text.at(), message);
                if nth == 0 {
                    refusal = trouble;
                }
            }
        }
    }
    Err(refusal)
}

/// Each attempt gathers warnings of its own: those of a chunk that failed in the end concern nobody.
fn read_chunk(text: &CardText<'_>) -> Result<(Value, Spec, Sheet, Warnings), Refusal> {
    let mut warnings = Warnings::default();
    let bytes = text.unpack(&mut warnings)?;
    let (tree, spec, sheet) = understand(&bytes, &text.at(), &mut warnings)?;
    Ok((tree, spec, sheet, warnings))
}

fn understand(bytes: &[u8], at: &str, warnings: &mut Warnings) -> Result<(Value, Spec, Sheet), Refusal> {
    let tree = json::parse(bytes, at, warnings)?;
    let (spec, sheet) = view::of(&tree, warnings)?;
    Ok((tree, spec, sheet))
}
