//! The expressions of a character that are others than those of its card, and the card that follows.
//!
//! An archive holds all of them. A picture with a card in it holds those that it brought, without those that are gone:
//! what was added lies beside such a card, as SillyTavern has it, so adding a face does not touch the file.

use bytes::Bytes;
use cards::{Asset, AssetContent, Card, convert::Target};
use domain::{
    character::{AssetRef, Profile},
    user::UserId,
};
use nats::{ObjectError, Objects};
use serde_json::Value;

use crate::import::card::asset_ref;

/// What expresses feelings otherwise now than when the card came in.
#[derive(Debug, Default)]
pub(super) struct Faces {
    /// Those of the card that the character has no more.
    gone: Vec<AssetRef>,
    /// Those that it has and the card had not.
    pub(super) added: Vec<AssetRef>,
    /// Their bytes, in the same order, if they were fetched.
    files: Vec<Bytes>,
}

impl Faces {
    /// The difference that was made since the card came in, if there was one.
    pub(super) fn between(came: Option<&Profile>, now: &Profile) -> Self {
        let had = came.map(|profile| &profile.appearance.assets[..]).unwrap_or_default();
        let has = &now.appearance.assets;
        let only = |these: &[AssetRef], others: &[AssetRef]| {
            let only = these.iter().filter(|asset| asset.is_expression() && !others.contains(asset));
            only.cloned().collect()
        };
        Self { gone: only(had, has), added: only(has, had), files: vec![] }
    }

    /// Fetches the bytes of those that were added. What the store has not any more is left out.
    pub(super) async fn fetch(&mut self, objects: &Objects, owner: UserId) -> Result<(), ObjectError> {
        let mut found = vec![];
        for asset in std::mem::take(&mut self.added) {
            if let Some(bytes) = objects.get(owner, &asset.digest).await? {
                self.files.push(bytes);
                found.push(asset);
            }
        }
        self.added = found;
        Ok(())
    }

    /// Whether such a file looks otherwise because of them.
    pub(super) fn change(&self, target: Target) -> bool {
        match target {
            Target::Charx => !(self.gone.is_empty() && self.added.is_empty()),
            Target::Png => !self.gone.is_empty(),
            Target::Json => false,
        }
    }

    /// Those that were added, to be written into an archive.
    pub(super) fn assets(&self) -> impl Iterator<Item = Asset> {
        self.added.iter().zip(&self.files).map(|(face, bytes)| Asset {
            kind: face.kind.clone(),
            name: face.name.clone(),
            ext: face.ext.clone(),
            // No two have one name, so none is taken for another; where they are put, the writer says.
            uri: format!("expression:{}", face.name),
            content: AssetContent::Embedded(bytes.clone()),
        })
    }

    /// The words and the assets of a card without those that are gone.
    pub(super) fn of(&self, card: &Card) -> (Value, Vec<Asset>) {
        let is_gone =
            |asset: &Asset| asset_ref(asset).is_some_and(|described| self.gone.contains(&described));
        let (gone, stay): (Vec<_>, Vec<_>) = card.assets.iter().cloned().partition(is_gone);
        let mut tree = card.tree().clone();
        if let Some(list) = tree.pointer_mut("/data/assets").and_then(Value::as_array_mut) {
            list.retain(|item| !gone.iter().any(|asset| is_listed(asset, item)));
        }
        (tree, stay)
    }
}

/// Whether this item of the card's list is the asset, whose URI is cut if it is one with data in it.
fn is_listed(asset: &Asset, item: &Value) -> bool {
    let text = |key: &str| item.get(key).and_then(Value::as_str).unwrap_or_default();
    (text("type"), text("name")) == (&*asset.kind, &*asset.name) && text("uri").starts_with(&asset.uri)
}
