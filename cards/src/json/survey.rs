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
}

pub(super) fn of(text: &[u8]) -> Survey {
    let mut survey = Survey { values: 1, ..Survey::default() };
    let mut depth = 0_usize;
    let mut at = 0;
    while let Some(&byte) = text.get(at) {
        at += 1;
        match byte {
            b'"' => at = string(text, at, &mut survey.lone_surrogates),
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

/// Walks over a string that begins at `at` and says where it is over.
fn string(text: &[u8], mut at: usize, lone: &mut Vec<usize>) -> usize {
    while let Some(&byte) = text.get(at) {
        match byte {
            b'"' => return at + 1,
            b'\\' => at = escape(text, at, lone),
            _ => at += 1,
        }
    }
    at
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

        assert_eq!(survey, Survey { depth: 2, values: 5, members: 2, lone_surrogates: vec![] });
    }

    #[test]
    fn only_halves_of_pairs_are_lone() {
        assert_eq!(of(br#""\ud83d\ude00""#).lone_surrogates, Vec::<usize>::new());
        assert_eq!(of(br#""\\ud83d""#).lone_surrogates, Vec::<usize>::new());
        assert_eq!(of(br#""\ud83d\n\ude00""#).lone_surrogates, vec![3, 11]);
        assert_eq!(of(br#""\ud83d\ud83d\ude00""#).lone_surrogates, vec![3]);
        assert_eq!(of(br#""\uDC00"#).lone_surrogates, vec![3]);
    }
}
