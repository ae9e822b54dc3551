//! The tree of a card, without its lorebook as long as nobody needs the two together.
//!
//! A lorebook may be most of a card. Where it is in order it is read straight from its text, and its place in the tree
//! stays empty. Whoever asks for the whole tree gets one that never was without it.

use std::fmt;
use std::sync::OnceLock;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, Visitor};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::json::{self, Surveyed};
use crate::lorebook;
use crate::refusal::Refusal;
use crate::sheet::Book;
use crate::warning::Warnings;

/// Where the lorebook of a card stands.
const BOOK: [&str; 2] = ["data", "character_book"];

/// A card's JSON.
#[derive(Clone)]
pub(crate) struct Tree {
    /// All of it, but for the book.
    outline: Value,
    /// What stands at [`BOOK`], if there is an empty object instead.
    book: Option<Book>,
    whole: OnceLock<Value>,
}

impl Tree {
    pub(crate) fn outline(&self) -> &Value {
        &self.outline
    }

    pub(crate) fn book(&self) -> Option<&Book> {
        self.book.as_ref()
    }

    pub(crate) fn whole(&self) -> &Value {
        match &self.book {
            Some(book) => self.whole.get_or_init(|| with_book(self.outline.clone(), book)),
            None => &self.outline,
        }
    }

    pub(crate) fn into_whole(self) -> Value {
        match (self.whole.into_inner(), self.book) {
            (Some(whole), _) => whole,
            (None, Some(book)) => with_book(self.outline, &book),
            (None, None) => self.outline,
        }
    }
}

fn with_book(mut tree: Value, book: &Book) -> Value {
    let place = BOOK.iter().try_fold(&mut tree, |tree, key| tree.get_mut(key));
    if let Some(place) = place {
        *place = book.to_tree();
    }
    tree
}

impl From<Value> for Tree {
    fn from(outline: Value) -> Self {
        Self { outline, book: None, whole: OnceLock::new() }
    }
}

impl PartialEq for Tree {
    fn eq(&self, other: &Self) -> bool {
        self.whole() == other.whole()
    }
}

impl fmt::Debug for Tree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.whole().fmt(f)
    }
}

/// The tree of a JSON text that may be a card. `at` names the text in warnings.
pub(crate) fn parse(bytes: &[u8], at: &str, warnings: &mut Warnings) -> Result<Tree, Refusal> {
    let text = json::survey(bytes, at, warnings)?;
    match apart(&text) {
        Some(tree) => Ok(tree),
        None => text.grow(at, warnings).map(Tree::from),
    }
}

/// The tree without its book, if there is one and nothing about it is odd.
fn apart(text: &Surveyed<'_>) -> Option<Tree> {
    let text_of_all = text.as_str();
    if !text_of_all.contains("\"character_book\"") {
        return None;
    }
    let mut book = None;
    let mut deserializer = serde_json::Deserializer::from_str(text_of_all);
    let outline = Outline { path: &BOOK, book: &mut book }.deserialize(&mut deserializer).ok()?;
    deserializer.end().ok()?;
    let book = book?;
    let lorebook = lorebook::listed(book.get())?;
    // A book in order names no key twice; does the rest?
    let begin = book.get().as_ptr().addr() - text_of_all.as_ptr().addr();
    let around = [text_of_all.get(..begin)?, text_of_all.get(begin + book.get().len()..)?];
    let is_sound = json::members(&outline) == around.into_iter().map(json::members_in).sum::<usize>();
    let book = Book::in_order(json::minified(book), lorebook);
    is_sound.then_some(Tree { outline, book: Some(book), whole: OnceLock::new() })
}

/// An object of which one member is an object, and so on; the last one is left as text.
struct Outline<'b, 'de> {
    path: &'b [&'b str],
    book: &'b mut Option<&'de RawValue>,
}

impl<'de> DeserializeSeed<'de> for Outline<'_, 'de> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        if self.path.is_empty() {
            *self.book = Some(Deserialize::deserialize(deserializer)?);
            return Ok(Value::Object(Map::new()));
        }
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Outline<'_, 'de> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a card")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let Some((wanted, path)) = self.path.split_first() else { return Err(Error::custom("no object")) };
        let mut members = Map::new();
        while let Some(key) = map.next_key::<String>()? {
            let value = if key == *wanted {
                map.next_value_seed(Outline { path, book: self.book })?
            } else {
                map.next_value()?
            };
            members.insert(key, value);
        }
        Ok(Value::Object(members))
    }
}

#[cfg(test)]
mod spec;
