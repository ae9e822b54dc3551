//! One look over a JSON text before it is believed.
//!
//! It needs no grammar: outside of strings every bracket nests, every comma parts two values and every colon makes a
//! member. For text that turns out not to be JSON the figures mean nothing, and the parser says so.

/// What was seen.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Survey {
    /// Arrays and objects inside each other, at most.
    pub(super) depth: usize,
    /// Values of all kinds, at most: an empty list counts as one too many.
    pub(super) values: usize,
    /// Members of objects, counting a repeated key each time.
    pub(super) members: usize,
    /// Where the four digits of each half surrogate pair begin.
    pub(super) lone_surrogates: Vec<usize>,
    /// Whether a member is called as [`RESERVED`] says.
    pub(super) has_reserved: bool,
}

/// What `serde_json` calls the only member of an object that is none: a number as it is spelt, and text that it parses
/// in the object's place. Whoever calls a member so would slip past every figure of a survey.
const RESERVED: [&str; 2] = ["$serde_json::private::Number", "$serde_json::private::RawValue"];

/// Whether no member can be called so.
pub(crate) fn is_reserved(key: &str) -> bool {
    RESERVED.contains(&key)
}

pub(super) fn of(text: &[u8]) -> Survey {
    let mut survey = Survey { values: 1, ..Survey::default() };
    let mut depth = 0_usize;
    let mut at = 0;
    while let Some(&byte) = text.get(at) {
        at += 1;
        match byte {
            b'"' => {
                let begin = at - 1;
                at = string(text, at, &mut survey.lone_surrogates);
                survey.has_reserved |= text.get(begin..at).is_some_and(spells_reserved) && is_key(text, at);
            }
            b'[' | b'{' => {
                depth += 1;
                survey.depth = survey.depth.max(depth);
                survey.values += 1;
            }
            b']' | b'}' => depth = depth.saturating_sub(1),
            b',' => survey.values += 1,
            b':' => survey.members += 1,
            _ => {}
        }
    }
    survey
}

/// Whether a string, with its quotes, says what is reserved, in whatever spelling.
fn spells_reserved(string: &[u8]) -> bool {
    let begins = string.starts_with(b"\"$") || string.starts_with(b"\"\\u");
    begins && serde_json::from_slice::<String>(string).is_ok_and(|key| is_reserved(&key))
}

fn is_key(text: &[u8], end: usize) -> bool {
    text.iter().skip(end).find(|byte| !byte.is_ascii_whitespace()) == Some(&b':')
}

/// Walks over a string that begins at `at` and says where it is over.
fn string(text: &[u8], mut at: usize, lone: &mut Vec<usize>) -> usize {
    loop {
        at += plain(text.get(at..).unwrap_or_default());
        match text.get(at) {
            Some(b'\\') => at = escape(text, at, lone),
            Some(_) => return at + 1,
            None => return at,
        }
    }
}

/// How many bytes come before one that a string may end with, or an escape begin. Looked at in steps, because the
/// compiler makes one of many bytes at a time.
pub(super) fn plain(bytes: &[u8]) -> usize {
    let ends = |byte: &u8| (*byte == b'"') | (*byte == b'\\');
    let steps = bytes.as_chunks::<16>().0.iter();
    let clear = 16 * steps.take_while(|step| !step.iter().fold(false, |any, byte| any | ends(byte))).count();
    let rest = &bytes[clear..];
    clear + rest.iter().position(ends).unwrap_or(rest.len())
}

/// Walks over an escape that begins at `at`, or over two that are one pair.
fn escape(text: &[u8], at: usize, lone: &mut Vec<usize>) -> usize {
    let Some(unit) = unit(text, at) else { return at + 2 };
    let is_pair = is_high(unit) && self::unit(text, at + 6).is_some_and(is_low);
    if is_pair {
        return at + 12;
    }
    if is_high(unit) || is_low(unit) {
        lone.push(at + 2);
    }
    at + 6
}

/// The code unit that the escape at `at` spells, if it is one of `\uXXXX`.
fn unit(text: &[u8], at: usize) -> Option<u16> {
    let digits = text.get(at..at + 6)?.strip_prefix(b"\\u")?;
    digits.iter().try_fold(0, |unit, &digit| {
        let value = char::from(digit).to_digit(16)?;
        Some(unit << 4 | u16::try_from(value).ok()?)
    })
}

fn is_high(unit: u16) -> bool {
    (0xD800..0xDC00).contains(&unit)
}

fn is_low(unit: u16) -> bool {
    (0xDC00..0xE000).contains(&unit)
}

#[cfg(test)]
mod spec {
    use super::*;

    #[test]
    fn brackets_and_commas_in_strings_do_not_count() {
        let survey = of(br#"{"a":"[[,:\"{","b":[1,2]}"#);

        assert_eq!(survey, Survey { depth: 2, values: 5, members: 2, ..Survey::default() });
    }

    #[test]
    fn only_halves_of_pairs_are_lone() {
        assert_eq!(of(br#""\ud83d\ude00""#).lone_surrogates, Vec::<usize>::new());
        assert_eq!(of(br#""\\ud83d""#).lone_surrogates, Vec::<usize>::new());
        assert_eq!(of(br#""\ud83d\n\ude00""#).lone_surrogates, vec![3, 11]);
        assert_eq!(of(br#""\ud83d\ud83d\ude00""#).lone_surrogates, vec![3]);
        assert_eq!(of(br#""\uDC00"#).lone_surrogates, vec![3]);
    }

    #[test]
    fn reserved_names_are_found_in_every_spelling_and_only_as_names() {
        for key in RESERVED {
            let rest = &key[1..];
            assert!(of(format!("{{\"{key}\" : 1}}").as_bytes()).has_reserved);
            assert!(of(format!("{{\"\\u0024{rest}\":1}}").as_bytes()).has_reserved);
            assert!(!of(format!("[\"{key}\", \"${rest}x\"]").as_bytes()).has_reserved);
        }
        assert!(!of(br#"{"$ref":1,"\u0024":2}"#).has_reserved);
    }
}
