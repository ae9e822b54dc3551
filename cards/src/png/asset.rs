//! The assets of a V3 card in text chunks of their own.
//!
//! CHARX has replaced them, but pictures that were written before, and RisuAI's, still have them.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::chunks::{self, Chunk, Layout};
use super::text::Text;
use crate::asset::Stock;
use crate::refusal::Refusal;
use crate::warning::{WarningCode, Warnings};
use crate::{bounds, payload};

/// How URIs into such chunks begin.
pub(super) const SCHEME: &str = "__asset:";

/// How the names of asset chunks begin. The specification puts a colon behind it, RisuAI often does not.
const ASSET: &[u8] = b"chara-ext-asset_";

/// The assets that stand in chunks of their own.
pub(crate) fn stock(bytes: &[u8], warnings: &mut Warnings) -> Result<Stock, Refusal> {
    let layout = Layout::of(bytes)?;
    let mut stock = Stock::default();
    let mut left = bounds::INFLATED_TOTAL;
    for asset in layout.chunks.iter().filter_map(AssetText::of).take(bounds::ENTRIES) {
        let limit = left.min(bounds::ENTRY_BYTES);
        let outcome = asset.unpack(limit);
        if let Err(refusal) = &outcome {
            let message =
                format!("this asset cannot be read ({}); the card was read without it", refusal.code());
            warnings.add(WarningCode::EntryUnreadable, asset.at(), message);
        }
        // What failed has cost its work all the same.
        left = left.saturating_sub(outcome.as_ref().map_or(limit, Vec::len));
        if left == 0 {
            return Err(Refusal::TooLarge { what: "inflated assets", limit: bounds::INFLATED_TOTAL });
        }
        stock.add(asset.name.clone(), outcome.ok());
    }
    Ok(stock)
}

/// A chunk with an asset.
pub(super) fn write(name: &str, bytes: &[u8]) -> Result<Vec<u8>, Refusal> {
    let data = [ASSET, b":", name.as_bytes(), b"\0", STANDARD.encode(bytes).as_bytes()].concat();
    chunks::write(*b"tEXt", &data).ok_or(Refusal::TooLarge { what: "asset", limit: bounds::ENTRY_BYTES })
}

/// A text chunk with one asset of a V3 card.
#[derive(Debug)]
pub(crate) struct AssetText<'a> {
    /// What URIs call it, after `__asset:`.
    pub(crate) name: String,
    index: usize,
    text: Text<'a>,
}

impl<'a> AssetText<'a> {
    pub(crate) fn of(chunk: &Chunk<'a>) -> Option<Self> {
        let text = Text::of(chunk)?;
        let (start, name) = text.name.split_at_checked(ASSET.len())?;
        let name = String::from_utf8_lossy(name.strip_prefix(b":").unwrap_or(name)).into_owned();
        start.eq_ignore_ascii_case(ASSET).then_some(Self { name, index: chunk.index, text })
    }

    /// The chunk's name in warnings. Its own name may be private.
    pub(crate) fn at(&self) -> String {
        format!("asset (chunk {})", self.index)
    }

    /// The asset's bytes, at most so many. They are in base64, which is a third longer.
    pub(crate) fn unpack(&self, limit: usize) -> Result<Vec<u8>, Refusal> {
        let content = self.text.content(limit.saturating_add(limit / 2))?;
        let bytes = payload::binary(&content).ok_or(Refusal::BadBase64)?;
        bounds::hold("asset", bytes.len(), limit)?;
        Ok(bytes)
    }
}

#[cfg(test)]
mod spec {
    use serde_json::json;

    use super::super::spec::{chunk, deflate, png};
    use super::*;
    use crate::{Asset, Card, read, write_png, write_png_with_assets};

    fn card_with_assets(uris: &[&str], chunks: &[Vec<u8>]) -> Card {
        let list: Vec<_> = uris.iter().map(|uri| json!({"type": "x_a", "name": "a", "uri": uri})).collect();
        let tree =
            json!({"spec": "chara_card_v3", "spec_version": "3.0", "data": {"name": "Mira", "assets": list}});
        read(&write_png(&png(chunks), &tree).unwrap()).unwrap()
    }

    fn contents(card: &Card) -> Vec<Option<Vec<u8>>> {
        card.assets.iter().map(|asset| asset.bytes().map(|bytes| bytes.to_vec())).collect()
    }

    #[test]
    fn assets_are_read_from_chunks_with_and_without_the_colon() {
        let deflated = deflate(b"dHdv");
        let chunks = [
            chunk(b"tEXt", b"chara-ext-asset_:0\0b25l"),
            chunk(b"zTXt", &[b"chara-ext-asset_1\0\0", &deflated[..]].concat()),
            chunk(b"tEXt", b"chara-ext-asset_:a/b.png\0dGhyZWU="),
            chunk(b"tEXt", b"chara-ext-asset_:unlisted.bin\0Zm91cg"),
        ];

        let card = card_with_assets(&["__asset:0", "__asset:1", "embeded://a/b.png"], &chunks);

        assert_eq!(contents(&card), ["one", "two", "three", "four"].map(|text| Some(text.into())));
        assert_eq!(card.assets[3].kind, Asset::UNLISTED);
        assert_eq!(card.portrait().unwrap(), png(&[]));
    }

    #[test]
    fn an_asset_that_cannot_be_read_is_a_gap_with_a_warning() {
        let card = card_with_assets(&["__asset:0"], &[chunk(b"tEXt", b"chara-ext-asset_:0\0!")]);

        assert_eq!(contents(&card), [None]);
        assert!(card.warnings.iter().any(|warning| warning.code == WarningCode::EntryUnreadable));
        assert!(card.warnings.iter().any(|warning| warning.code == WarningCode::AssetMissing));
    }

    #[test]
    fn assets_that_together_inflate_beyond_the_bound_are_refused() {
        let bomb = deflate(&vec![b'A'; bounds::ENTRY_BYTES / 3 * 4]);
        let bomb = chunk(b"zTXt", &[b"chara-ext-asset_1\0\0", &bomb[..]].concat());
        let bytes = png(&[bomb.clone(), bomb.clone(), bomb]);

        let outcome = stock(&bytes, &mut Warnings::default());

        assert!(matches!(outcome, Err(Refusal::TooLarge { limit: bounds::INFLATED_TOTAL, .. })));
    }

    #[test]
    fn assets_are_written_into_a_picture_and_read_the_same() {
        let tree = json!({"spec": "chara_card_v3", "spec_version": "3.0", "data": {"name": "Mira", "assets": [
            {"type": "icon", "name": "main", "ext": "png", "uri": "ccdefault:"},
            {"type": "emotion", "name": "joy", "ext": "png", "uri": "embeded://a/joy.png"},
            {"type": "emotion", "name": "fun", "ext": "png", "uri": "embeded://a/joy.png"},
            {"type": "x_a", "name": "d", "ext": "", "uri": "data:,hi"}
        ]}});
        let old = png(&[chunk(b"tEXt", b"chara-ext-asset_:7\0b25l")]);
        let joy = |name: &str, bytes: &'static [u8]| Asset {
            kind: "emotion".to_owned(),
            name: name.to_owned(),
            ext: "png".to_owned(),
            uri: "embeded://a/joy.png".to_owned(),
            content: crate::AssetContent::Embedded(bytes.into()),
        };
        let lore =
            Asset { kind: Asset::UNLISTED.to_owned(), uri: "embeded://l".to_owned(), ..joy("l", b"lore") };

        let written =
            write_png_with_assets(&old, &tree, &[joy("joy", b"joy"), joy("fun", b"joy"), lore]).unwrap();

        let card = read(&written).unwrap();
        let contents: Vec<_> = card.assets.iter().map(|a| a.bytes().map(|bytes| bytes.to_vec())).collect();
        assert_eq!(
            contents,
            [None, Some("joy"), Some("joy"), Some("hi"), Some("lore")].map(|c| c.map(Vec::from))
        );
        assert_eq!(
            card.warnings.iter().filter(|warning| warning.code == WarningCode::AssetMissing).count(),
            0
        );
        assert_eq!(card.portrait().unwrap(), png(&[]));
    }
}
