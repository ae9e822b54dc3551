//! One nats-server and one PostgreSQL for a bench, as the house brings up its own: both sync what they acknowledge.
//!
//! Keys are in memory, where the house too has those at hand that were used a moment ago.

use std::sync::Arc;

use async_nats::{Client, ConnectOptions, ServerAddr};
use domain::commit::Epoch;
use innkeeper::{
    config::{cache_folder, search_path},
    embedded::{Embedded, Options, Wanted},
};
use nats::{Journal, JournalOptions, Nats, NatsOptions, connect, ensure, keys::Pocket};
use tempfile::TempDir;

/// Servers, and a log on one of them.
pub(crate) struct Ground {
    servers: Embedded,
    folder: TempDir,
    pub(crate) nats: Nats,
    pub(crate) journal: Journal,
}

impl Ground {
    /// Beside the build, where the disk is a real one.
    pub(crate) async fn prepare() -> Self {
        let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        let options = Options {
            data: folder.path().to_owned(),
            cache: cache_folder(),
            guard: std::env::current_exe().unwrap(),
            search: search_path(),
            nats: Wanted::Embedded,
            postgres: Wanted::Embedded,
        };
        let servers = Embedded::start(&options).await.unwrap();
        let nats = connect(&NatsOptions::new(servers.nats_url().expose())).await.unwrap();
        ensure(&nats, Epoch::new(1)).await.unwrap();
        let journal =
            Journal::open(&nats, Arc::new(Pocket::default()), JournalOptions::default()).await.unwrap();
        Self { servers, folder, nats, journal }
    }

    /// The nats-server, without us between.
    pub(crate) async fn raw(&self) -> Client {
        let address: ServerAddr = self.servers.nats_url().expose().parse().unwrap();
        let (user, password) =
            (address.username().unwrap().to_owned(), address.password().unwrap().to_owned());
        ConnectOptions::with_user_and_password(user, password).connect(address).await.unwrap()
    }

    pub(crate) fn database_url(&self) -> &str {
        self.servers.database_url().expose()
    }

    pub(crate) async fn clear(self) {
        self.nats.close().await;
        self.servers.stop().await;
        drop(self.folder);
    }
}
