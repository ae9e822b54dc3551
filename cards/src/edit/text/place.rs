//! One step of a path in a text: what is there, and where something would go.

use std::ops::Range;

use serde_json::Value;

use super::{EditRefused, Step, Text, span};

/// A place among the children of a container.
#[derive(Debug)]
pub(super) struct Place {
    container: Range<usize>,
    /// Each child, with its key if it has one.
    children: Vec<Range<usize>>,
    /// The value of each child.
    values: Vec<Range<usize>>,
    /// Which children it is: none when it is new, several when a key is there more than once.
    here: Vec<usize>,
}

impl Place {
    pub(super) fn of(text: &Text, container: &Range<usize>, step: &Step) -> Result<Self, EditRefused> {
        match step {
            Step::Key(key) => {
                let members = span::members(&text.bytes, container).ok_or(EditRefused::NotAContainer)?;
                let is_here = |nth: &usize| is_key(&text.bytes[members[*nth].key.clone()], key);
                let here = (0..members.len()).filter(is_here).collect();
                let values = members.iter().map(|member| member.value.clone()).collect();
                let children = members.into_iter().map(|member| member.key.start..member.value.end).collect();
                Ok(Self { container: container.clone(), children, values, here })
            }
            Step::Index(nth) => {
                let items = span::items(&text.bytes, container).ok_or(EditRefused::NotAContainer)?;
                if *nth > items.len() {
                    return Err(EditRefused::NoSuchPath);
                }
                let here = if *nth < items.len() { vec![*nth] } else { Vec::new() };
                Ok(Self { container: container.clone(), children: items.clone(), values: items, here })
            }
        }
    }

    /// Where the value stands, if there is one. Of two equal keys the last one counts, as it does for the reader.
    pub(super) fn value(&self) -> Option<Range<usize>> {
        self.values.get(*self.here.last()?).cloned()
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

    /// Takes the child out, with the comma that it needed. A key that is there twice goes twice, or else its older value
    /// would come back.
    pub(super) fn remove(&self, text: &mut Text) -> Result<(), EditRefused> {
        if self.here.is_empty() {
            return Err(EditRefused::NoSuchPath);
        }
        let mut kept = Vec::with_capacity(text.bytes.len());
        let mut from = 0;
        for (run, &nth) in self.here.iter().enumerate() {
            // As long as all before it went too, there is no comma before it.
            let cut = if nth == run { self.with_comma_behind(nth) } else { self.with_comma_before(nth) };
            kept.extend_from_slice(&text.bytes[from..cut.start]);
            from = cut.end;
        }
        kept.extend_from_slice(&text.bytes[from..]);
        text.bytes = kept;
        Ok(())
    }

    fn with_comma_behind(&self, nth: usize) -> Range<usize> {
        let child = &self.children[nth];
        child.start..self.children.get(nth + 1).map_or(child.end, |next| next.start)
    }

    fn with_comma_before(&self, nth: usize) -> Range<usize> {
        self.children[nth - 1].end..self.children[nth].end
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
