//! Paths into a card's JSON: `data.name`, `data.tags[0]`, `data.extensions["a.b"]`.

use serde_json::Value;

use super::EditRefused;
use crate::bounds;

/// A path of at least one step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Path(pub(super) Vec<Step>);

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    Key(String),
    Index(usize),
}

impl Path {
    pub(super) fn parse(path: &str) -> Result<Self, EditRefused> {
        let mut steps = Vec::new();
        let mut rest = path;
        while !rest.is_empty() {
            let (step, others) = if rest.starts_with('[') { bracketed(rest) } else { plain(rest) }?;
            steps.push(step);
            rest = others.strip_prefix('.').unwrap_or(others);
            let is_split = others.is_empty() || others.starts_with('[') || others.len() > rest.len();
            if !is_split || others == "." || steps.len() > bounds::NESTING {
                return Err(EditRefused::BadPath);
            }
        }
        if steps.is_empty() { Err(EditRefused::BadPath) } else { Ok(Self(steps)) }
    }
}

impl Path {
    /// What is at the path.
    pub(super) fn look<'a>(&self, tree: &'a Value) -> Option<&'a Value> {
        self.0.iter().try_fold(tree, |value, step| match step {
            Step::Key(key) => value.get(key),
            Step::Index(index) => value.get(index),
        })
    }
}

/// A key up to the next dot or bracket.
fn plain(path: &str) -> Result<(Step, &str), EditRefused> {
    let end = path.find(['.', '[']).unwrap_or(path.len());
    let (key, rest) = path.split_at(end);
    if key.is_empty() { Err(EditRefused::BadPath) } else { Ok((Step::Key(key.to_owned()), rest)) }
}

/// An index, or a key as JSON spells it.
fn bracketed(path: &str) -> Result<(Step, &str), EditRefused> {
    let inner = path.strip_prefix('[').ok_or(EditRefused::BadPath)?;
    let mut keys = serde_json::Deserializer::from_str(inner).into_iter::<String>();
    let (step, length) = match keys.next() {
        Some(Ok(key)) => (Step::Key(key), keys.byte_offset()),
        _ => {
            let length = inner.find(']').ok_or(EditRefused::BadPath)?;
            (Step::Index(inner[..length].parse().map_err(|_| EditRefused::BadPath)?), length)
        }
    };
    let rest = inner.get(length..).and_then(|rest| rest.strip_prefix(']')).ok_or(EditRefused::BadPath)?;
    Ok((step, rest))
}

#[cfg(test)]
mod spec {
    use super::*;

    fn key(key: &str) -> Step {
        Step::Key(key.to_owned())
    }

    #[test]
    fn keys_and_indices_are_told_apart() {
        let path = Path::parse(r#"data.extensions["a.b]\"ä"].list[3][0].x"#).unwrap();

        let steps = [
            key("data"),
            key("extensions"),
            key("a.b]\"ä"),
            key("list"),
            Step::Index(3),
            Step::Index(0),
            key("x"),
        ];
        assert_eq!(path.0, steps);
        assert_eq!(Path::parse("a.0").unwrap().0, [key("a"), key("0")]);
    }

    #[test]
    fn what_is_no_path_is_refused() {
        for path in
            ["", ".", "a.", ".a", "a..b", "a[", "a[]", "a[x]", "a[-1]", "a[1", "a[\"b]", "a[1]b", "a[1]."]
        {
            assert_eq!(Path::parse(path), Err(EditRefused::BadPath), "{path}");
        }
        assert_eq!(Path::parse(&"a[0]".repeat(100)), Err(EditRefused::BadPath));
    }
}
