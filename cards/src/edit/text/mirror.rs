//! What a card repeats at its root.
//!
//! SillyTavern keeps the fields of V1 at the root of later cards, under names of its own for some; other programs repeat
//! all of `data` there. A repetition that says the same as its original must go on doing so, or else readers of the root
//! would see the old card. One that says something else is a field of its own, and stays.

use std::ops::Range;

use serde_json::Value;

use super::{Path, Step, Text};

/// Fields of `data` whose repetition has another name.
const RENAMED: [(&[&str], &str); 3] = [
    (&["creator_notes"], "creatorcomment"),
    (&["extensions", "talkativeness"], "talkativeness"),
    (&["extensions", "fav"], "fav"),
];

impl Text {
    /// The path at the root that repeats a path in `data`.
    pub(super) fn mirror(&self, path: &Path) -> Option<Path> {
        let (Step::Key(data), rest) = path.0.split_first()? else { return None };
        if data != "data" {
            return None;
        }
        let (length, name) = renamed(rest).unwrap_or((
            1,
            match rest.first()? {
                Step::Key(key) => key,
                Step::Index(_) => return None,
            },
        ));
        let root = [Step::Key(name.to_owned())];
        let says_the_same = self.parsed(self.find(&root)?)? == self.parsed(self.find(&path.0[..=length])?)?;
        says_the_same.then(|| Path([&root[..], rest.get(length..).unwrap_or_default()].concat()))
    }

    fn parsed(&self, place: Range<usize>) -> Option<Value> {
        serde_json::from_slice(&self.bytes[place]).ok()
    }
}

/// How many steps of a path name the field, and what it is called at the root.
fn renamed(path: &[Step]) -> Option<(usize, &'static str)> {
    let is_it = |keys: &[&str]| {
        let steps = path.iter().map(|step| if let Step::Key(key) = step { key } else { "" });
        steps.take(keys.len()).eq(keys.iter().copied())
    };
    RENAMED.iter().find(|(keys, _)| is_it(keys)).map(|(keys, name)| (keys.len(), *name))
}
