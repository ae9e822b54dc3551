//! How it is proved and kept that history is what it was.

use std::{path::PathBuf, time::Duration};

use serde::{Deserialize, Serialize};

use crate::secret::Secret;

/// The proof that history is what it was.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AuditConfig {
    /// The key that signs checkpoints of the log, as 64 hexadecimal digits; without one, it is made once and kept in the
    /// data folder. Processes that share a log share it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<Secret>,
    /// Public keys that signed checkpoints before, where the key was changed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub former_keys: Vec<String>,
    /// A checkpoint is signed after so many commits,
    pub every_commits: u64,
    /// or so long after the first commit that is in none yet.
    #[serde(with = "humantime_serde")]
    pub every: Duration,
    /// The file to which signed checkpoints are appended; by default `audit.checkpoints` in the data folder. Best on
    /// another machine.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<PathBuf>,
}

impl Default for AuditConfig {
    fn default() -> Self {
        Self {
            key: None,
            former_keys: vec![],
            every_commits: 1_000,
            every: Duration::from_secs(60),
            file: None,
        }
    }
}

/// Backups.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct BackupConfig {
    /// Who can open backups, as age recipients (`age1…`); without one, the key in `backup.key` of the data folder, which is
    /// made once.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub recipients: Vec<String>,
    /// The file that says who was erased, by their ids; by default `erased.ledger` in the data folder. It is in no backup and
    /// has to outlive them: whoever is in it is erased again when an old backup comes back. Best on another machine.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ledger: Option<PathBuf>,
}
