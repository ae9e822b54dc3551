//! What the stub is asked to say: the person's words are the script, so that it reaches the stub by every way alike.

use std::fmt;

/// A reply of so many tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Script {
    /// All at once, without ever waiting.
    Instant(u32),
    /// The first at once, then one every [`PACE`](crate::options::PACE).
    Paced(u32),
}

const INSTANT: &str = "[instant ";
const PACED: &str = "[paced ";

impl Script {
    /// How many tokens it has.
    pub(crate) const fn tokens(self) -> u32 {
        match self {
            Self::Instant(tokens) | Self::Paced(tokens) => tokens,
        }
    }

    /// The last script in a request: those before it are history.
    pub(crate) fn last_in(request: &str) -> Option<Self> {
        let instant = last(request, INSTANT).map(|(place, tokens)| (place, Self::Instant(tokens)));
        let paced = last(request, PACED).map(|(place, tokens)| (place, Self::Paced(tokens)));
        instant.into_iter().chain(paced).max_by_key(|(place, _)| *place).map(|(_, script)| script)
    }
}

fn last(request: &str, name: &str) -> Option<(usize, u32)> {
    let place = request.rfind(name)?;
    let (tokens, _) = request[place + name.len()..].split_once(']')?;
    Some((place, tokens.parse().ok()?))
}

impl fmt::Display for Script {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Instant(tokens) => write!(f, "{INSTANT}{tokens}]"),
            Self::Paced(tokens) => write!(f, "{PACED}{tokens}]"),
        }
    }
}
