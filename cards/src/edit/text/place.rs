//! One step of a path in a text: what is there, and where something would go.

use std::ops::Range;

use serde_json::Value;

use super::{EditRefused, Step, Text, span};

/// A place among the children of a container.
#[derive(Debug)]
pub(super) struct Place {
    /// Each child with its key, if it has one.
    children: Vec<Range<usize>>,
    /// Where the values of the children begin.
    values: Vec<Range<usize>>,
    /// Which child it is. Behind the last one, there is none yet.
    nth: usize,
    container: Range<usize>,
}

impl Place {
    pub(super) fn of(text: &Text, container: &Range<usize>, step: &Step) -> Result<Self, EditRefused> {
        let container = container.clone();
        match step {
            Step::Key(key) => {
                let members = span::members(&text.bytes, &container).ok_or(EditRefused::NotAContainer)?;
                let is_it = |member: &span::Member| is_key(&text.bytes[member.key.clone()], key);
                let nth = members.iter().rposition(is_it).unwrap_or(members.len());
                let values: Vec<_> = members.iter().map(|member| member.value.clone()).collect();
                let children = members.into_iter().map(|member| member.key.start..member.value.end).collect();
                Ok(Self { children, values, nth, container })
            }
            Step::Index(nth) => {
                let items = span::items(&text.bytes, &container).ok_or(EditRefused::NotAContainer)?;
                if *nth > items.len() {
                    return Err(EditRefused::NoSuchPath);
                }
                Ok(Self { children: items.clone(), values: items, nth: *nth, container })
            }
        }
    }

    /// Where the value stands, if there is one.
    pub(super) fn value(&self) -> Option<Range<usize>> {
        self.values.get(self.nth).cloned()
    }

    /// Puts a new child behind the last one, spaced as that one is.
    pub(super) fn insert(&self, text: &mut Text, step: &Step, value: &Value) -> Result<(), EditRefused> {
        let last = self.children.last().zip(self.values.last());
        let colon = last.map_or(&b":"[..], |(child, value)| colon(&text.bytes[child.start..value.start]));
        let child = match step {
            Step::Key(key) => [Value::from(key.as_str()).to_string().as_bytes(), colon].concat(),
            Step::Index(_) => Vec::new(),
        };
        let child = [&child, value.to_string().as_bytes()].concat();
        match last {
            Some((last, _)) => {
                let gap = gap(&text.bytes[..last.start]);
                text.replace(last.end..last.end, &[b",", gap, &child].concat());
            }
            None => text.replace(self.container.start + 1..self.container.start + 1, &child),
        }
        Ok(())
    }

    /// Takes the child out, with the comma that it needed.
    pub(super) fn remove(&self, text: &mut Text) -> Result<(), EditRefused> {
        let child = self.children.get(self.nth).ok_or(EditRefused::NoSuchPath)?;
        let before = self.nth.checked_sub(1).and_then(|nth| self.children.get(nth));
        let range = match (before, self.children.get(self.nth + 1)) {
            (Some(before), _) => before.end..child.end,
            (None, Some(next)) => child.start..next.start,
            (None, None) => child.clone(),
        };
        text.replace(range, &[]);
        Ok(())
    }
}

/// Whether a key of the text, with its quotes, spells this one.
fn is_key(spelt: &[u8], key: &str) -> bool {
    serde_json::from_slice::<String>(spelt).is_ok_and(|spelt| spelt == key)
}

/// The colon between key and value, with the blanks around it.
fn colon(member: &[u8]) -> &[u8] {
    let quote = member.iter().rposition(|&byte| byte == b'"').map_or(0, |quote| quote + 1);
    member.get(quote..).filter(|colon| colon.contains(&b':')).unwrap_or(b":")
}

/// The blanks at the end of a text.
fn gap(text: &[u8]) -> &[u8] {
    let length = text.iter().rev().take_while(|byte| byte.is_ascii_whitespace()).count();
    &text[text.len() - length..]
}
