//! What a key may do beside what every key may: look after its owner's own things.

use serde::{Deserialize, Serialize};

/// Rights over everybody's history. A key has none unless the operator gives it some.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rights {
    /// Verify history and read it sealed.
    #[serde(default)]
    pub audit: bool,
    /// Open private words.
    #[serde(default)]
    pub open: bool,
}

impl Rights {
    /// Whether these are none.
    pub const fn is_none(&self) -> bool {
        !self.audit && !self.open
    }
}
