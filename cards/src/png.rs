//! PNG as a carrier: where a card sits in a picture, and how it is put back without touching anything else.
//!
//! A card is base64 of JSON in a text chunk: `chara` for V1 and V2, `ccv3` for V3. V3 may put its assets into more such
//! chunks, and Backyard AI puts all of its card into the EXIF. The picture itself is never decoded:
//! chunks are borrowed slices of the file, so a length that lies costs nothing, and every chunk that is not a card is
//! given back byte for byte, checksum and all. An APNG is a PNG with more chunks, so it needs no rule of its own.

mod asset;
mod chunks;
mod text;

use serde_json::Value;

use crate::asset::{Asset, Shelf};
use crate::refusal::Refusal;
use crate::warning::{WarningCode, Warnings};
use crate::{backfill, bounds, exif, json, payload};
use asset::AssetText;
pub(crate) use asset::stock;
use chunks::{Chunk, Layout};
pub(crate) use chunks::{SIGNATURE, write as chunk};
pub(crate) use text::CardText;
use text::{Keyword, Text};

/// The keyword of NovelAI's lorebooks.
pub(crate) const LOREBOOK: &str = "naidata";

/// The card chunks of a picture in the order in which they are to be trusted: `ccv3` before `chara`, then as they stand.
pub(crate) fn card_texts<'a>(bytes: &'a [u8], warnings: &mut Warnings) -> Result<Vec<CardText<'a>>, Refusal> {
    let layout = Layout::of(bytes)?;
    let mut found: Vec<CardText<'a>> = layout.chunks.iter().filter_map(CardText::of).collect();
    if found.is_empty() {
        return Err(if layout.is_whole() { Refusal::NoCard } else { Refusal::DamagedPng });
    }
    if !layout.is_whole() {
        warnings.add(
            WarningCode::DamagedPicture,
            "PNG",
            "the picture breaks off or is damaged behind the card",
        );
    }
    // A stable sort: the first chunk of each keyword stays first.
    found.sort_by_key(|text| text.keyword);
    report_duplicates(&found, warnings);
    found.truncate(bounds::PNG_CARD_CHUNKS);
    Ok(found)
}

/// The JSON of a card in the picture's EXIF.
pub(crate) fn exif_card(bytes: &[u8], warnings: &mut Warnings) -> Option<Result<Vec<u8>, Refusal>> {
    let layout = Layout::of(bytes).ok()?;
    let chunk = layout.chunks.iter().find(|chunk| &chunk.kind == b"eXIf")?;
    exif::card(chunk.data, "eXIf", warnings)
}

/// The JSON of a lorebook that NovelAI has put into a picture.
pub(crate) fn lorebook(bytes: &[u8], warnings: &mut Warnings) -> Result<Option<Vec<u8>>, Refusal> {
    let layout = Layout::of(bytes)?;
    let mut texts = layout.chunks.iter().filter_map(Text::of);
    let Some(text) = texts.find(|text| text.name.eq_ignore_ascii_case(LOREBOOK.as_bytes())) else {
        return Ok(None);
    };
    payload::decode(&text.content(bounds::INFLATED_BYTES)?, LOREBOOK, warnings).map(Some)
}

fn report_duplicates(found: &[CardText<'_>], warnings: &mut Warnings) {
    for pair in found.windows(2) {
        if pair[0].keyword == pair[1].keyword {
            let message = "another chunk of the same keyword comes earlier and is preferred";
            warnings.add(WarningCode::DuplicateChunk, pair[1].at(), message);
        }
    }
}

/// The picture of a PNG card, for an avatar: the same file without the card and its assets, all else untouched.
///
/// `None` when the bytes are no PNG.
#[must_use]
pub fn picture(bytes: &[u8]) -> Option<Vec<u8>> {
    if bytes.len() > bounds::FILE_BYTES {
        return None;
    }
    let layout = Layout::of(bytes).ok()?;
    let mut out = Vec::with_capacity(bytes.len());
    out.extend_from_slice(&SIGNATURE);
    for chunk in layout.chunks.iter().filter(|chunk| !is_of_the_card(chunk)) {
        out.extend_from_slice(chunk.raw);
    }
    out.extend_from_slice(layout.tail);
    Some(out)
}

fn is_of_the_card(chunk: &Chunk<'_>) -> bool {
    let in_exif = || &chunk.kind == b"eXIf" && exif::holds_card(chunk.data);
    CardText::of(chunk).is_some() || AssetText::of(chunk).is_some() || in_exif()
}

/// Writes a card into a picture.
///
/// The picture's old card chunks go, and before its end come `chara` and `ccv3`, as SillyTavern writes them: the tree
/// as given, and the same tree under the other's name. A V3 tree is filled up to V2 for `chara` (see [`backfill`]).
/// A V1 tree (without `data`) has no V3 form, so it is written as `chara` only. All other chunks and all pixels stay.
///
/// # Errors
///
/// [`Refusal::DamagedPng`] when `picture` is no whole PNG, [`Refusal::TooLarge`] when the outcome could not be read again.
pub fn write_png(picture: &[u8], tree: &Value) -> Result<Vec<u8>, Refusal> {
    bounds::hold("picture", picture.len(), bounds::FILE_BYTES)?;
    let layout = Layout::of(picture)?;
    if !layout.is_picture() {
        return Err(Refusal::DamagedPng);
    }

    let cards = card_chunks(tree)?;
    bounds::hold("finished card", picture.len() + cards.len(), bounds::FILE_BYTES)?;

    let mut out = Vec::with_capacity(picture.len() + cards.len());
    out.extend_from_slice(&SIGNATURE);
    let mut cards = Some(cards);
    for chunk in layout.chunks.iter().filter(|chunk| CardText::of(chunk).is_none()) {
        if &chunk.kind == b"IEND" {
            out.extend(cards.take().unwrap_or_default());
        }
        out.extend_from_slice(chunk.raw);
    }
    out.extend_from_slice(layout.tail);
    Ok(out)
}

/// Writes a card and its assets into a picture: [`write_png`], with the assets in text chunks of their own.
///
/// What the picture's old asset chunks hold is replaced by `assets`, and the list in the tree says where each one is. As in
/// an archive, what is inside a data URI stays there, and what the list does not know is added to it.
///
/// # Errors
///
/// Those of [`write_png`], and [`Refusal::TooManyEntries`].
pub fn write_png_with_assets(picture: &[u8], tree: &Value, assets: &[Asset]) -> Result<Vec<u8>, Refusal> {
    if assets.len() >= bounds::ENTRIES {
        return Err(Refusal::TooManyEntries);
    }
    bounds::hold("picture", picture.len(), bounds::FILE_BYTES)?;
    let mut tree = tree.clone();
    let mut shelf = Shelf::of(&tree);
    shelf.fill(assets.iter(), asset::SCHEME, |_, nth| nth.to_string());
    shelf.settle(&mut tree);

    let layout = Layout::of(picture)?;
    if !layout.is_picture() {
        return Err(Refusal::DamagedPng);
    }
    let mut out = SIGNATURE.to_vec();
    for chunk in layout.chunks.iter().filter(|chunk| AssetText::of(chunk).is_none()) {
        if &chunk.kind == b"IEND" {
            for (name, bytes) in std::mem::take(&mut shelf.stored) {
                out.extend(asset::write(&name, bytes)?);
                bounds::hold("finished card", out.len(), bounds::FILE_BYTES)?;
            }
        }
        out.extend_from_slice(chunk.raw);
    }
    out.extend_from_slice(layout.tail);
    write_png(&out, &tree)
}

fn card_chunks(tree: &Value) -> Result<Vec<u8>, Refusal> {
    let (v2, v3) = (as_v2(tree)?, json::as_v3(tree));
    let mut out = text::write(Keyword::Chara, &json::compact(v2.as_ref().unwrap_or(tree))?)?;
    if let Some(v3) = v3 {
        out.extend(text::write(Keyword::Ccv3, &json::compact(&v3)?)?);
    }
    Ok(out)
}

/// Programs that know V2 only would show the decorators of V3 as text; whatever V2 loses is in the other chunk.
fn as_v2(tree: &Value) -> Result<Option<Value>, Refusal> {
    let is_v3 = tree.get("spec").and_then(Value::as_str) == Some("chara_card_v3");
    is_v3.then(|| backfill::v2(tree).map(|filled| filled.tree)).transpose()
}

/// The picture with other JSON in those of its card chunks that `change` has something for.
pub(crate) fn with_cards(
    bytes: &[u8],
    mut change: impl FnMut(&CardText<'_>) -> Option<Vec<u8>>,
) -> Result<Vec<u8>, Refusal> {
    let layout = Layout::of(bytes)?;
    let mut out = Vec::with_capacity(bytes.len());
    out.extend_from_slice(&SIGNATURE);
    for chunk in &layout.chunks {
        let text = CardText::of(chunk);
        match text.as_ref().and_then(|text| Some((text, change(text)?))) {
            Some((text, json)) => out.extend(text.repacked(&json)?),
            None => out.extend_from_slice(chunk.raw),
        }
    }
    out.extend_from_slice(layout.tail);
    bounds::hold("finished card", out.len(), bounds::FILE_BYTES)?;
    Ok(out)
}

#[cfg(test)]
mod spec;
