//! Writing a CHARX.

use std::collections::HashSet;

use bytes::Bytes;
use serde_json::{Map, Value, json};

use super::CARD;
use crate::archive::{Packing, Writer, is_plain};
use crate::asset::Asset;
use crate::refusal::Refusal;
use crate::{bounds, json as texts};

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
    for asset in assets.iter().filter(|asset| !asset.uri.starts_with("data:")) {
        if let Some(bytes) = asset.bytes() {
            shelf.put(asset, bytes);
        }
    }
    if let Some(data) = tree.get_mut("data").and_then(Value::as_object_mut)
        && shelf.is_relisted
    {
        data.insert("assets".to_owned(), shelf.list.into());
    }

    let mut archive = Writer::default();
    archive.add(CARD, texts::compact(&tree)?.as_bytes(), Packing::Deflated)?;
    for (name, bytes) in shelf.entries {
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

/// The entries of the archive to be, and the list that leads to them.
#[derive(Debug)]
struct Shelf<'a> {
    list: Vec<Value>,
    is_relisted: bool,
    names: HashSet<String>,
    entries: Vec<(String, &'a Bytes)>,
}

impl<'a> Shelf<'a> {
    fn of(tree: &Value) -> Self {
        let list = tree.get("data").and_then(|data| data.get("assets")).and_then(Value::as_array);
        let names = HashSet::from([CARD.to_owned()]);
        Self { list: list.cloned().unwrap_or_default(), is_relisted: false, names, entries: Vec::new() }
    }

    fn put(&mut self, asset: &'a Asset, bytes: &'a Bytes) {
        let own = asset.uri.strip_prefix("embeded://").filter(|path| is_plain(path) && *path != CARD);
        let name = own.map_or_else(|| path(asset, self.entries.len()), str::to_owned);
        self.relist(asset, &format!("embeded://{name}"));
        if self.names.insert(name.clone()) {
            self.entries.push((name, bytes));
        }
    }

    /// Makes the list say where the asset is, if it does not.
    fn relist(&mut self, asset: &Asset, uri: &str) {
        let is_it = |item: &Value| item.get("uri").and_then(Value::as_str) == Some(asset.uri.as_str());
        if asset.kind == Asset::UNLISTED || asset.uri == uri && self.list.iter().any(is_it) {
            return;
        }
        self.is_relisted = true;
        match self.list.iter_mut().find(|item| is_it(item)).and_then(Value::as_object_mut) {
            Some(item) => drop(item.insert("uri".to_owned(), uri.into())),
            None => self.list.push(item(asset, uri)),
        }
    }
}

fn item(asset: &Asset, uri: &str) -> Value {
    let fields = [("type", &*asset.kind), ("uri", uri), ("name", &asset.name), ("ext", &asset.ext)];
    Map::from_iter(fields.map(|(key, value)| (key.to_owned(), value.into()))).into()
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
