//! SillyTavern's own file as text, written without a tree: books of megabytes are written often and changed seldom.
//!
//! It says what the tree of [`write_sillytavern`](super::write_sillytavern) says, to the byte; a property holds that.

mod finer;

use std::fmt::Write;
use std::ops::Range;

use serde_json::{Map, Value};

use super::{Plain, WORLD, put_book, put_words, put_world};
use crate::lorebook::{Entry, Lorebook};

/// What an entry takes beside its words, at most in most books.
const ENTRY: usize = 1_100;

/// A file of SillyTavern's own, in one line. Reading it again yields the same book.
#[must_use]
pub fn write_sillytavern_text(book: &Lorebook) -> String {
    let room = |entry: &Entry| entry.content.len() + entry.content.len() / 16 + ENTRY;
    let mut out = String::with_capacity(book.entries.iter().map(room).sum());
    let mut last = None;
    out.push_str("{\"entries\":{");
    for (nth, entry) in book.entries.iter().enumerate() {
        out.push_str(if nth == 0 { "\"" } else { ",\"" });
        put_number(&mut out, entry.uid);
        out.push_str("\":");
        last = Some(put_entry(&mut out, entry, last));
    }
    out.push('}');
    let mut root = Map::from_iter([("entries".to_owned(), Value::Null)]);
    put_book(book, &mut root);
    put_rest(&mut out, root.iter().skip(1));
    out.push('}');
    out
}

/// The finer points of an entry, and where they stand in the text. Most entries of a book have them in common.
type Finer<'a> = (&'a Entry, Range<usize>);

fn put_entry<'a>(out: &mut String, entry: &'a Entry, last: Option<Finer<'a>>) -> Finer<'a> {
    out.push('{');
    put_words(entry, &mut |key, value| put_field(out, key, value));
    let finer = out.len();
    match last {
        Some((other, range)) if finer::is_alike(entry, other) => out.extend_from_within(range),
        _ => WORLD.put(entry, &mut |key, value| put_field(out, key, value)),
    }
    let finer = finer..out.len();
    WORLD.put_seldom(entry, &mut |key, value| put_field(out, key, value));
    if !entry.rest.is_empty() {
        let mut taken = Vec::new();
        put_world(entry, &mut |key, _| taken.push(key));
        put_rest(out, entry.rest.iter().filter(|(key, _)| !taken.contains(&key.as_str())));
    }
    out.push('}');
    (entry, finer)
}

fn put_field(out: &mut String, key: &str, value: Plain<'_>) {
    out.push_str(if out.ends_with('{') { "\"" } else { ",\"" });
    out.push_str(key);
    out.push_str("\":");
    put(out, value);
}

/// What nobody here knows, behind what is known.
fn put_rest<'a>(out: &mut String, rest: impl Iterator<Item = (&'a String, &'a Value)>) {
    for (key, value) in rest {
        out.push(',');
        put_text(out, key);
        out.push(':');
        put_value(out, value);
    }
}

fn put(out: &mut String, value: Plain<'_>) {
    match value {
        Plain::Null => out.push_str("null"),
        Plain::Truth(true) => out.push_str("true"),
        Plain::Truth(false) => out.push_str("false"),
        Plain::Count(count) => put_number(out, count),
        Plain::Whole(number) => put_number(out, number),
        Plain::Text(text) => put_text(out, text),
        Plain::Texts(texts) => put_texts(out, texts),
        Plain::Share(_) | Plain::Object(_) | Plain::Filter(_) => {
            put_value(out, &value.into());
        }
    }
}

fn put_number(out: &mut String, number: impl itoa::Integer) {
    out.push_str(itoa::Buffer::new().format(number));
}

fn put_texts(out: &mut String, texts: &[String]) {
    out.push('[');
    for (nth, text) in texts.iter().enumerate() {
        if nth != 0 {
            out.push(',');
        }
        put_text(out, text);
    }
    out.push(']');
}

/// A text in quotes, as `serde_json` spells it.
fn put_text(out: &mut String, text: &str) {
    out.push('"');
    let mut rest = text;
    while let Some(at) = first_escaped(rest.as_bytes()) {
        let (before, odd) = rest.split_at(at);
        out.push_str(before);
        // What is escaped is one byte long.
        let (odd, behind) = odd.split_at(1);
        match odd {
            "\"" => out.push_str("\\\""),
            "\\" => out.push_str("\\\\"),
            "\n" => out.push_str("\\n"),
            "\r" => out.push_str("\\r"),
            "\t" => out.push_str("\\t"),
            "\u{8}" => out.push_str("\\b"),
            "\u{c}" => out.push_str("\\f"),
            control => put_formatted(out, format_args!("\\u{:04x}", control.as_bytes()[0])),
        }
        rest = behind;
    }
    out.push_str(rest);
    out.push('"');
}

/// Where the first byte is that JSON has to escape. It looks at eight bytes at a time, as most are not.
fn first_escaped(bytes: &[u8]) -> Option<usize> {
    let (words, rest) = bytes.as_chunks::<8>();
    for (nth, word) in words.iter().enumerate() {
        let odd = escaped_in(u64::from_le_bytes(*word));
        if odd != 0 {
            return Some(nth * 8 + odd.trailing_zeros() as usize / 8);
        }
    }
    let is_escaped = |byte: &u8| *byte < b' ' || *byte == b'"' || *byte == b'\\';
    rest.iter().position(is_escaped).map(|at| words.len() * 8 + at)
}

/// The lowest bit that is set is the highest one of the first byte to be escaped: a control character, a quote or a
/// backslash. A byte is below another if taking that from it borrows, and zero if it is below one; borrowing spoils only
/// what lies higher.
fn escaped_in(word: u64) -> u64 {
    const ONES: u64 = 0x0101_0101_0101_0101;
    let below = |word: u64, limit: u8| word.wrapping_sub(ONES * u64::from(limit)) & !word;
    let is = |byte: u8| below(word ^ (ONES * u64::from(byte)), 1);
    (below(word, b' ') | is(b'"') | is(b'\\')) & (ONES << 7)
}

fn put_value(out: &mut String, value: &Value) {
    put_formatted(out, format_args!("{value}"));
}

fn put_formatted(out: &mut String, what: std::fmt::Arguments<'_>) {
    // A text takes everything.
    let _ = out.write_fmt(what);
}

#[cfg(test)]
mod spec {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_text_is_spelt_as_serde_json_spells_it(text in "([a-zé🌊]{0,9}|[\"\\\\/\x00-\x20\x7f]){0,12}") {
            let mut out = String::new();
            put_text(&mut out, &text);
            prop_assert_eq!(out, Value::from(text).to_string());
        }
    }
}
