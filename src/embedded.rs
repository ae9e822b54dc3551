//! Real servers of our own: nats-server and PostgreSQL as child processes, so that one command on a bare machine is enough.
//!
//! Why real ones: the house behaves the same on a laptop and on a cluster, and no test meets an imitation.
//! What a reader may rely on:
//!
//! - no server outlives us, however we end, and none is ever ended without a chance to close its files (`guard`);
//! - one innkeeper works on a folder at a time, and a new one waits for the servers of the last (`lock`, `orphan`);
//! - data is never opened by an older server than the one that made it (`version`);
//! - nobody else on the machine gets in: loopback only, random passwords in owner-only files, and no way to print them
//!   (`password`).
//!
//! A server that dies is not started again: [`Embedded::died`] tells, and the caller ends with a clear word. Configuration is
//! not read here either; everything comes in by [`Options`].
//!
//! ```text
//! DIR/run/      lock, servers, ports and process ids        (worthless when nothing runs)
//! DIR/logs/     nats.log, postgres.log, initdb.log
//! DIR/nats/     made_by.json, passwords, server.conf, store/ (the log: the truth)
//! DIR/postgres/ made_by.json, password, data/               (rebuilt from the log if lost)
//! ```

mod binaries;
mod error;
mod files;
mod guard;
mod identity;
mod lock;
mod nats;
mod orphan;
mod password;
mod postgres;

mod tether;
mod version;

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::secret::Secret;
pub use error::Error;
pub use guard::{GUARD, guard_main};
use guard::{Guarded, Watch};
use lock::Lock;
use nats::Doors;
pub use version::Version;

/// What the servers need to know.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where everything is kept: one folder a house.
    pub data: PathBuf,
    /// Where fetched programs are kept, for all houses of this user.
    pub cache: PathBuf,
    /// Our own executable, which calls [`guard_main`] when its first argument is [`GUARD`].
    pub guard: PathBuf,
    /// Where to look for programs: the value of `PATH`.
    pub search: OsString,
    pub nats: Wanted,
    pub postgres: Wanted,
}

/// Whether a server is ours to run.
#[derive(Debug, Clone)]
pub enum Wanted {
    /// Run one.
    Embedded,
    /// One runs already, at this address.
    At(Secret),
}

/// Which of the two servers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    Nats,
    Postgres,
}

/// The running servers. Dropping it ends them; [`Embedded::stop`] also waits until they have.
#[derive(Debug)]
pub struct Embedded {
    nats_url: Secret,
    publisher_url: Option<Secret>,
    analyst_url: Option<Secret>,
    database_url: Secret,
    nats: Option<Guarded>,
    postgres: Option<Guarded>,
    _lock: Lock,
}

impl Embedded {
    /// Take the folder and bring up the servers that are wanted, both at once.
    pub async fn start(options: &Options) -> Result<Self, Error> {
        files::private_folder(&options.data).map_err(Error::folder("create", &options.data))?;
        let data = options.data.canonicalize().map_err(Error::folder("open", &options.data))?;
        for folder in [data.join("run"), data.join("logs")] {
            files::private_folder(&folder).map_err(Error::folder("create", &folder))?;
        }
        let lock = Lock::take(&data).await?;
        let ground = Ground {
            data: &data,
            cache: &options.cache,
            guard: &options.guard,
            search: &options.search,
            lock: &lock,
        };
        let ((nats, doors), (postgres, database_url)) =
            tokio::try_join!(nats(&ground, &options.nats), postgres(&ground, &options.postgres))?;
        let (nats_url, publisher_url, analyst_url) = match doors {
            Ok(Doors { house, publisher, analyst }) => (house, Some(publisher), Some(analyst)),
            Err(url) => (url, None, None),
        };
        Ok(Self { nats_url, publisher_url, analyst_url, database_url, nats, postgres, _lock: lock })
    }

    /// The address of NATS, with the password in it.
    pub fn nats_url(&self) -> &Secret {
        &self.nats_url
    }

    /// The address of NATS for whoever writes what analysts read, if the server is ours.
    pub fn publisher_url(&self) -> Option<&Secret> {
        self.publisher_url.as_ref()
    }

    /// The address of NATS for analysts, if the server is ours.
    pub fn analyst_url(&self) -> Option<&Secret> {
        self.analyst_url.as_ref()
    }

    /// The address of the database, with the password in it.
    pub fn database_url(&self) -> &Secret {
        &self.database_url
    }

    /// Wait until one of our servers has ended by itself, and what to say of it. For ever, if all is well.
    pub async fn died(&mut self) -> Error {
        tokio::select! {
            error = death(self.nats.as_mut(), Which::Nats) => error,
            error = death(self.postgres.as_mut(), Which::Postgres) => error,
        }
    }

    /// Ask the servers to close their files and end, and wait until they have.
    pub async fn stop(self) {
        tokio::join!(stop(self.nats, Which::Nats), stop(self.postgres, Which::Postgres));
    }
}

/// The server with its doors, or the address of somebody else's.
async fn nats(
    ground: &Ground<'_>,
    wanted: &Wanted,
) -> Result<(Option<Guarded>, Result<Doors, Secret>), Error> {
    match wanted {
        Wanted::At(url) => Ok((None, Err(url.clone()))),
        Wanted::Embedded => nats::start(ground).await.map(|(server, doors)| (Some(server), Ok(doors))),
    }
}

async fn postgres(ground: &Ground<'_>, wanted: &Wanted) -> Result<(Option<Guarded>, Secret), Error> {
    match wanted {
        Wanted::At(url) => Ok((None, url.clone())),
        Wanted::Embedded => postgres::start(ground).await.map(|(server, url)| (Some(server), url)),
    }
}

async fn death(server: Option<&mut Guarded>, which: Which) -> Error {
    let Some(server) = server else { return std::future::pending().await };
    // Not being able to wait for it is as bad as its end.
    drop(server.exited().await);
    Error::Died { which, log: server.log().to_owned(), said: server.last_words() }
}

async fn stop(server: Option<Guarded>, which: Which) {
    let Some(server) = server else { return };
    match server.stop().await {
        Ok(status) => tracing::debug!(server = which.title(), %status, "stopped"),
        Err(error) => tracing::warn!(server = which.title(), %error, "cannot tell whether it has stopped"),
    }
}

impl Which {
    /// What people call it.
    pub fn title(self) -> &'static str {
        match self {
            Self::Nats => "nats-server",
            Self::Postgres => "PostgreSQL",
        }
    }

    fn program(self) -> &'static str {
        match self {
            Self::Nats => "nats-server",
            Self::Postgres => "postgres",
        }
    }

    fn setting(self) -> &'static str {
        match self {
            Self::Nats => "NATS_URL",
            Self::Postgres => "DATABASE_URL",
        }
    }

    /// The oldest version that we can work with.
    fn least(self) -> Version {
        match self {
            Self::Nats => Version::new(2, 12, 0),
            Self::Postgres => Version::new(15, 0, 0),
        }
    }

    fn hint(self) -> &'static str {
        match self {
            Self::Nats => "a nats-server program on PATH",
            Self::Postgres => "apt install postgresql, or its server programs on PATH",
        }
    }
}

/// What both servers stand on while they start.
struct Ground<'a> {
    data: &'a Path,
    cache: &'a Path,
    guard: &'a Path,
    search: &'a OsStr,
    lock: &'a Lock,
}

impl Ground<'_> {
    fn hold(&self) -> Result<File, Error> {
        self.lock.share().map_err(Error::folder("share the lock of", self.data))
    }

    fn log(&self, name: &str) -> PathBuf {
        self.data.join("logs").join(name).with_extension("log")
    }

    /// Run something under guard.
    fn run(&self, watch: Watch<'_>) -> Result<Guarded, Error> {
        let guard = watch.guard.to_owned();
        Guarded::start(watch).map_err(|source| Error::Run { program: guard, source })
    }

    /// Wait for the sign that a server is ready, unless it ends or takes too long.
    async fn until_ready<T>(
        &self,
        what: &'static str,
        server: &mut Guarded,
        patience: Duration,
        sign: impl Future<Output = T>,
    ) -> Result<T, Error> {
        let outcome = tokio::select! {
            _ = server.exited() => None,
            sign = tokio::time::timeout(patience, sign) => Some(sign),
        };
        match outcome {
            Some(Ok(sign)) => Ok(sign),
            Some(Err(_)) => Err(Error::NotReady { what, waited: patience, log: server.log().to_owned() }),
            None => Err(Error::Ended { what, log: server.log().to_owned(), said: server.last_words() }),
        }
    }
}

/// A line for the person at the terminal, who waits.
fn notice(line: &str) {
    // In one piece, so that two processes at one terminal do not mix their words.
    let line = format!("innkeeper: {line}\n");
    // Nobody reads it: nothing is lost but the line.
    let _ = std::io::stderr().write_all(line.as_bytes());
}
