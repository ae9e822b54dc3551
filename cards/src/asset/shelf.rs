//! Assets on their way into a file: where each is put, and a list that says so.

use std::collections::{HashMap, HashSet};

use bytes::Bytes;
use serde_json::{Map, Value};

use super::Asset;

/// What is to be stored beside a card, and the card's list of it.
#[derive(Debug)]
pub(crate) struct Shelf<'a> {
    list: Vec<Value>,
    is_changed: bool,
    /// Where each URI was put, so that what is listed twice is stored once.
    places: HashMap<&'a str, String>,
    names: HashSet<String>,
    pub(crate) stored: Vec<(String, &'a Bytes)>,
}

impl<'a> Shelf<'a> {
    pub(crate) fn of(tree: &Value) -> Self {
        let list = tree.get("data").and_then(|data| data.get("assets")).and_then(Value::as_array);
        let list = list.cloned().unwrap_or_default();
        Self { list, is_changed: false, places: HashMap::new(), names: HashSet::new(), stored: Vec::new() }
    }

    /// Puts every asset whose bytes are here on the shelf. What is inside a data URI is in the tree already.
    ///
    /// `name` proposes one for an asset and a number; numbers are tried until the name is free.
    pub(crate) fn fill(
        &mut self,
        assets: impl Iterator<Item = &'a Asset>,
        scheme: &str,
        name: impl Fn(&Asset, usize) -> String,
    ) {
        for asset in assets.filter(|asset| !asset.uri.starts_with("data:")) {
            if let Some(bytes) = asset.bytes()
                && let Some(place) = self.place(asset, bytes, &name)
            {
                self.relist(asset, &format!("{scheme}{place}"));
            }
        }
    }

    fn place(
        &mut self,
        asset: &'a Asset,
        bytes: &'a Bytes,
        name: impl Fn(&Asset, usize) -> String,
    ) -> Option<String> {
        let known = self.places.get(asset.uri.as_str()).filter(|_| asset.uri != Asset::PORTRAIT);
        if let Some(place) = known {
            return Some(place.clone());
        }
        let next = self.stored.len();
        let place = (next..=2 * next).map(|nth| name(asset, nth)).find(|name| !self.names.contains(name))?;
        self.names.insert(place.clone());
        self.places.insert(&asset.uri, place.clone());
        self.stored.push((place.clone(), bytes));
        Some(place)
    }

    /// Gives the list to the card, if it says anything new.
    pub(crate) fn settle(&mut self, tree: &mut Value) {
        if let Some(data) = tree.get_mut("data").and_then(Value::as_object_mut).filter(|_| self.is_changed) {
            data.insert("assets".to_owned(), std::mem::take(&mut self.list).into());
        }
    }

    /// Makes the list say where the asset is, if it does not.
    fn relist(&mut self, asset: &Asset, uri: &str) {
        let is_it = |item: &Value| item.get("uri").and_then(Value::as_str) == Some(asset.uri.as_str());
        if asset.kind == Asset::UNLISTED || asset.uri == uri && self.list.iter().any(is_it) {
            return;
        }
        self.is_changed = true;
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
