//! A card that was read: who it describes, what it knows, and what of it is kept.
//!
//! What its bytes are is told from the bytes. A portrait that browsers do not show is none; it stays in the card.

mod assets;
mod profile;

use bytes::Bytes;
use cards::{Asset, Card, Carrier, Sheet, Spec};
use domain::{
    character::{AssetRef, Original, Picture, Profile},
    user::UserId,
};
use futures_util::{StreamExt, TryStreamExt, stream};
use nats::{ObjectError, Objects};

use super::{
    CardWarning,
    lorebook::{ReadBook, book_of_card, in_card},
};
use crate::{api::idempotency::digest, media};

/// How many files of one card are stored at once.
const CARRIERS: usize = 8;

/// Why a file is no card that can be read, and what to do.
pub use cards::Refusal as ReadError;

/// A card that was read.
#[derive(Debug, Clone)]
pub struct ReadCard {
    /// Who it describes.
    pub profile: Profile,
    /// The card itself, by its digest.
    pub original: Original,
    /// Its lorebook, if anything stands in it.
    pub book: Option<ReadBook>,
    /// What was odd about it, and what was done about it.
    pub warnings: Vec<CardWarning>,
    /// The card, its picture, and what it brings along.
    files: Vec<Bytes>,
}

/// Reads a card.
pub fn read_card(file: impl Into<Bytes>) -> Result<ReadCard, ReadError> {
    let file = file.into();
    let card = cards::read(&file)?;
    let (mut profile, cut) = profile::of(&card.sheet);
    let kept = assets::of(&card.assets);
    let portrait = portrait(&card);
    profile.appearance.avatar = portrait.as_ref().map(|(picture, _)| picture.clone());
    profile.appearance.assets = kept.refs;
    let original = Original {
        digest: digest(&file),
        media_type: media_type(card.carrier).to_owned(),
        spec: spec(card.spec).to_owned(),
        size: u64::try_from(file.len()).unwrap_or(u64::MAX),
    };
    let warnings = card.warnings.into_iter().map(CardWarning::from).chain(cut).chain(kept.warnings);
    let mut warnings: Vec<_> = warnings.collect();
    let book = book(&card.sheet, &mut warnings);
    let picture = portrait.map(|(_, bytes)| bytes);
    let files = [file].into_iter().chain(picture).chain(kept.files).collect();
    Ok(ReadCard { profile, original, book, warnings, files })
}

/// The lorebook of a card. One that cannot be read keeps nobody out.
fn book(sheet: &Sheet, warnings: &mut Vec<CardWarning>) -> Option<ReadBook> {
    let read = book_of_card(sheet.lorebook.as_ref()?, &sheet.name);
    read.unwrap_or_else(|refusal| {
        let (code, at) = (refusal.code().to_owned(), "$".to_owned());
        warnings.push(in_card(CardWarning { code, at, message: refusal.to_string() }));
        None
    })
}

/// The picture that stands for the character, and its bytes.
fn portrait(card: &Card) -> Option<(Picture, Bytes)> {
    let bytes = card.portrait()?;
    let media_type = media::picture(&bytes)?.to_owned();
    Some((Picture { digest: digest(&bytes), media_type }, bytes))
}

impl ReadCard {
    /// Keeps the card and its files. An object that nobody refers to is only a waste of space, a character without its
    /// card would be a loss: so this comes before the command.
    pub async fn keep(&self, objects: &Objects, owner: UserId) -> Result<(), ObjectError> {
        let puts =
            stream::iter(self.files.clone()).map(|file| async move { objects.put(owner, &file).await });
        let puts = puts.buffer_unordered(CARRIERS);
        puts.try_for_each(|_| std::future::ready(Ok(()))).await
    }
}

/// How an asset of a card is told of, if the card's file holds it.
pub fn asset_ref(asset: &Asset) -> Option<AssetRef> {
    asset.bytes().map(|bytes| assets::described(asset, bytes))
}

/// Archives have no name of their own that anybody knows.
pub fn media_type(carrier: Carrier) -> &'static str {
    match carrier {
        Carrier::Png => "image/png",
        Carrier::Jpeg => "image/jpeg",
        Carrier::Webp => "image/webp",
        Carrier::Json => "application/json",
        Carrier::Yaml => "application/yaml",
        Carrier::Charx | Carrier::Byaf => "application/zip",
        _ => media::BYTES,
    }
}

fn spec(spec: Spec) -> &'static str {
    match spec {
        Spec::Pygmalion => "pygmalion",
        Spec::TextGen => "textgen",
        Spec::Agnai => "agnai",
        Spec::V1 => "v1",
        Spec::V2 => "v2",
        _ => "v3",
    }
}

#[cfg(test)]
mod spec_of_cards {
    use super::*;

    #[test]
    fn a_json_card_has_no_picture_and_is_kept_by_its_digest() {
        let file = br#"{"spec":"chara_card_v2","data":{"name":"Aqua","first_mes":"Hi","tags":"a, b"}}"#;
        let card = read_card(file.as_slice()).unwrap();
        assert_eq!(card.profile.description.name, "Aqua");
        assert_eq!(
            (card.original.spec.as_str(), card.original.media_type.as_str()),
            ("v2", "application/json")
        );
        assert_eq!(card.original.digest, digest(file));
        assert!(card.profile.appearance.avatar.is_none() && !card.warnings.is_empty());
    }

    #[test]
    fn what_is_no_card_is_refused_with_a_code() {
        assert_eq!(read_card(b"".as_slice()).unwrap_err().code(), "empty");
        assert_eq!(read_card(b"hello".as_slice()).unwrap_err().code(), "unknown-format");
    }
}
