//! What a card says no longer once it was filled up.

use std::fmt;

use serde::{Serialize, Serializer};

/// Something that was there before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Loss {
    /// What kind of loss.
    pub code: LossCode,
    /// Where: a JSON path such as `data.tags`.
    pub at: String,
    /// A sentence for a person.
    pub message: String,
}

/// The kinds of loss, each with a spelling that never changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum LossCode {
    /// Something that the file held beside the card's words has no room in the new one.
    AssetLeft,
    /// Decorators, which V2 does not know, were taken out of an entry of the lorebook.
    DecoratorsStripped,
    /// An entry of the lorebook was none, and is gone.
    EntryDropped,
    /// An entry of the lorebook was called by a name, and now has a number.
    IdReplaced,
    /// The conversations that came with the card have no place in the new file.
    ScenesLeft,
    /// A value was of a type that makes no sense, and is gone.
    ValueDropped,
}

impl Loss {
    /// This kind of loss, here.
    pub(crate) fn new(code: LossCode, at: impl Into<String>) -> Self {
        Self { code, at: at.into(), message: code.message().to_owned() }
    }
}

impl LossCode {
    /// The code's stable spelling.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AssetLeft => "asset-left",
            Self::DecoratorsStripped => "decorators-stripped",
            Self::EntryDropped => "entry-dropped",
            Self::IdReplaced => "id-replaced",
            Self::ScenesLeft => "scenes-left",
            Self::ValueDropped => "value-dropped",
        }
    }

    fn message(self) -> &'static str {
        match self {
            Self::AssetLeft => "this is too large for a card of this kind; it was left out",
            Self::DecoratorsStripped => "V2 knows no decorators; they were taken out of the content",
            Self::EntryDropped => "this is no entry of a lorebook; it was left out",
            Self::ScenesLeft => "cards hold no conversations; those that came with this one were left out",
            Self::IdReplaced => "V2 knows only numbers as ids; the entry got one",
            Self::ValueDropped => "this value, or a part of it, makes no sense here; it was left out",
        }
    }
}

impl fmt::Display for LossCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for LossCode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// Losses as they gather, and the places of values that could not be read, which are lost once they are replaced.
#[derive(Debug, Default)]
pub(super) struct Losses {
    list: Vec<Loss>,
    unread: Vec<String>,
}

impl Losses {
    pub(super) fn of_values(unread: impl Iterator<Item = String>) -> Self {
        Self { list: Vec::new(), unread: unread.collect() }
    }

    pub(super) fn add(&mut self, code: LossCode, at: String) {
        self.list.push(Loss::new(code, at));
    }

    /// A field was replaced: if it could not be read, or not all of it, that is lost.
    pub(super) fn value_at(&mut self, key: &str) {
        let is_of = |at: &str| {
            let at = at.strip_prefix("data.").unwrap_or(at);
            at.strip_prefix(key).is_some_and(|rest| rest.is_empty() || rest.starts_with(['[', '.']))
        };
        if self.unread.iter().any(|at| is_of(at)) {
            self.add(LossCode::ValueDropped, format!("data.{key}"));
        }
    }

    pub(super) fn into_list(self) -> Vec<Loss> {
        self.list
    }
}
