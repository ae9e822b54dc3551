//! Bringing the house up and down: servers, connections, roles, in this order, and back again.

mod ground;
mod keys;
mod open;
mod roles;
mod terminal;

use std::path::PathBuf;

use tokio_util::sync::CancellationToken;

pub use ground::{Ground, write_private};
pub use keys::{rewrap_keys, rotate_keys};
pub use open::open;
pub use roles::{Role, Roles};
pub use terminal::listen_for_signals;

use crate::{bootstrap, config::Config, embedded, house::Workers, projector::ProjectorError};

/// Why the house does not come up, or went down by itself.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The embedded servers do not come up.
    #[error(transparent)]
    Embedded(#[from] embedded::Error),
    /// A role alone does not embed servers.
    #[error(
        "no servers to work with: set NATS_URL and DATABASE_URL, or start `innkeeper` on {} first", .0.display()
    )]
    NoServers(PathBuf),
    /// The data folder cannot be used.
    #[error("cannot {doing} {}", path.display())]
    Folder {
        /// What was tried.
        doing: &'static str,
        /// On what.
        path: PathBuf,
        /// Why it failed.
        source: std::io::Error,
    },
    /// The key that seals secrets is not one.
    #[error("secrets_key is not 64 hexadecimal digits")]
    BadSecretsKey,
    /// The key that signs checkpoints is not one.
    #[error("audit.key is not 64 hexadecimal digits")]
    BadAuditKey,
    /// A public key that signed checkpoints before is not one.
    #[error("audit.former_keys holds something that is no public key")]
    BadFormerKey(#[from] proofs::KeyError),
    /// NATS is not there.
    #[error(transparent)]
    Nats(#[from] nats::ConnectError),
    /// The prefix of the subjects cannot be one.
    #[error(transparent)]
    Prefix(#[from] nats::NotAPrefix),
    /// The streams cannot be made.
    #[error(transparent)]
    Topology(#[from] nats::TopologyError),
    /// The log is not safe to write to.
    #[error(transparent)]
    Check(#[from] nats::CheckError),
    /// The log cannot be opened.
    #[error(transparent)]
    Journal(#[from] nats::OpenError),
    /// The object store cannot be opened.
    #[error(transparent)]
    Objects(#[from] nats::ObjectError),
    /// The log cannot be read.
    #[error(transparent)]
    Load(#[from] nats::LoadError),
    /// Postgres is not there.
    #[error("cannot connect to Postgres; is DATABASE_URL right?")]
    Database(#[source] sqlx::Error),
    /// The tables cannot be made.
    #[error("cannot bring the tables up to date")]
    Migrate(#[source] sqlx::migrate::MigrateError),
    /// The HTTP client cannot be built.
    #[error("cannot build the HTTP client")]
    Client(#[source] reqwest::Error),
    /// The keys of people cannot be opened.
    #[error(transparent)]
    Keys(#[from] crate::keys::KeysError),
    /// The keys of people cannot be looked after.
    #[error("the keys cannot be looked after right now")]
    KeysAway(#[source] nats::keys::KeyError),
    /// Secrets cannot be sealed.
    #[error(transparent)]
    Vault(#[from] crate::vault::VaultError),
    /// The settings of the back end cannot be used.
    #[error(transparent)]
    Config(#[from] crate::config::ConfigError),
    /// The address is taken, or not ours.
    #[error("cannot listen on {address}: {reason}; choose another address with --listen HOST:PORT")]
    Listen {
        /// Where.
        address: String,
        /// Why not.
        reason: String,
    },
    /// The first user or character cannot be taken in.
    #[error("cannot make the house ready for its owner")]
    Bootstrap(#[from] bootstrap::BootstrapError),
    /// The projector found something that an operator has to look at.
    #[error(transparent)]
    Projector(#[from] ProjectorError),
    /// The log was found broken.
    #[error("the log cannot be followed any further")]
    Tail(#[source] nats::FollowError),
    /// There can be no page.
    #[error(transparent)]
    Gateway(#[from] crate::gateway::GatewayError),
    /// HTTP cannot be served any more.
    #[error("HTTP cannot be served any more")]
    Http(#[source] std::io::Error),
    /// The metrics cannot be set up.
    #[error("the metrics cannot be set up")]
    Metrics(#[source] metrics_exporter_prometheus::BuildError),
}

/// Runs these roles until somebody says stop or something fatal happens, and takes everything down again.
pub async fn run(config: Config, roles: Roles) -> Result<(), StartError> {
    let stop = CancellationToken::new();
    listen_for_signals(stop.clone());
    let Some(mut ground) = unless(&stop, Ground::prepare(&config, roles)).await else { return Ok(()) };
    let outcome = match &mut ground {
        Ok(ground) => run_on(ground, config, roles, stop).await,
        Err(_) => Ok(()),
    };
    ground?.clear().await;
    outcome
}

async fn run_on(
    ground: &mut Ground,
    config: Config,
    roles: Roles,
    stop: CancellationToken,
) -> Result<(), StartError> {
    let workers = if roles.has(Role::Work) { Workers::Here } else { Workers::Elsewhere };
    let Some(house) = unless(&stop, open(ground, config, workers)).await else { return Ok(()) };
    let house = house?;
    let ended = tokio::select! {
        ended = roles::run(&house, roles, stop.clone()) => ended,
        error = ground.died() => {
            stop.cancel();
            Err(error.into())
        }
    };
    house.close().await;
    ended
}

/// The outcome, or nothing if somebody says stop first.
async fn unless<T>(stop: &CancellationToken, work: impl Future<Output = T>) -> Option<T> {
    tokio::select! {
        () = stop.cancelled() => None,
        outcome = work => Some(outcome),
    }
}
