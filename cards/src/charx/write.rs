//! Writing a CHARX.

use serde_json::{Value, json};

use super::CARD;
use crate::archive::{Packing, Writer, is_plain};
use crate::asset::{Asset, Shelf};
use crate::refusal::Refusal;
use crate::{bounds, json as texts};

/// How the specification spells it.
const SCHEME: &str = "embeded://";

/// Writes a card and its assets into an archive of their own.
///
/// `card.json` is the tree under the name of V3; of a V1 tree the fields become `data`. Assets whose bytes are here become
/// entries: under their own path where they have one, otherwise under one like `assets/icon/images/0.png`, and then the
/// list in the tree says so. What is inside a data URI stays there. Assets that the list does not know are added to it,
/// but for those of the kind [`Asset::UNLISTED`], which are only stored. For the portrait, give [`Asset::portrait`].
///
/// # Errors
///
/// [`Refusal::TooLarge`] or [`Refusal::TooManyEntries`] when the outcome could not be read again, and
/// [`Refusal::NotACard`] when the tree is no object.
pub fn write_charx(tree: &Value, assets: &[Asset]) -> Result<Vec<u8>, Refusal> {
    if assets.len() >= bounds::ENTRIES {
        return Err(Refusal::TooManyEntries);
    }
    let mut tree = as_v3(tree)?;
    let mut shelf = Shelf::of(&tree);
    // Those with a path of their own first, so that no other takes it.
    let (own, others): (Vec<_>, Vec<_>) = assets.iter().partition(|asset| own_path(asset).is_some());
    shelf.fill(own.into_iter(), SCHEME, |asset, _| own_path(asset).unwrap_or_default().to_owned());
    shelf.fill(others.into_iter(), SCHEME, path);
    shelf.settle(&mut tree);

    let mut archive = Writer::default();
    archive.add(CARD, texts::compact(&tree)?.as_bytes(), Packing::Deflated)?;
    for (name, bytes) in shelf.stored {
        archive.add(&name, bytes, Packing::Stored)?;
    }
    archive.finish()
}

/// V1 has no `data`, and an archive must hold a V3 card, so all that is at the root goes there.
fn as_v3(tree: &Value) -> Result<Value, Refusal> {
    let root = tree.as_object().ok_or(Refusal::NotACard)?;
    let of_v1 = || json!({ "spec": "chara_card_v3", "spec_version": "3.0", "data": root });
    Ok(texts::as_v3(tree).unwrap_or_else(of_v1))
}

fn own_path(asset: &Asset) -> Option<&str> {
    asset.uri.strip_prefix(SCHEME).filter(|path| is_plain(path) && *path != CARD)
}

/// A path as the specification wants it. The asset's own words are not in it: they may be anything.
fn path(asset: &Asset, nth: usize) -> String {
    let plain = |word: &str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    let kind = if plain(&asset.kind) { &asset.kind } else { "other" };
    let ext = if plain(&asset.ext) { &asset.ext } else { "bin" };
    format!("assets/{kind}/{}/{nth}.{ext}", folder(ext))
}

fn folder(ext: &str) -> &'static str {
    match ext {
        "png" | "apng" | "jpg" | "jpeg" | "webp" | "gif" | "avif" | "bmp" => "images",
        "mp3" | "wav" | "ogg" | "flac" | "m4a" => "audio",
        "mp4" | "webm" | "mov" | "mkv" => "video",
        "ttf" | "otf" | "woff" | "woff2" => "fonts",
        "js" | "lua" | "css" | "html" => "code",
        _ => "other",
    }
}
