//! A key of an entry: a word, or a pattern if it looks like one.

/// A key as what it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key<'a> {
    /// A word or words to look for.
    Words(&'a str),
    /// A regular expression as JavaScript spells it. It comes from a stranger, and not every pattern of JavaScript exists
    /// elsewhere: one that cannot be understood matches nothing.
    Pattern {
        /// What stands between the slashes, with `\/` for a slash.
        pattern: &'a str,
        /// Letters of `gimsuy`.
        flags: &'a str,
    },
}

impl<'a> Key<'a> {
    /// `/…/` with flags behind it is a pattern, unless a bare slash stands inside; everything else is words.
    #[must_use]
    pub fn of(key: &'a str) -> Self {
        pattern(key).map_or(Self::Words(key), |(pattern, flags)| Self::Pattern { pattern, flags })
    }
}

fn pattern(key: &str) -> Option<(&str, &str)> {
    let (pattern, flags) = key.strip_prefix('/')?.rsplit_once('/')?;
    let known = flags.chars().all(|flag| "gimsuy".contains(flag));
    (!pattern.is_empty() && known && !has_bare_slash(pattern)).then_some((pattern, flags))
}

fn has_bare_slash(pattern: &str) -> bool {
    let mut escaped = false;
    for c in pattern.chars() {
        if c == '/' && !escaped {
            return true;
        }
        escaped = c == '\\' && !escaped;
    }
    // The slash behind it would be escaped, so the pattern never ends.
    escaped
}

#[cfg(test)]
mod spec {
    use super::*;

    #[test]
    fn a_key_between_slashes_is_a_pattern() {
        let pattern = |pattern, flags| Key::Pattern { pattern, flags };

        assert_eq!(Key::of("/rain|storm/i"), pattern("rain|storm", "i"));
        assert_eq!(Key::of("/a\\/b/"), pattern("a\\/b", ""));
        assert_eq!(Key::of("/a\\\\/"), pattern("a\\\\", ""));
    }

    #[test]
    fn everything_else_is_words() {
        for words in ["rain", "", "/", "//", "/rain", "/a/b/i", "/rain/x", "and/or", "/a\\/", "rain/i"] {
            assert_eq!(Key::of(words), Key::Words(words));
        }
    }
}
