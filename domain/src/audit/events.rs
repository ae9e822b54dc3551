//! What can happen in an audit. Names and fields are stored: they are for ever (law 8).

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::LookId;
use crate::{event::events, user::KeyId};

/// Somebody read history who may.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HistoryConsulted {
    /// Which time.
    pub look: LookId,
    /// What for, as a stable name: `verify`, `prove`, `export`, `prompt`.
    pub purpose: String,
    /// Whether private words were opened.
    pub words: Words,
    /// The first commit that was asked for, if any was named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<u64>,
    /// The last one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<u64>,
    /// The one thing that was asked about, if it was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub about: Option<Uuid>,
    /// By which key, if over HTTP.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<KeyId>,
}

/// Whether private words are opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Words {
    /// They stay as they are stored.
    Sealed,
    /// They are opened, as far as their keys are still there.
    Opened,
}

events! {
    /// What can happen in an audit.
    AuditEvent in Audit {
        HistoryConsulted @ 1,
    }
}
