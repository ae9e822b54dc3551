//! What a card brings along beside its words: which of it is kept, and what it is called.
//!
//! Only what is in the card's file is kept; nothing is ever fetched. How many bytes that may be, the `cards` crate bounds;
//! how many things, the rules. The names are the card's, and labels only: everything is found by its digest.

use bytes::Bytes;
use cards::Asset;
use domain::{bounds, character::AssetRef};

use crate::{api::idempotency::digest, import::CardWarning, media};

/// What is kept of a card's assets.
#[derive(Debug, Default)]
pub(super) struct Kept {
    /// How they are told of.
    pub refs: Vec<AssetRef>,
    /// Their bytes, in the same order.
    pub files: Vec<Bytes>,
    /// What is not kept.
    pub warnings: Vec<CardWarning>,
}

/// Those that the card's file holds, as many as a character may have.
pub(super) fn of(assets: &[Asset]) -> Kept {
    let held = || assets.iter().filter_map(|asset| Some((asset, asset.bytes().filter(|it| !it.is_empty())?)));
    let mut kept = Kept::default();
    for (asset, bytes) in held().take(bounds::ASSETS) {
        kept.refs.push(described(asset, bytes));
        kept.files.push(bytes.clone());
    }
    if held().nth(bounds::ASSETS).is_some() {
        kept.warnings.push(CardWarning {
            code: "cut".to_owned(),
            at: "data.assets".to_owned(),
            message: format!("more than {} files; the rest stays in the card", bounds::ASSETS),
        });
    }
    kept
}

pub(super) fn described(asset: &Asset, bytes: &Bytes) -> AssetRef {
    AssetRef {
        kind: label(&asset.kind),
        name: label(&asset.name),
        ext: label(&asset.ext),
        media_type: media::of(bytes).to_owned(),
        digest: digest(bytes),
        size: u64::try_from(bytes.len()).unwrap_or(u64::MAX),
    }
}

/// A label that is too long is cut: the card has the whole.
fn label(text: &str) -> String {
    text[..text.floor_char_boundary(bounds::WORD)].replace('\0', "\u{fffd}")
}

#[cfg(test)]
mod spec {
    use cards::AssetContent;

    use super::*;

    fn asset(name: &str, content: AssetContent) -> Asset {
        let [kind, ext, uri] = ["emotion", "html", "embeded://x"].map(str::to_owned);
        Asset { kind, name: name.to_owned(), ext, uri, content }
    }

    #[test]
    fn what_the_file_holds_is_kept_and_nothing_else() {
        let picture = Bytes::from(cards::drawn_portrait("Mira"));
        let kept = of(&[
            asset("joy", AssetContent::Embedded(picture.clone())),
            asset("far", AssetContent::Elsewhere),
            asset("gone", AssetContent::Missing),
            asset("empty", AssetContent::Embedded(Bytes::new())),
        ]);
        assert_eq!(kept.refs.len(), 1);
        assert_eq!((kept.refs[0].name.as_str(), kept.refs[0].media_type.as_str()), ("joy", "image/png"));
        assert_eq!(kept.refs[0].digest, digest(&picture));
        assert_eq!((kept.files, kept.warnings), (vec![picture], vec![]));
    }

    #[test]
    fn too_many_are_cut_and_told_and_the_rules_take_the_rest() {
        let one = asset(&"é".repeat(500), AssetContent::Embedded(Bytes::from_static(b"x")));
        let kept = of(&vec![one; bounds::ASSETS + 1]);
        assert_eq!((kept.refs.len(), kept.files.len()), (bounds::ASSETS, bounds::ASSETS));
        assert_eq!(kept.refs[0].name.len(), 254);
        assert_eq!(kept.warnings[0].at, "data.assets");
    }
}
