//! A card that was read: where it came from, what it says, and everything that it holds.

use bytes::Bytes;
use serde::Serialize;
use serde_json::Value;

use crate::read::Tree;
use crate::{Asset, Sheet, Warning, asset};

/// A character card.
///
/// The sheet is for using, the tree is for keeping: it holds every field of the card's JSON, known or not, in its order
/// and with its numbers as they were spelt. Whatever is written is written from the tree.
#[derive(Debug, Clone, PartialEq)]
pub struct Card {
    /// What kind of file it came in.
    pub carrier: Carrier,
    /// Which specification its JSON follows.
    pub spec: Spec,
    /// What it says, in plain types.
    pub sheet: Sheet,
    /// What was odd about it.
    pub warnings: Vec<Warning>,
    /// What it brings along: what its list names, in that order, then what its file holds besides.
    pub assets: Vec<Asset>,
    pub(crate) tree: Tree,
    /// The picture that carried the card, without the card.
    pub(crate) picture: Option<Bytes>,
    pub(crate) scenes: Vec<Value>,
}

impl Card {
    /// The card's JSON, all of it.
    #[must_use]
    pub fn tree(&self) -> &Value {
        self.tree.whole()
    }

    /// The card's JSON, all of it, for keeps.
    #[must_use]
    pub fn into_tree(self) -> Value {
        self.tree.into_whole()
    }

    /// The character's portrait, as the bytes of a picture file: the picture that carried the card, without the card, or
    /// else the main icon among the assets, or else the first icon.
    #[must_use]
    pub fn portrait(&self) -> Option<Bytes> {
        let from_assets = || asset::portrait(&self.assets).cloned();
        match self.carrier {
            // Pictures that hide an archive are often mere wrapping; the icon is what was meant.
            Carrier::Charx | Carrier::Byaf => from_assets().or_else(|| self.picture.clone()),
            Carrier::Png | Carrier::Jpeg | Carrier::Webp | Carrier::Json | Carrier::Yaml => {
                self.picture.clone().or_else(from_assets)
            }
        }
    }

    /// Conversations that came with the card, each as its program wrote it. Only Backyard AI sends any.
    #[must_use]
    pub fn scenes(&self) -> &[Value] {
        &self.scenes
    }
}

/// The kind of file that a card came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Carrier {
    /// A picture (PNG or APNG) with the card in a text chunk.
    Png,
    /// A JPEG with the card in its EXIF.
    Jpeg,
    /// A WEBP with the card in its EXIF.
    Webp,
    /// An archive with `card.json` in it, perhaps behind a picture.
    Charx,
    /// An archive of Backyard AI.
    Byaf,
    /// The bare JSON.
    Json,
    /// YAML, as TextGen keeps its characters.
    Yaml,
}

/// The specification that a card follows. Those from before any specification come first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Spec {
    /// Pygmalion's five texts: `char_name`, `char_persona` and so on.
    Pygmalion,
    /// TextGen (Oobabooga): `name`, `greeting`, `context`.
    TextGen,
    /// Agnai: `persona`, `greeting`, `sampleChat`.
    Agnai,
    /// Six texts at the root.
    V1,
    /// `chara_card_v2`.
    V2,
    /// `chara_card_v3`, or one that is newer.
    V3,
}
