//! What is in force: defaults, then a TOML file, then the environment, then the command line.
//!
//! Every key has a type and a bound, and an unknown one is refused, so that a misspelt setting is not silently none.
//! Secrets print as `***`. The environment is read here and nowhere else.

mod environment;
mod front;
mod house_provider;
mod keeping;
mod model;
mod stores;
mod telling;

use std::path::PathBuf;

use figment::{
    Figment,
    providers::{Format, Serialized, Toml},
};
use serde::{Deserialize, Serialize};

pub use environment::{cache_folder, search_path};
pub use front::{HttpConfig, LogConfig, LogFormat, NextChatConfig};
pub use house_provider::{OpenAiConfig, ProviderKind, SillyTavernConfig};
pub use keeping::{AuditConfig, BackupConfig};
pub use model::{PatienceConfig, PromptConfig, SamplingConfig, WorkerConfig};
pub use stores::{DatabaseConfig, KeysConfig, NatsConfig};
pub use telling::{EventsConfig, WebhooksConfig};

use crate::{provider::ProviderSettings, secret::Secret};

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
