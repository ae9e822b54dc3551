//! One real nats-server and one real PostgreSQL for the whole run; every house gets a prefix and a database of its own.
//!
//! They come up the way the product brings up its own. Their guards hold a pipe to this process, so that they end with it.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};

use innkeeper::config::{cache_folder, search_path};
use innkeeper::embedded::{Embedded, Options, Wanted};
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use tokio::runtime::Runtime;
use tokio::sync::OnceCell;

use crate::undertaker;

/// The servers belong to no test, so neither does what watches over them.
static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| {
    tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime")
});
static SERVERS: OnceCell<Embedded> = OnceCell::const_new();

/// A place on the shared servers that nobody else uses.
pub(crate) struct Place {
    pub(crate) nats_url: String,
    pub(crate) publisher_url: String,
    pub(crate) analyst_url: String,
    pub(crate) prefix: String,
    pub(crate) database_url: String,
}

impl Place {
    pub(crate) async fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let servers = SERVERS.get_or_init(start).await;
        let name = format!("story_{}", COUNT.fetch_add(1, Ordering::Relaxed));
        let main = servers.database_url().expose();
        let mut connection = PgConnection::connect(main).await.expect("the shared database");
        let create = format!("create database {name}");
        sqlx::query(AssertSqlSafe(create)).execute(&mut connection).await.expect("a new database");
        let (server, rest) = main.rsplit_once('/').expect("an address with a database");
        let options = rest.split_once('?').map_or("", |(_, options)| options);
        Self {
            nats_url: servers.nats_url().expose().to_owned(),
            publisher_url: servers.publisher_url().expect("our own server").expose().to_owned(),
            analyst_url: servers.analyst_url().expect("our own server").expose().to_owned(),
            database_url: format!("{server}/{name}?{options}"),
            prefix: name,
        }
    }
}

async fn start() -> Embedded {
    let options = Options {
        data: undertaker::folder("servers"),
        cache: cache_folder(),
        guard: env!("CARGO_BIN_EXE_innkeeper").into(),
        search: search_path(),
        nats: Wanted::Embedded,
        postgres: Wanted::Embedded,
    };
    let started = RUNTIME.spawn(async move { Embedded::start(&options).await });
    started.await.expect("the start does not panic").expect("the shared servers start")
}
