//! From a card's list and a carrier's stock to the assets of the card.

use std::collections::HashMap;

use bytes::Bytes;
use serde_json::{Map, Value};

use super::uri::{self, Target};
use super::{Asset, AssetContent, Stock, Stored};
use crate::bounds;
use crate::warning::{WarningCode, Warnings};

/// Everything that the list names, in its order, then whatever else the carrier holds.
pub(crate) fn list(tree: &Value, mut stock: Stock, warnings: &mut Warnings) -> Vec<Asset> {
    let mut assets = listed(tree, &mut stock, warnings);
    assets.extend(stock.0.into_iter().filter(|stored| !stored.listed).map(unlisted));
    assets
}

fn listed(tree: &Value, stock: &mut Stock, warnings: &mut Warnings) -> Vec<Asset> {
    let Some(items) = tree.get("data").and_then(|data| data.get("assets")).filter(|list| !list.is_null())
    else {
        return Vec::new();
    };
    let Some(items) = items.as_array() else {
        let message = "this should be a list; it was kept but not read";
        warnings.add(WarningCode::WrongType, "data.assets", message);
        return Vec::new();
    };
    if items.len() > bounds::ENTRIES {
        let message = "the card lists more assets than are read; the rest was kept but not read";
        warnings.add(WarningCode::OutOfRange, "data.assets", message);
    }
    let places = places(stock);
    let mut assets = Vec::new();
    for (nth, item) in items.iter().take(bounds::ENTRIES).enumerate() {
        let at = format!("data.assets[{nth}]");
        match item.as_object() {
            Some(item) => assets.push(asset(item, &at, stock, &places, warnings)),
            None => warnings.add(WarningCode::WrongType, at, "this is no asset; it was kept but not read"),
        }
    }
    assets
}

/// Where each name is in the stock. Of two equal names the first counts, as everywhere.
fn places(stock: &Stock) -> HashMap<String, usize> {
    let names = stock.0.iter().enumerate().rev();
    names.map(|(place, stored)| (stored.name.clone(), place)).collect()
}

fn asset(
    item: &Map<String, Value>,
    at: &str,
    stock: &mut Stock,
    places: &HashMap<String, usize>,
    warnings: &mut Warnings,
) -> Asset {
    let text = |key: &str| item.get(key).and_then(Value::as_str).unwrap_or_default();
    let content = match uri::target(text("uri")) {
        Target::Portrait => AssetContent::Portrait,
        Target::Elsewhere => AssetContent::Elsewhere,
        Target::Data(bytes) => embedded(bytes.map(Bytes::from)),
        Target::Inside(path) => {
            let stored = places.get(path).and_then(|&place| stock.0.get_mut(place));
            embedded(stored.and_then(Stored::take))
        }
    };
    if content == AssetContent::Missing {
        warnings.add(
            WarningCode::AssetMissing,
            at,
            "the card's file does not hold this asset; it stays listed",
        );
    }
    let shown = |key: &str| text(key).replace('\0', "\u{fffd}");
    let uri = uri::shown(text("uri")).replace('\0', "\u{fffd}");
    Asset { kind: shown("type"), name: shown("name"), ext: extension(&shown("ext")), uri, content }
}

fn embedded(bytes: Option<Bytes>) -> AssetContent {
    bytes.map_or(AssetContent::Missing, AssetContent::Embedded)
}

/// The specification wants no dot and small letters; writers disagree.
fn extension(ext: &str) -> String {
    ext.trim_start_matches('.').to_ascii_lowercase()
}

impl Stored {
    fn take(&mut self) -> Option<Bytes> {
        self.listed = true;
        self.bytes.clone()
    }
}

fn unlisted(stored: Stored) -> Asset {
    let file = stored.name.rsplit('/').next().unwrap_or_default();
    let (name, ext) = file.rsplit_once('.').unwrap_or((file, ""));
    Asset {
        kind: Asset::UNLISTED.to_owned(),
        name: name.to_owned(),
        ext: extension(ext),
        uri: format!("embeded://{}", stored.name),
        content: embedded(stored.bytes),
    }
}
