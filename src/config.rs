//! What is in force: defaults, then a TOML file, then the environment, then the command line.
//!
//! Every key has a type and a bound, and an unknown one is refused, so that a misspelt setting is not silently none.
//! Secrets print as `***`. The environment is read here and nowhere else.

mod environment;
mod house_provider;

use std::{path::PathBuf, time::Duration};

use figment::{
    Figment,
    providers::{Format, Serialized, Toml},
};
use serde::{Deserialize, Serialize};

pub use environment::{cache_folder, search_path};
pub use house_provider::{OpenAiConfig, ProviderKind, SillyTavernConfig};

use crate::{provider::ProviderSettings, secret::Secret, webhooks::Reach};

/// Everything that can be set.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// The folder that holds the data of the embedded servers, the owner's key and the house's secrets.
    pub data: PathBuf,
    /// Where HTTP is answered; port 0 takes a free one.
    pub listen: String,
    /// What the first user of the house is called.
    pub owner: String,
    /// The key under which secrets of provider settings are sealed, as 64 hexadecimal digits; without one, it is made
    /// once and kept in the data folder. Processes that share a log share it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secrets_key: Option<Secret>,
    /// The master key, under which the keys of people are wrapped, as 64 hexadecimal digits; without one, it is made once
    /// and kept in the data folder. Processes that share a log share it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub master_key: Option<Secret>,
    /// A command that prints the master key, instead: a client of a vault.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub master_key_command: Option<Secret>,
    /// Which back end answers where neither a user nor a character has chosen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provider: Option<ProviderKind>,
    /// The NATS server.
    pub nats: NatsConfig,
    /// The Postgres server.
    pub database: DatabaseConfig,
    /// The keys under which people's words are sealed in the log.
    pub keys: KeysConfig,
    /// SillyTavern as a back end.
    pub sillytavern: SillyTavernConfig,
    /// An OpenAI-compatible endpoint as a back end.
    pub openai: OpenAiConfig,
    /// How the model is to choose its words.
    pub sampling: SamplingConfig,
    /// How patient the house is with back ends.
    pub patience: PatienceConfig,
    /// How prompts are assembled.
    pub prompt: PromptConfig,
    /// The worker.
    pub worker: WorkerConfig,
    /// What analysts read.
    pub events: EventsConfig,
    /// What is told over HTTP.
    pub webhooks: WebhooksConfig,
    /// The HTTP server.
    pub http: HttpConfig,
    /// The proof that history is what it was.
    pub audit: AuditConfig,
    /// Backups.
    pub backup: BackupConfig,
    /// The page: NextChat, with this house as its origin.
    pub nextchat: NextChatConfig,
    /// The log lines.
    pub log: LogConfig,
}

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

/// The keys under which people's words are sealed in the log.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct KeysConfig {
    /// The address of their database; without one, it lies beside the house's own, with `_keys` behind its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<Secret>,
}

/// How the model is to choose its words.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SamplingConfig {
    /// From 0 to 2.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub temperature: Option<f64>,
    /// From 0 to 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub top_p: Option<f64>,
    /// The longest reply, in tokens.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_tokens: Option<u32>,
}

/// How patient the house is with back ends.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PatienceConfig {
    /// To connect.
    #[serde(with = "humantime_serde")]
    pub connect: Duration,
    /// To the first token.
    #[serde(with = "humantime_serde")]
    pub first_token: Duration,
    /// Between two tokens.
    #[serde(with = "humantime_serde")]
    pub between_tokens: Duration,
    /// From the first token to the last.
    #[serde(with = "humantime_serde")]
    pub whole_reply: Duration,
    /// How often a back end is asked again before its first token.
    pub retries: usize,
    /// How long the demo rests before each word.
    #[serde(with = "humantime_serde")]
    pub demo_pause: Duration,
}

/// How prompts are assembled.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PromptConfig {
    /// How many tokens a prompt and its reply may have together.
    pub context_tokens: u32,
    /// How many of them are kept for the reply where the settings do not say.
    pub reply_tokens: u32,
    /// The house's system text, instead of the built-in one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub system: Option<String>,
    /// The words by which a model is asked what the person could say next, instead of the built-in ones.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub impersonation: Option<String>,
}

/// The worker.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct WorkerConfig {
    /// How many replies a process says at once.
    pub replies_at_once: usize,
    /// A reply whose worker is silent for this long is given to another one.
    #[serde(with = "humantime_serde")]
    pub ack_wait: Duration,
}

/// What analysts read.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct EventsConfig {
    /// Whether anything is published to them.
    pub publish: bool,
    /// How long it is kept; 0s keeps it for ever.
    #[serde(with = "humantime_serde")]
    pub keep_for: Duration,
    /// How many bytes of it are kept; 0 sets no bound.
    pub keep_bytes: u64,
}

/// What is told over HTTP.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct WebhooksConfig {
    /// Whether hooks may go to addresses behind the house's own wall, and over HTTP without TLS.
    pub allow_private: bool,
    /// How long a receiver may take to answer.
    #[serde(with = "humantime_serde")]
    pub timeout: Duration,
    /// How often an event is tried before it is put with what was not delivered.
    pub attempts: u32,
    /// How long it takes until an event is tried again; each time about four times as long as before.
    #[serde(with = "humantime_serde")]
    pub first_wait: Duration,
    /// The longest of these waits.
    #[serde(with = "humantime_serde")]
    pub longest_wait: Duration,
}

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

/// The log lines.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LogConfig {
    /// Which lines, as `tracing` filters are written.
    pub filter: String,
    /// In which form.
    pub format: LogFormat,
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

impl Default for Config {
    fn default() -> Self {
        Self {
            data: environment::data_folder(),
            listen: "127.0.0.1:4665".to_owned(),
            owner: "Owner".to_owned(),
            secrets_key: None,
            master_key: None,
            master_key_command: None,
            provider: None,
            nats: NatsConfig::default(),
            database: DatabaseConfig::default(),
            keys: KeysConfig::default(),
            sillytavern: SillyTavernConfig::default(),
            openai: OpenAiConfig::default(),
            sampling: SamplingConfig::default(),
            patience: PatienceConfig::default(),
            prompt: PromptConfig::default(),
            worker: WorkerConfig::default(),
            events: EventsConfig::default(),
            webhooks: WebhooksConfig::default(),
            http: HttpConfig::default(),
            audit: AuditConfig::default(),
            backup: BackupConfig::default(),
            nextchat: NextChatConfig::default(),
            log: LogConfig::default(),
        }
    }
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

impl Default for DatabaseConfig {
    fn default() -> Self {
        Self { url: None, connections: 16 }
    }
}

impl Default for PatienceConfig {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            first_token: Duration::from_secs(90),
            between_tokens: Duration::from_secs(30),
            whole_reply: Duration::from_secs(15 * 60),
            retries: 3,
            demo_pause: Duration::from_millis(15),
        }
    }
}

impl Default for PromptConfig {
    fn default() -> Self {
        Self { context_tokens: 8192, reply_tokens: 512, system: None, impersonation: None }
    }
}

impl Default for WorkerConfig {
    fn default() -> Self {
        Self { replies_at_once: 2_000, ack_wait: Duration::from_secs(5) }
    }
}

impl Default for EventsConfig {
    fn default() -> Self {
        Self { publish: true, keep_for: Duration::from_secs(365 * 24 * 3600), keep_bytes: 0 }
    }
}

impl Default for WebhooksConfig {
    fn default() -> Self {
        Self {
            allow_private: false,
            timeout: Duration::from_secs(15),
            attempts: 10,
            first_wait: Duration::from_secs(5),
            longest_wait: Duration::from_secs(10 * 3600),
        }
    }
}

impl WebhooksConfig {
    /// How far hooks may go.
    pub fn reach(&self) -> Reach {
        if self.allow_private { Reach::Anywhere } else { Reach::Public }
    }
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

impl Default for LogConfig {
    fn default() -> Self {
        Self { filter: "info,async_nats=warn,sqlx=warn".to_owned(), format: LogFormat::Text }
    }
}

/// Why the configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A key is unknown, or a value does not fit.
    #[error("the configuration cannot be used: {0}")]
    Unusable(Box<figment::Error>),
    /// The file that was named is not there.
    #[error("there is no configuration file at {0}")]
    NoFile(PathBuf),
    /// The settings of a back end do not fit together.
    #[error("the settings of the model provider cannot be used: {0}")]
    Provider(#[from] crate::provider::settings::SettingsError),
}

/// What the command line says.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Overrides {
    /// The folder of the data.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data: Option<PathBuf>,
    /// Where HTTP is answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub listen: Option<String>,
    /// The NATS server.
    #[serde(skip_serializing_if = "NatsOverrides::is_empty")]
    pub nats: NatsOverrides,
}

/// What the command line says of NATS.
#[derive(Debug, Clone, Default, Serialize)]
pub struct NatsOverrides {
    /// Start on a log that may lose or rewrite history.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allow_lossy: Option<bool>,
}

impl NatsOverrides {
    fn is_empty(&self) -> bool {
        self.allow_lossy.is_none()
    }
}

impl Config {
    /// Reads what is in force; the file only if one is named or lies in the data folder.
    pub fn read(file: Option<PathBuf>, overrides: &Overrides) -> Result<Self, ConfigError> {
        if let Some(file) = file.as_ref().filter(|file| !file.is_file()) {
            return Err(ConfigError::NoFile(file.clone()));
        }
        let figment = Figment::from(Serialized::defaults(Self::default()));
        let figment = match file.or_else(environment::config_file) {
            Some(file) => figment.merge(Toml::file_exact(file)),
            None => figment,
        };
        let figment = figment.merge(environment::layer()).merge(Serialized::defaults(overrides));
        let config: Self = figment.extract().map_err(|error| ConfigError::Unusable(Box::new(error)))?;
        config.house_provider()?;
        Ok(config)
    }

    /// The provider settings of the house, checked.
    pub fn house_provider(&self) -> Result<ProviderSettings, ConfigError> {
        house_provider::settings(self)
    }

    /// As TOML, with secrets hidden.
    pub fn print(&self) -> Result<String, toml::ser::Error> {
        toml::to_string_pretty(self)
    }
}

#[cfg(test)]
mod spec;
