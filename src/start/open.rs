//! Opening the house on its ground: connections, streams, checks, tables.

use std::{sync::Arc, time::Duration};

use domain::commit::Epoch;
use nats::{Journal, JournalOptions, NatsOptions, Objects, SyncAlways, Tolerance};
use sqlx::{PgPool, postgres::PgPoolOptions};

use super::{Ground, StartError};
use crate::{
    audit::Notary,
    config::Config,
    door::Door,
    house::{House, Parts, Workers},
    keys::Ring,
    progress::Progress,
    provider::{Patience, Providers, http::Outside, registry::Manners},
    stamp,
    vault::Vault,
};

/// How long a caller waits for a connection to Postgres.
const CONNECTION: Duration = Duration::from_secs(5);

/// Opens the house.
pub async fn open(ground: &Ground, config: Config, workers: Workers) -> Result<House, StartError> {
    let keys = open_keys(ground, &config).await?;
    let (log, pool) = tokio::join!(open_log(ground, &config, &keys), open_tables(ground, &config));
    let ((nats, journal, objects), pool) = (log?, pool?);
    let secrets_key = ground.secrets_key(&config)?;
    let (vault, door) = (Vault::new(&secrets_key)?, Door::new(&secrets_key, config.http.session));
    let providers = Providers::new(manners(&config)).map_err(StartError::Client)?;
    let progress = Progress::new(pool.clone());
    let provider = config.house_provider()?;
    let notary = Notary::new(&nats, &journal, &pool, &config, &ground.audit_key(&config)?)?;
    let parts = Parts {
        config,
        nats,
        journal,
        keys,
        objects,
        pool,
        progress,
        providers,
        provider,
        vault,
        door,
        notary,
    };
    Ok(House::new(parts, workers))
}

async fn open_keys(ground: &Ground, config: &Config) -> Result<Ring, StartError> {
    let master = ground.master_key(config).await?;
    Ok(Ring::open(config.keys.url.as_ref(), &ground.database_url, master).await?)
}

async fn open_log(
    ground: &Ground,
    config: &Config,
    keys: &Ring,
) -> Result<(nats::Nats, Journal, Objects), StartError> {
    let mut options = NatsOptions::new(ground.nats_url.expose());
    options.credentials.clone_from(&config.nats.credentials);
    options.prefix = config.nats.prefix.parse()?;
    options.replicas = config.nats.replicas;
    let nats = nats::connect(&options).await?;
    nats::ensure(&nats, Epoch::new(stamp::number())).await?;
    let tolerance = if config.nats.allow_lossy { Tolerance::Lossy } else { Tolerance::Strict };
    nats::check(&nats, tolerance, sync(ground, config).await).await?;
    let patience = JournalOptions { patience: config.nats.patience, ..JournalOptions::default() };
    let journal = Journal::open(&nats, Arc::new(keys.clone()), patience).await?;
    let objects = Objects::open(&nats, Arc::new(keys.clone())).await?;
    Ok((nats, journal, objects))
}

/// What is known of the server's `sync_interval`: of an embedded one we know, of others their monitor tells.
async fn sync(ground: &Ground, config: &Config) -> SyncAlways {
    let Some(url) = &config.nats.monitor else { return ground.sync };
    nats::checks::monitor::sync_always(url).await.unwrap_or_else(|error| {
        tracing::warn!(error = &error as &dyn std::error::Error, "the monitor of NATS does not answer");
        ground.sync
    })
}

async fn open_tables(ground: &Ground, config: &Config) -> Result<PgPool, StartError> {
    let pool = PgPoolOptions::new()
        .max_connections(config.database.connections)
        .acquire_timeout(CONNECTION)
        .connect(ground.database_url.expose())
        .await
        .map_err(StartError::Database)?;
    projections::migrate(&pool).await.map_err(StartError::Migrate)?;
    Ok(pool)
}

fn manners(config: &Config) -> Manners {
    let patience = &config.patience;
    Manners {
        outside: Outside { connect: patience.connect, ..Outside::default() },
        patience: Patience {
            first_token: patience.first_token,
            between_tokens: patience.between_tokens,
            whole_reply: patience.whole_reply,
            retries: patience.retries,
            ..Patience::default()
        },
        demo_pause: patience.demo_pause,
        ..Manners::default()
    }
}
