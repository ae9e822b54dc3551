//! Where everything is kept: the log, the read models, the keys of people.

use std::{path::PathBuf, time::Duration};

use serde::{Deserialize, Serialize};

use crate::secret::Secret;

/// The NATS server.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct NatsConfig {
    /// Its address; without one, a server is embedded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<Secret>,
    /// The address of the account in which analysts read, where it is another one than the house's: with it, nobody who
    /// reads there can touch the log.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub events_url: Option<Secret>,
    /// A file of credentials (`.creds`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub credentials: Option<PathBuf>,
    /// Its monitoring address, where `sync_interval` can be seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub monitor: Option<String>,
    /// What every subject begins with, so that several houses can share one account.
    pub prefix: String,
    /// How many servers of a cluster keep each stream.
    pub replicas: usize,
    /// Start on a log that may lose or rewrite history.
    pub allow_lossy: bool,
    /// How long an append may take before its caller gets an answer.
    #[serde(with = "humantime_serde")]
    pub patience: Duration,
}

impl Default for NatsConfig {
    fn default() -> Self {
        Self {
            url: None,
            events_url: None,
            credentials: None,
            monitor: None,
            prefix: "ink".to_owned(),
            replicas: 1,
            allow_lossy: false,
            patience: Duration::from_secs(10),
        }
    }
}

/// The Postgres server.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DatabaseConfig {
    /// Its address; without one, a server is embedded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<Secret>,
    /// How many connections a process opens at most.
    pub connections: u32,
}

impl Default for DatabaseConfig {
    fn default() -> Self {
        Self { url: None, connections: 16 }
    }
}

/// The keys under which people's words are sealed in the log.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct KeysConfig {
    /// The address of their database; without one, it lies beside the house's own, with `_keys` behind its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<Secret>,
}
