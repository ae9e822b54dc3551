//! A word that must not be seen: keys and passwords.
//!
//! It prints and serialises as `***`, so that neither a log line nor `innkeeper config` nor an API answer can tell it;
//! whoever really sends it asks for it by name with [`Secret::expose`]. A client that reads settings and writes them
//! back sends `***`, which therefore means "leave it as it is" and never becomes a password.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// What is shown instead.
pub const MASK: &str = "***";

#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct Secret(String);

impl Secret {
    pub fn new(word: impl Into<String>) -> Self {
        Self(word.into())
    }

    /// The word itself, for the one place that sends it.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether this is only the mask that we showed, come back to us.
    pub fn is_mask(&self) -> bool {
        self.0 == MASK
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(MASK)
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(MASK)
    }
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(MASK)
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self)
    }
}

#[cfg(test)]
mod spec {
    use super::*;

    #[test]
    fn a_secret_is_never_printed() {
        let secret = Secret::new("hunter2");

        let seen = format!("{secret} {secret:?} {}", serde_json::to_string(&secret).unwrap());

        assert_eq!(seen, "*** *** \"***\"");
        assert_eq!(secret.expose(), "hunter2");
    }

    #[test]
    fn a_secret_that_comes_back_as_shown_is_known_as_the_mask() {
        let shown = serde_json::to_string(&Secret::new("hunter2")).unwrap();

        assert!(serde_json::from_str::<Secret>(&shown).unwrap().is_mask());
    }
}
