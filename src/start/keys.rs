//! `innkeeper keys`: what an operator does to the keys under which people's words are sealed.

use std::{fs, path::Path};

use zeroize::Zeroizing;

use super::{Ground, StartError};
use crate::{
    config::Config,
    keys::{KeysError, Master, Ring},
};

/// Makes a new key for everybody, and says so.
pub async fn rotate_keys(ground: &Ground, config: &Config) -> Result<String, StartError> {
    let master = ground.master_key(config).await?;
    let ring = Ring::open(config.keys.url.as_ref(), &ground.database_url, master).await?;
    let made = ring.rotate().await.map_err(StartError::KeysAway);
    ring.close().await;
    Ok(format!("{} people have a new key; running houses take it up within five minutes\n", made?))
}

/// Wraps all keys under the master key that is in force, and says so.
pub async fn rewrap_keys(ground: &Ground, config: &Config, old: &Path) -> Result<String, StartError> {
    let unreadable = |source| StartError::Folder { doing: "read", path: old.to_owned(), source };
    let text = Zeroizing::new(fs::read_to_string(old).map_err(unreadable)?);
    let old = Master::parse(&text).map_err(KeysError::from)?;
    let master = ground.master_key(config).await?;
    let ring = Ring::reach(config.keys.url.as_ref(), &ground.database_url, master).await?;
    let wrapped = ring.wrap_anew(&old).await.map_err(StartError::KeysAway);
    ring.close().await;
    Ok(format!("{} keys are wrapped under the master key that is in force\n", wrapped?))
}
