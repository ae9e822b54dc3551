//! JSON in one line, from text to text: what the text's tree would be written as, without the tree.

use serde_json::Value;
use serde_json::value::RawValue;

use super::survey;

/// The text of the tree that this text has, if it names no key of an object twice.
pub(crate) fn minified(raw: &RawValue) -> String {
    let text = raw.get();
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(quote) = rest.find('"') {
        let (between, string) = rest.split_at(quote);
        outside(between, &mut out);
        let (end, is_odd) = end(string.as_bytes());
        let (string, behind) = string.split_at(end);
        match is_odd.then(|| respelt(string)).flatten() {
            Some(respelt) => out.push_str(&respelt),
            None => out.push_str(string),
        }
        rest = behind;
    }
    outside(rest, &mut out);
    out
}

/// Brackets, numbers and words. `serde_json` spells exponents in its own way.
fn outside(text: &str, out: &mut String) {
    let mut bytes = text.bytes().filter(|byte| !byte.is_ascii_whitespace()).peekable();
    let mut is_digit = false;
    while let Some(byte) = bytes.next() {
        if is_digit && byte.eq_ignore_ascii_case(&b'e') {
            out.push('e');
            if bytes.peek().is_some_and(u8::is_ascii_digit) {
                out.push('+');
            }
        } else {
            out.push(char::from(byte));
        }
        is_digit = byte.is_ascii_digit();
    }
}

/// Where a string is over that begins here, and whether it escapes what trees escape otherwise or not at all.
fn end(string: &[u8]) -> (usize, bool) {
    let (mut at, mut is_odd) = (1, false);
    loop {
        at += survey::plain(string.get(at..).unwrap_or_default());
        match string.get(at..) {
            Some([b'\\', escaped, ..]) => {
                is_odd |= matches!(escaped, b'/' | b'u');
                at += 2;
            }
            Some([b'"', ..]) => return (at + 1, is_odd),
            Some(_) | None => return (string.len(), is_odd),
        }
    }
}

/// A string with its quotes, as trees spell it.
fn respelt(string: &str) -> Option<String> {
    serde_json::from_str::<Value>(string).ok().map(|string| string.to_string())
}

#[cfg(test)]
mod spec {
    use proptest::prelude::*;

    use super::*;

    fn agreed(text: &str) {
        let (Ok(raw), Ok(tree)) =
            (serde_json::from_str::<&RawValue>(text), serde_json::from_str::<Value>(text))
        else {
            return;
        };
        assert_eq!(minified(raw), tree.to_string());
    }

    const TEXT: &str = "{\"a\" : [1.50, -0, 1E5,2e-7 , 3e+1,0.0e0, true,false ,null],\t\"\\u0065\\/\\\"\\\\\":\"\\ud83d\\ude00 é\\n\\u001f\\u007f\",\n \"e\":{} }";

    #[test]
    fn it_is_what_the_tree_is_written_as() {
        assert!(serde_json::from_str::<Value>(TEXT).is_ok());
        agreed(TEXT);
    }

    proptest! {
        #[test]
        fn so_it_is_after_any_change(at in any::<prop::sample::Index>(), byte in 0_u8..128) {
            let mut bytes = TEXT.as_bytes().to_vec();
            *at.get_mut(&mut bytes) = byte;
            if let Ok(text) = str::from_utf8(&bytes) {
                agreed(text);
            }
        }
    }
}
