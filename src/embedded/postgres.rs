//! A PostgreSQL of our own, on the loopback, with its data under the data folder.
//!
//! The settings are given on the command line, not written into the data folder: they belong to the program that starts
//! it, and change when that does. PostgreSQL cannot pick its own port, so one is picked for it, and another one if a
//! stranger was quicker. No Unix socket: its path would have to be short, and its folder known to nobody else.

mod cluster;

use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use nix::sys::signal::Signal;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgSslMode};
use sqlx::{Connection, Executor};
use tokio::net::TcpListener;

use self::cluster::Cluster;
use super::guard::{Guarded, Step, Watch};
use super::identity::Identity;
use super::tether::tether;
use super::{Error, Ground, Secret, Which, binaries, files, orphan, password, version};

const USER: &str = "innkeeper";
const DATABASE: &str = "innkeeper";

/// SIGINT: roll back, write a checkpoint, end. SIGQUIT: end at once; the next start repairs from the write-ahead log.
const END: [Step; 2] = [(Signal::SIGINT, Duration::from_secs(20)), (Signal::SIGQUIT, Duration::from_secs(5))];

/// After a crash it first works through its write-ahead log.
const PATIENCE: Duration = Duration::from_secs(120);

/// Fit for a small machine that does other things too. Nothing here weakens what a commit means.
const SETTINGS: [&str; 19] = [
    "listen_addresses=127.0.0.1",
    "unix_socket_directories=",
    "cluster_name=innkeeper",
    "max_connections=60",
    "shared_buffers=128MB",
    "work_mem=8MB",
    "maintenance_work_mem=64MB",
    "max_wal_size=512MB",
    // Nobody copies this server's changes elsewhere; these two spare a process and its memory.
    "max_wal_senders=0",
    "max_logical_replication_workers=0",
    // Short queries on indexes: neither compiling them nor sharing them out pays.
    "jit=off",
    "max_parallel_workers_per_gather=0",
    // On an SSD a random page costs hardly more than the next one.
    "random_page_cost=1.1",
    "timezone=UTC",
    // The guard writes the log. No statement and no row goes into it: they hold what people said.
    "logging_collector=off",
    "log_timezone=UTC",
    "log_checkpoints=off",
    "log_min_error_statement=panic",
    "log_error_verbosity=terse",
];

/// Start it, and wait until it takes connections; the address of our database, with the password in it.
pub(crate) async fn start(ground: &Ground<'_>) -> Result<(Guarded, Secret), Error> {
    let home = ground.data.join("postgres");
    files::private_folder(&home).map_err(Error::folder("create", &home))?;
    let made_by = version::remembered(&home)?;
    let found = binaries::find(Which::Postgres, ground.cache, ground.search, made_by).await?;
    version::admit(Which::Postgres, &home, found.version)?;

    let identity = Identity::choose(ground.search)?;
    let password = password::kept_in(&home.join("password")).map_err(Error::folder("write", &home))?;
    let cluster = Cluster::open(ground, &home, &identity, &found, USER, &password).await?;
    let pid_file = cluster.data.join("postmaster.pid");
    orphan::clear(Which::Postgres, &pid_file, &cluster.data, Signal::SIGINT).await?;

    let (server, port) = listen(ground, &identity, &cluster).await?;
    let options = PgConnectOptions::new_without_pgpass()
        .host("127.0.0.1")
        .port(port)
        .username(USER)
        .password(password.expose())
        .ssl_mode(PgSslMode::Disable);
    ensure_database(&options).await?;
    let secret = password.expose();
    Ok((
        server,
        Secret::new(format!("postgres://{USER}:{secret}@127.0.0.1:{port}/{DATABASE}?sslmode=disable")),
    ))
}

/// Start it on a free port; on another one, when the first was taken between our look and its own.
async fn listen(
    ground: &Ground<'_>,
    identity: &Identity,
    cluster: &Cluster,
) -> Result<(Guarded, u16), Error> {
    let mut tries = 0;
    loop {
        let port = free_port().await.map_err(Error::folder("find a port for", &cluster.data))?;
        let mut server = ground.run(Watch {
            guard: ground.guard,
            hold: ground.hold()?,
            log: &ground.log("postgres"),
            end: &END,
            account: identity.account(),
            command: command(ground, identity, cluster, port),
        })?;
        let ready =
            ground.until_ready("PostgreSQL", &mut server, PATIENCE, readiness(&cluster.data, port)).await;
        tries += 1;
        match ready {
            Ok(()) => return Ok((server, port)),
            Err(Error::Ended { said, .. }) if said.contains("could not bind") && tries < 5 => {}
            Err(error) => return Err(error),
        }
    }
}

fn command(ground: &Ground<'_>, identity: &Identity, cluster: &Cluster, port: u16) -> Vec<OsString> {
    let mut command = identity.prefix();
    command.extend(tether(Signal::SIGINT, ground.search));
    command.extend([cluster.program.clone().into(), "-D".into(), cluster.data.clone().into()]);
    for setting in SETTINGS {
        command.extend(["-c".into(), setting.into()]);
    }
    command.extend(["-c".into(), format!("port={port}").into()]);
    command
}

async fn free_port() -> std::io::Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0)).await?.local_addr()?.port())
}

/// PostgreSQL writes its state into its pid file: the port on line 4, `ready` on line 8. This is what `pg_ctl` reads, too.
async fn readiness(data: &Path, port: u16) {
    let since = Instant::now();
    let port = port.to_string();
    loop {
        let text = fs::read_to_string(data.join("postmaster.pid")).unwrap_or_default();
        let lines: Vec<&str> = text.lines().map(str::trim).collect();
        if lines.get(3) == Some(&port.as_str()) && lines.get(7) == Some(&"ready") {
            return;
        }
        let pause = if since.elapsed().as_secs() < 5 { 5 } else { 100 };
        tokio::time::sleep(Duration::from_millis(pause)).await;
    }
}

/// Our database, made at the first start.
async fn ensure_database(options: &PgConnectOptions) -> Result<(), Error> {
    let options = options.clone().database("postgres");
    let mut connection = PgConnection::connect_with(&options).await.map_err(Error::Database)?;
    if !is_there(&mut connection, "select from pg_database where datname = 'innkeeper'").await? {
        if !is_there(&mut connection, "select from pg_available_extensions where name = 'pg_trgm'").await? {
            return Err(Error::NoTrigrams);
        }
        connection.execute("create database innkeeper").await.map_err(Error::Database)?;
    }
    connection.close().await.map_err(Error::Database)
}

async fn is_there(connection: &mut PgConnection, query: &'static str) -> Result<bool, Error> {
    let row = sqlx::query(query).fetch_optional(connection).await;
    row.map(|row| row.is_some()).map_err(Error::Database)
}
