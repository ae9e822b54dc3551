//! The card's own lorebook, as text until somebody asks for its tree.
//!
//! A book in order may be most of its card, and whoever takes a card in wants the book's entries, not its tree. Reading
//! such a card has therefore read the entries already, and keeps the text of the book. The tree is grown from it on the
//! first call; books that are odd, and those from elsewhere, are trees from the start.

use std::fmt;
use std::ops::Deref;
use std::sync::{Arc, OnceLock};

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

#[cfg(feature = "parse")]
use crate::lorebook::Lorebook;

/// A lorebook in a card: a [`Value`] to all who look at it. Copies share what they hold.
#[derive(Clone)]
pub struct Book(Arc<Form>);

struct Form {
    tree: OnceLock<Value>,
    in_order: Option<InOrder>,
}

/// A book that nothing is odd about.
struct InOrder {
    /// As its tree would be written.
    text: String,
    #[cfg(feature = "parse")]
    lorebook: Lorebook,
}

impl Book {
    /// The book's JSON.
    #[must_use]
    pub fn tree(&self) -> &Value {
        self.0.tree.get_or_init(|| self.grown())
    }

    /// Another tree than the one that may be kept here.
    fn grown(&self) -> Value {
        let text = self.0.in_order.as_ref().map(|book| book.text.as_str());
        // What is in order was read from this very text.
        text.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
    }
}

#[cfg(feature = "parse")]
impl Book {
    /// The book that this text says, in the form in which trees are written.
    pub(crate) fn in_order(text: String, lorebook: Lorebook) -> Self {
        Self(Arc::new(Form { tree: OnceLock::new(), in_order: Some(InOrder { text, lorebook }) }))
    }

    /// The book's JSON, for keeps.
    pub(crate) fn to_tree(&self) -> Value {
        self.0.tree.get().cloned().unwrap_or_else(|| self.grown())
    }

    /// Reads it; see [`lorebook::of_card`](crate::lorebook::of_card).
    ///
    /// # Errors
    ///
    /// A [`Refusal`](crate::Refusal) if it has more entries than [`bounds::LORE_ENTRIES`](crate::bounds::LORE_ENTRIES).
    pub fn read(&self) -> Result<(Lorebook, Vec<crate::Warning>), crate::Refusal> {
        match &self.0.in_order {
            Some(book) => Ok((book.lorebook.clone(), Vec::new())),
            None => crate::lorebook::of_card(self.tree()),
        }
    }
}

impl Deref for Book {
    type Target = Value;

    fn deref(&self) -> &Value {
        self.tree()
    }
}

impl From<Value> for Book {
    fn from(tree: Value) -> Self {
        Self(Arc::new(Form { tree: tree.into(), in_order: None }))
    }
}

impl PartialEq for Book {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.tree() == other.tree()
    }
}

impl fmt::Debug for Book {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.tree().fmt(f)
    }
}

/// Its JSON in one line.
impl fmt::Display for Book {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0.in_order {
            Some(book) => f.write_str(&book.text),
            None => self.tree().fmt(f),
        }
    }
}

impl Serialize for Book {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.tree().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Book {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Value::deserialize(deserializer).map(Self::from)
    }
}
