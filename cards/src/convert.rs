//! The same character in another kind of file.
//!
//! What a file holds beside the card's words goes along: where the other kind has no room for it, it is put into the
//! card's list of assets as a data URI, which every reader of V3 understands. So a portrait survives in bare JSON, and an
//! archive's sounds in a picture. What cannot go along is a [`Loss`], so that whoever asked may refuse it.

use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use bytes::Bytes;
use serde_json::{Map, Value};

use crate::asset::Asset;
use crate::backfill::{self, Loss, LossCode};
use crate::card::{Card, Carrier, Spec};
use crate::refusal::Refusal;
use crate::{bounds, charx, drawn, json, png, read};

/// The kinds of file that cards are written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// A picture with the card in it.
    Png,
    /// The bare JSON.
    Json,
    /// An archive with everything beside the card.
    Charx,
}

/// A card in another kind of file.
#[derive(Debug, Clone, PartialEq)]
pub struct Converted {
    /// The file.
    pub bytes: Vec<u8>,
    /// What is not in it any more.
    pub losses: Vec<Loss>,
}

/// Writes a card as another kind of file. One that is of that kind already stays as it is, to the byte.
///
/// # Errors
///
/// A [`Refusal`] when the bytes are no card, or when the outcome could not be read again.
pub fn convert(original: &[u8], target: Target) -> Result<Converted, Refusal> {
    let card = read(original)?;
    if target.carrier() == card.carrier {
        return Ok(Converted { bytes: original.to_vec(), losses: Vec::new() });
    }
    write(&card, target)
}

/// Writes a card that was read as a file of this kind.
///
/// # Errors
///
/// A [`Refusal`] when the outcome could not be read again.
pub fn write(card: &Card, target: Target) -> Result<Converted, Refusal> {
    let mut freight = Freight::of(card)?;
    let bytes = match target {
        Target::Png => freight.png(card)?,
        Target::Json => freight.json(card)?,
        Target::Charx => freight.charx(card)?,
    };
    Ok(Converted { bytes, losses: freight.losses })
}

impl Target {
    /// The kind of file that it makes.
    #[must_use]
    pub fn carrier(self) -> Carrier {
        match self {
            Self::Png => Carrier::Png,
            Self::Json => Carrier::Json,
            Self::Charx => Carrier::Charx,
        }
    }
}

/// A card on its way from one kind of file into another.
struct Freight {
    tree: Value,
    losses: Vec<Loss>,
}

impl Freight {
    /// Characters of other programs become cards first. Their own words stay at the root.
    fn of(card: &Card) -> Result<Self, Refusal> {
        let told = match card.spec {
            Spec::V1 | Spec::V2 | Spec::V3 => None,
            Spec::Pygmalion | Spec::TextGen | Spec::Agnai => Some(backfill::v2(card.tree())?),
        };
        let (tree, mut losses) =
            told.map_or_else(|| (card.tree().clone(), vec![]), |it| (it.tree, it.losses));
        if !card.scenes().is_empty() {
            losses.push(Loss::new(LossCode::ScenesLeft, "scenarios"));
        }
        Ok(Self { tree, losses })
    }

    fn json(&mut self, card: &Card) -> Result<Vec<u8>, Refusal> {
        self.take_aboard(card.picture.as_ref().map(|picture| Asset::portrait(picture.clone())), card)?;
        let json = json::write_json(&self.tree);
        bounds::hold("card's JSON", json.len(), bounds::JSON_BYTES)?;
        Ok(json)
    }

    /// The portrait is the picture; one that is no PNG goes along as an asset, under a picture drawn by us.
    fn png(&mut self, card: &Card) -> Result<Vec<u8>, Refusal> {
        let portrait = card.portrait().filter(|portrait| portrait.starts_with(&png::SIGNATURE));
        let other = card.picture.clone().filter(|_| portrait.is_none()).map(Asset::portrait);
        let is_carried = |asset: &&Asset| portrait.as_ref().is_some_and(|it| is_portrait(asset, it));
        let cargo = card.assets.iter().filter(|asset| !is_carried(asset)).cloned();
        let assets: Vec<_> = cargo.chain(other).collect();
        if !assets.is_empty() {
            self.give_data()?;
        }
        if let Some(portrait) = &portrait {
            self.unlist(portrait, card);
        }
        let drawn = || drawn::drawn_portrait(&card.sheet.name);
        let write = |picture: &[u8]| png::write_png_with_assets(picture, &self.tree, &assets);
        match portrait.map(|portrait| write(&portrait)) {
            // A broken picture would spoil the card; it stays behind, and that is said.
            Some(Err(Refusal::DamagedPng)) => {
                let written = write(&drawn());
                self.losses.push(Loss::new(LossCode::AssetLeft, "the portrait"));
                written
            }
            Some(written) => written,
            None => write(&drawn()),
        }
    }

    /// The picture that carries the card is not written twice: the list says that it is the portrait.
    fn unlist(&mut self, portrait: &Bytes, card: &Card) {
        let list = self.tree.get_mut("data").and_then(|data| data.get_mut("assets")?.as_array_mut());
        let items = list.into_iter().flatten().filter_map(Value::as_object_mut);
        for (item, _) in items.zip(&card.assets).filter(|(_, asset)| is_portrait(asset, portrait)) {
            item.insert("uri".to_owned(), Asset::PORTRAIT.into());
        }
    }

    fn charx(&mut self, card: &Card) -> Result<Vec<u8>, Refusal> {
        let portrait = card.picture.clone().map(Asset::portrait);
        let assets: Vec<_> = card.assets.iter().cloned().chain(portrait).collect();
        charx::write_charx(&self.tree, &assets)
    }

    /// Puts what the file held beside the card into the card, as far as a card may be large.
    fn take_aboard(&mut self, portrait: Option<Asset>, card: &Card) -> Result<(), Refusal> {
        let inside = card.assets.iter().filter(|asset| !asset.uri.starts_with("data:")).cloned();
        let cargo: Vec<_> =
            portrait.into_iter().chain(inside).filter(|asset| asset.bytes().is_some()).collect();
        if cargo.is_empty() {
            return Ok(());
        }
        self.give_data()?;
        let mut room = bounds::JSON_BYTES.saturating_sub(json::write_json(&self.tree).len());
        for asset in cargo {
            let uri = data_uri(&asset);
            if uri.len() + ENVELOPE > room {
                self.losses.push(Loss::new(LossCode::AssetLeft, format!("asset {}", asset.name)));
                continue;
            }
            room -= uri.len() + ENVELOPE;
            self.list(&asset, uri);
        }
        Ok(())
    }

    /// Assets are listed in `data`, which V1 has not.
    fn give_data(&mut self) -> Result<(), Refusal> {
        if !self.tree.get("data").is_some_and(Value::is_object) {
            let told = backfill::v2(&self.tree)?;
            self.tree = told.tree;
            self.losses.extend(told.losses);
        }
        Ok(())
    }

    fn list(&mut self, asset: &Asset, uri: String) {
        let Some(data) = self.tree.get_mut("data").and_then(Value::as_object_mut) else { return };
        let assets = data.entry("assets").or_insert_with(|| Value::Array(vec![]));
        if !assets.is_array() {
            *assets = Value::Array(vec![]);
        }
        let Some(assets) = assets.as_array_mut() else { return };
        let listed = |item: &Value| item.get("uri").and_then(Value::as_str) == Some(&asset.uri);
        match assets.iter_mut().find(|item| listed(item)).and_then(Value::as_object_mut) {
            Some(item) => drop(item.insert("uri".to_owned(), uri.into())),
            None => assets.push(item(asset, uri)),
        }
    }
}

/// Whether this listed asset is the very picture.
fn is_portrait(asset: &Asset, picture: &Bytes) -> bool {
    asset.kind != Asset::UNLISTED && asset.bytes() == Some(picture)
}

/// Room for what stands around a URI in the list.
const ENVELOPE: usize = 1024;

fn item(asset: &Asset, uri: String) -> Value {
    let fields = [
        ("type", asset.kind.as_str().into()),
        ("uri", uri.into()),
        ("name", asset.name.as_str().into()),
        ("ext", asset.ext.as_str().into()),
    ];
    Map::from_iter(fields.map(|(key, value): (_, Value)| (key.to_owned(), value))).into()
}

fn data_uri(asset: &Asset) -> String {
    let bytes = asset.bytes().map(AsRef::as_ref).unwrap_or_default();
    format!("data:{};base64,{}", media_type(&asset.ext), BASE64.encode(bytes))
}

/// The media type of a file by its extension; of one that nobody here knows, bytes.
fn media_type(ext: &str) -> &'static str {
    match ext {
        "png" | "apng" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "webp" => "image/webp",
        "gif" => "image/gif",
        "avif" => "image/avif",
        "bmp" => "image/bmp",
        "mp3" => "audio/mpeg",
        "wav" => "audio/wav",
        "ogg" => "audio/ogg",
        "mp4" => "video/mp4",
        "webm" => "video/webm",
        "json" => "application/json",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod spec;
