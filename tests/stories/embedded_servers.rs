//! The embedded servers, on real ones: nothing is left behind, nothing is opened twice, nothing is lost.
//!
//! The innkeepers in here are separate processes where they must be killed, else they run in the test itself. The guard
//! is the real executable.

use std::fs;
use std::path::Path;
use std::time::Duration;

use innkeeper::config::{cache_folder, search_path};
use innkeeper::embedded::{Embedded, Error, Options, Wanted};
use sqlx::{Connection, PgConnection};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::house::{Innkeeper, Plan};

/// A data folder that is gone after the run.
struct House(Plan);

impl House {
    fn new() -> Self {
        Self(Plan::alone())
    }

    fn folder(&self) -> &Path {
        self.0.folder()
    }

    fn options(&self) -> Options {
        Options {
            data: self.folder().to_owned(),
            cache: cache_folder(),
            guard: env!("CARGO_BIN_EXE_innkeeper").into(),
            search: search_path(),
            nats: Wanted::Embedded,
            postgres: Wanted::Embedded,
        }
    }

    async fn start(&self) -> Embedded {
        Embedded::start(&self.options()).await.unwrap()
    }

    /// An innkeeper in a process of its own, once its servers are up.
    async fn start_apart(&self) -> Innkeeper {
        self.0.opens().await
    }

    /// The command lines of all processes that work on this folder, ours aside.
    fn processes(&self) -> Vec<String> {
        let listed = std::process::Command::new("ps").args(["-eww", "-o", "args="]).output().unwrap();
        let text = String::from_utf8_lossy(&listed.stdout).into_owned();
        let ours = self.folder().join("").display().to_string();
        text.lines().filter(|line| line.contains(&ours)).map(str::to_owned).collect()
    }

    async fn is_deserted(&self) {
        let deserted = async {
            while !self.processes().is_empty() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        let waited = tokio::time::timeout(Duration::from_secs(30), deserted).await;
        assert!(waited.is_ok(), "left behind: {:?}", self.processes());
    }
}

async fn database(embedded: &Embedded) -> PgConnection {
    PgConnection::connect(embedded.database_url().expose()).await.unwrap()
}

/// What NATS says to someone who comes with these words.
async fn nats_says(embedded: &Embedded, user: &str, password: &str) -> String {
    let address = embedded.nats_url().expose().rsplit('@').next().unwrap().to_owned();
    let mut stream = TcpStream::connect(address).await.unwrap();
    let hello =
        format!("CONNECT {{\"user\":\"{user}\",\"pass\":\"{password}\",\"verbose\":false}}\r\nPING\r\n");
    stream.write_all(hello.as_bytes()).await.unwrap();
    let mut said = String::new();
    while !said.contains("PONG") && !said.contains("-ERR") {
        let mut bytes = [0; 4096];
        let count = stream.read(&mut bytes).await.unwrap();
        assert!(count > 0, "NATS hung up after {said}");
        said.push_str(&String::from_utf8_lossy(&bytes[..count]));
    }
    said
}

#[tokio::test]
async fn a_second_start_finds_its_data() {
    let house = House::new();
    let embedded = house.start().await;
    let mut first = database(&embedded).await;
    sqlx::query("create table guests (name text)").execute(&mut first).await.unwrap();
    sqlx::query("insert into guests values ('Mira')").execute(&mut first).await.unwrap();
    embedded.stop().await;
    house.is_deserted().await;

    let embedded = house.start().await;

    let mut again = database(&embedded).await;
    let name: String = sqlx::query_scalar("select name from guests").fetch_one(&mut again).await.unwrap();
    assert_eq!(name, "Mira");
    embedded.stop().await;
}

#[tokio::test]
async fn the_database_knows_trigrams_and_all_letters() {
    let house = House::new();
    let embedded = house.start().await;
    let mut database = database(&embedded).await;

    sqlx::query("create extension pg_trgm").execute(&mut database).await.unwrap();
    let lower: String = sqlx::query_scalar("select lower('ÄÉЖ')").fetch_one(&mut database).await.unwrap();
    let encoding: String = sqlx::query_scalar("show server_encoding").fetch_one(&mut database).await.unwrap();

    assert_eq!((lower.as_str(), encoding.as_str()), ("äéж", "UTF8"));
    embedded.stop().await;
}

#[tokio::test]
async fn nobody_gets_in_without_the_password() {
    let house = House::new();
    let embedded = house.start().await;
    let nats = embedded.nats_url().expose().trim_start_matches("nats://").to_owned();
    let (user, rest) = nats.split_once(':').unwrap();
    let (password, _) = rest.split_once('@').unwrap();

    assert!(nats_says(&embedded, user, password).await.contains("PONG"));
    assert!(nats_says(&embedded, user, "guess").await.contains("Authorization Violation"));
    let url = embedded.database_url().expose();
    let (_, place) = url.rsplit_once('@').unwrap();
    assert!(PgConnection::connect(&format!("postgres://innkeeper:guess@{place}")).await.is_err());
    assert!(!format!("{embedded:?}").contains(password));
    embedded.stop().await;
}

#[tokio::test]
async fn a_second_innkeeper_on_the_folder_is_refused() {
    let house = House::new();
    let first = house.start().await;

    let Err(Error::AlreadyRunning { pid, folder }) = Embedded::start(&house.options()).await else {
        panic!("two on one folder")
    };

    assert_eq!((pid, folder), (std::process::id().to_string(), house.folder().to_owned()));
    first.stop().await;
}

#[tokio::test]
async fn an_innkeeper_killed_outright_leaves_no_server_and_sound_data() {
    let house = House::new();
    for _ in 0..3 {
        let innkeeper = house.start_apart().await;
        assert!(house.processes().len() >= 4, "{:?}", house.processes());

        innkeeper.dies();

        house.is_deserted().await;
    }
    let log = fs::read_to_string(house.folder().join("logs/postgres.log")).unwrap();
    assert!(!log.contains("not properly shut down"), "{log}");
}

#[tokio::test]
async fn a_start_right_after_a_kill_waits_for_the_old_servers() {
    let house = House::new();
    house.start_apart().await.dies();

    let embedded = house.start().await;

    database(&embedded).await.ping().await.unwrap();
    embedded.stop().await;
    house.is_deserted().await;
}

#[tokio::test]
async fn dropping_the_servers_ends_them() {
    let house = House::new();
    drop(house.start().await);
    house.is_deserted().await;
}

#[tokio::test]
async fn the_death_of_a_server_is_told() {
    let house = House::new();
    let mut embedded = house.start().await;
    let pid = fs::read_to_string(house.folder().join("run/nats.pid")).unwrap();
    let pid = nix::unistd::Pid::from_raw(pid.trim().parse().unwrap());

    nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGKILL).unwrap();

    let died = tokio::time::timeout(Duration::from_secs(10), embedded.died()).await.unwrap();
    assert!(died.to_string().starts_with("nats-server has ended by itself"), "{died}");
    embedded.stop().await;
    house.is_deserted().await;
}

#[tokio::test]
async fn data_of_a_newer_server_is_not_opened() {
    let house = House::new();
    house.start().await.stop().await;
    let memory = house.folder().join("nats/made_by.json");
    fs::write(&memory, r#"{"server":"nats-server","version":"99.0.0"}"#).unwrap();

    let refused = Embedded::start(&house.options()).await;

    assert!(matches!(refused, Err(Error::OlderServer { .. })), "{refused:?}");
    house.is_deserted().await;
}

#[tokio::test]
async fn what_is_fetched_is_not_fetched_again() {
    let house = House::new();
    house.start().await.stop().await;

    // Without Python and network from here on.
    let mut options = house.options();
    options.search = "/nonexistent".into();
    Embedded::start(&options).await.unwrap().stop().await;
}

#[tokio::test]
async fn without_any_server_three_ways_are_named() {
    let house = House::new();
    let mut options = house.options();
    options.search = "/nonexistent".into();
    options.cache = house.folder().join("cache");

    let Err(error) = Embedded::start(&options).await else { panic!("there was one") };

    let said = error.to_string();
    for way in ["NATS_URL", "pip", "install nats-server 2.12 or newer"] {
        assert!(said.contains(way), "{said}");
    }
    assert!(!Path::new(&options.cache).exists());
}
