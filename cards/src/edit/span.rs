//! Where the values of a JSON text stand in it.
//!
//! The text has been read by the real parser before, so this one need not judge it: it only finds beginnings and ends. On
//! a text that is no JSON it finds nothing, or something senseless, but it always ends and never panics. There is no
//! recursion: a value is over where its brackets are.

use std::ops::Range;

/// A member of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Member {
    /// With its quotes.
    pub(super) key: Range<usize>,
    pub(super) value: Range<usize>,
}

/// The value that begins at a place, or behind the blanks there.
pub(super) fn value(text: &[u8], at: usize) -> Option<Range<usize>> {
    let start = blanks(text, at);
    let end = match text.get(start)? {
        b'"' => string(text, start)?,
        b'{' | b'[' => container(text, start)?,
        b'}' | b']' | b',' | b':' => return None,
        _ => start + text.get(start..)?.iter().take_while(|byte| is_bare(**byte)).count(),
    };
    Some(start..end)
}

/// The members of an object that begins at a place, in their order. `None` when it is no object.
pub(super) fn members(text: &[u8], object: &Range<usize>) -> Option<Vec<Member>> {
    let mut at = opened(text, object, b'{')?;
    let mut members = Vec::new();
    while text.get(at) == Some(&b'"') {
        let key = at..string(text, at)?;
        let colon = blanks(text, key.end);
        if text.get(colon) != Some(&b':') {
            return None;
        }
        let value = value(text, colon + 1)?;
        at = after(text, value.end)?;
        members.push(Member { key, value });
    }
    Some(members)
}

/// The items of a list. `None` when it is no list.
pub(super) fn items(text: &[u8], list: &Range<usize>) -> Option<Vec<Range<usize>>> {
    let mut at = opened(text, list, b'[')?;
    let mut items = Vec::new();
    while text.get(at).is_some_and(|&byte| byte != b']') {
        let item = value(text, at)?;
        at = after(text, item.end)?;
        items.push(item);
    }
    Some(items)
}

/// The first place in a container that is no blank.
fn opened(text: &[u8], container: &Range<usize>, bracket: u8) -> Option<usize> {
    let is_it = text.get(container.start) == Some(&bracket);
    is_it.then(|| blanks(text, container.start + 1))
}

/// The next place behind a comma, or the bracket that ends the container.
fn after(text: &[u8], at: usize) -> Option<usize> {
    let at = blanks(text, at);
    match text.get(at)? {
        b',' => Some(blanks(text, at + 1)),
        b'}' | b']' => Some(at),
        _ => None,
    }
}

fn blanks(text: &[u8], at: usize) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    at + rest.iter().take_while(|byte| byte.is_ascii_whitespace()).count()
}

fn is_bare(byte: u8) -> bool {
    !byte.is_ascii_whitespace() && !matches!(byte, b',' | b']' | b'}' | b':' | b'"' | b'\0')
}

/// The place behind a string that begins here.
fn string(text: &[u8], start: usize) -> Option<usize> {
    let mut at = start + 1;
    loop {
        match text.get(at)? {
            b'"' => return Some(at + 1),
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
}

/// The place behind an array or object that begins here.
fn container(text: &[u8], start: usize) -> Option<usize> {
    let (mut at, mut depth) = (start, 0_usize);
    loop {
        match text.get(at)? {
            b'"' => at = string(text, at)? - 1,
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth -= 1,
            _ => {}
        }
        at += 1;
        if depth == 0 {
            return Some(at);
        }
    }
}

#[cfg(test)]
mod spec {
    use super::*;

    fn all(text: &str) -> Vec<(&str, &str)> {
        let root = value(text.as_bytes(), 0).unwrap();
        let members = members(text.as_bytes(), &root).unwrap();
        members.into_iter().map(|member| (&text[member.key], &text[member.value])).collect()
    }

    #[test]
    fn members_are_found_among_blanks_and_brackets_in_strings() {
        let text = r#" { "a" : [1, {"b":"]}"}] ,"c\"":-1.50e+3,"d":"x\\", "e" :null } "#;

        assert_eq!(
            all(text),
            [
                ("\"a\"", "[1, {\"b\":\"]}\"}]"),
                ("\"c\\\"\"", "-1.50e+3"),
                ("\"d\"", "\"x\\\\\""),
                ("\"e\"", "null")
            ]
        );
        assert_eq!(all("{ }"), []);
    }

    #[test]
    fn items_are_found() {
        let text = br#"[ 1 ,"a,b" , [2,3]]"#;
        let items = items(text, &(0..text.len())).unwrap();

        let items: Vec<_> = items.into_iter().map(|item| &text[item]).collect();
        assert_eq!(items, [&b"1"[..], b"\"a,b\"", b"[2,3]"]);
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_the_scanner_panic(text in r#"[ \[\]{}:,"\\a1]{0,40}"#, at in 0..50_usize) {
            if let Some(found) = value(text.as_bytes(), at) {
                let _ = (members(text.as_bytes(), &found), items(text.as_bytes(), &found));
            }
        }
    }
}
