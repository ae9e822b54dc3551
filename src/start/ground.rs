//! The ground that the house stands on: a data folder, a NATS server and a Postgres server, ours or somebody's.
//!
//! A process that embeds servers writes down their addresses (owner-only), so that commands such as `key create` and
//! further workers on the same folder find them while it runs.

use std::{
    fs,
    io::ErrorKind,
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use nats::SyncAlways;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::{Role, Roles, StartError};
use crate::{
    config::{self, Config},
    embedded::{self, Embedded, Wanted},
    keys::{KeysError, Master},
    secret::Secret,
    stamp, vault,
};

/// What the house stands on.
pub struct Ground {
    /// The data folder.
    pub data: PathBuf,
    /// The address of NATS.
    pub nats_url: Secret,
    /// The address of Postgres.
    pub database_url: Secret,
    /// What is known of NATS' `sync_interval`.
    pub sync: SyncAlways,
    /// Whose servers these are, in words.
    pub nats_is: &'static str,
    /// The same of Postgres.
    pub database_is: &'static str,
    embedded: Option<Embedded>,
}

/// The addresses of servers that a running house embeds.
#[derive(Serialize, Deserialize)]
struct Addresses {
    nats: String,
    database: String,
}

impl Ground {
    /// Finds or brings up what these roles need.
    pub async fn prepare(config: &Config, roles: Roles) -> Result<Self, StartError> {
        private_folder(&config.data)?;
        private_folder(&config.data.join("run"))?;
        if let (Some(nats), Some(database)) = (&config.nats.url, &config.database.url) {
            return Ok(Self::given(config, nats.clone(), database.clone()));
        }
        if roles.is_whole_house() {
            return Self::embed(config).await;
        }
        Self::of_running_house(config)
    }

    /// The same for a command that is over in a moment: on the servers of a running house, or on ones of its own.
    pub async fn borrow(config: &Config) -> Result<Self, StartError> {
        match Self::prepare(config, Roles::WHOLE_HOUSE).await {
            Err(StartError::Embedded(embedded::Error::AlreadyRunning { .. })) => {
                Self::of_running_house(config)
            }
            other => other,
        }
    }

    fn given(config: &Config, nats_url: Secret, database_url: Secret) -> Self {
        Self {
            data: config.data.clone(),
            nats_url,
            database_url,
            sync: SyncAlways::Unknown,
            nats_is: "yours",
            database_is: "yours",
            embedded: None,
        }
    }

    fn of_running_house(config: &Config) -> Result<Self, StartError> {
        let file = addresses_file(&config.data);
        let text = match fs::read(&file) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => {
                return Err(StartError::NoServers(config.data.clone()));
            }
            Err(source) => return Err(StartError::Folder { doing: "read", path: file, source }),
        };
        let addresses: Addresses =
            serde_json::from_slice(&text).map_err(|_| StartError::NoServers(config.data.clone()))?;
        let (nats, database) = (Secret::new(addresses.nats), Secret::new(addresses.database));
        Ok(Self { sync: SyncAlways::On, ..Self::given(config, nats, database) })
    }

    async fn embed(config: &Config) -> Result<Self, StartError> {
        let wanted = |url: &Option<Secret>| match url {
            Some(url) => Wanted::At(url.clone()),
            None => Wanted::Embedded,
        };
        let guard = std::env::current_exe();
        let guard = guard.map_err(|source| StartError::Folder {
            doing: "find our own executable for",
            path: config.data.clone(),
            source,
        })?;
        let embedded = Embedded::start(&embedded::Options {
            data: config.data.clone(),
            cache: config::cache_folder(),
            guard,
            search: config::search_path(),
            nats: wanted(&config.nats.url),
            postgres: wanted(&config.database.url),
        })
        .await?;
        let ours = |url: &Option<Secret>| if url.is_some() { "yours" } else { "embedded" };
        let ground = Self {
            data: config.data.clone(),
            nats_url: embedded.nats_url().clone(),
            database_url: embedded.database_url().clone(),
            sync: if config.nats.url.is_some() { SyncAlways::Unknown } else { SyncAlways::On },
            nats_is: ours(&config.nats.url),
            database_is: ours(&config.database.url),
            embedded: Some(embedded),
        };
        ground.write_addresses()?;
        Ok(ground)
    }

    fn write_addresses(&self) -> Result<(), StartError> {
        let (nats, database) = (self.nats_url.expose().to_owned(), self.database_url.expose().to_owned());
        let text = serde_json::to_vec(&Addresses { nats, database }).unwrap_or_default();
        write_private(&addresses_file(&self.data), &text)
    }

    /// Waits until an embedded server has died by itself; for ever, if none does.
    pub async fn died(&mut self) -> embedded::Error {
        match &mut self.embedded {
            Some(embedded) => embedded.died().await,
            None => std::future::pending().await,
        }
    }

    /// Takes down what was brought up.
    pub async fn clear(self) {
        let Some(embedded) = self.embedded else { return };
        let _ = fs::remove_file(addresses_file(&self.data));
        embedded.stop().await;
    }

    /// The key that seals secrets: the configured one, else the folder's, made once.
    pub fn secrets_key(&self, config: &Config) -> Result<[u8; vault::KEY_LENGTH], StartError> {
        self.key("secrets.key", config.secrets_key.as_ref())?.ok_or(StartError::BadSecretsKey)
    }

    /// The key that signs checkpoints of the log, alike.
    pub fn audit_key(&self, config: &Config) -> Result<[u8; vault::KEY_LENGTH], StartError> {
        self.key("audit.key", config.audit.key.as_ref())?.ok_or(StartError::BadAuditKey)
    }

    fn key(
        &self,
        file: &str,
        configured: Option<&Secret>,
    ) -> Result<Option<[u8; vault::KEY_LENGTH]>, StartError> {
        match configured {
            Some(key) => Ok(key_of(key.expose())),
            None => Ok(key_of(kept_once(&self.data.join(file))?.trim())),
        }
    }

    /// The master key, under which the keys of people are wrapped: the configured one, else what a command tells, else the
    /// folder's, made once.
    pub async fn master_key(&self, config: &Config) -> Result<Master, StartError> {
        let master = match (&config.master_key, &config.master_key_command) {
            (Some(key), _) => Master::parse(key.expose()),
            (None, Some(command)) => Master::told_by(command).await,
            (None, None) => Master::parse(&kept_once(&self.data.join("master.key"))?),
        };
        Ok(master.map_err(KeysError::from)?)
    }
}

/// What a file says that only its owner may read; where it is missing, it is made, with a key that nobody can guess.
fn kept_once(path: &Path) -> Result<Zeroizing<String>, StartError> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Zeroizing::new(text)),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let key = Zeroizing::new(hex::encode(stamp::secret::<{ vault::KEY_LENGTH }>()));
            write_private(path, key.as_bytes())?;
            Ok(key)
        }
        Err(source) => Err(StartError::Folder { doing: "read", path: path.to_owned(), source }),
    }
}

fn key_of(text: &str) -> Option<[u8; vault::KEY_LENGTH]> {
    let mut key = [0; vault::KEY_LENGTH];
    hex::decode_to_slice(text, &mut key).ok().map(|()| key)
}

fn addresses_file(data: &Path) -> PathBuf {
    data.join("run/servers.json")
}

fn private_folder(path: &Path) -> Result<(), StartError> {
    let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(path);
    made.map_err(|source| StartError::Folder { doing: "make the folder", path: path.to_owned(), source })
}

/// Writes a file that only its owner may read: whole, or not at all.
pub fn write_private(path: &Path, bytes: &[u8]) -> Result<(), StartError> {
    let wrong = |source| StartError::Folder { doing: "write", path: path.to_owned(), source };
    let new = path.with_extension("new");
    let _ = fs::remove_file(&new);
    let mut file =
        fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&new).map_err(wrong)?;
    std::io::Write::write_all(&mut file, bytes).map_err(wrong)?;
    file.sync_all().map_err(wrong)?;
    fs::rename(&new, path).map_err(wrong)
}

/// Whether these roles embed servers where none are given.
impl Roles {
    pub(super) fn is_whole_house(self) -> bool {
        [Role::Serve, Role::Project, Role::Work].into_iter().all(|role| self.has(role))
    }
}
