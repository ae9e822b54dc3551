//! What people see: HTTP, the page, the log lines.

use std::{path::PathBuf, time::Duration};

use serde::{Deserialize, Serialize};

/// The HTTP server.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct HttpConfig {
    /// How long a query waits for the position that its caller wants to read.
    #[serde(with = "humantime_serde")]
    pub after_patience: Duration,
    /// How long open requests may take to end when the house stops.
    #[serde(with = "humantime_serde")]
    pub farewell: Duration,
    /// How long a WebSocket waits for somebody who does not read, before it is dropped; any other connection waits three
    /// times as long.
    #[serde(with = "humantime_serde")]
    pub slow_reader: Duration,
    /// How long somebody stays logged in in a browser.
    #[serde(with = "humantime_serde")]
    pub session: Duration,
    /// Pages of which other origins may ask with a key, with blanks between them; `*` for all.
    pub origins: String,
}

impl Default for HttpConfig {
    fn default() -> Self {
        Self {
            after_patience: Duration::from_secs(5),
            farewell: Duration::from_secs(3),
            slow_reader: Duration::from_secs(30),
            session: Duration::from_secs(30 * 24 * 60 * 60),
            origins: String::new(),
        }
    }
}

/// The page: NextChat, with this house as its origin.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct NextChatConfig {
    /// Where a NextChat runs that is asked for the page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The folder of a built NextChat, served without any Node.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dir: Option<PathBuf>,
    /// Which other origins the page may load pictures from and speak to, with blanks between them.
    pub allow: String,
}

/// The log lines.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LogConfig {
    /// Which lines, as `tracing` filters are written.
    pub filter: String,
    /// In which form.
    pub format: LogFormat,
}

impl Default for LogConfig {
    fn default() -> Self {
        Self { filter: "info,async_nats=warn,sqlx=warn".to_owned(), format: LogFormat::Text }
    }
}

/// In which form log lines are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    Text,
    /// For programs.
    Json,
}
