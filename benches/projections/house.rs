//! A house on servers of its own, as `cargo run` brings it up, and the real program that projects beside it.

use std::{fs, process::Stdio};

use domain::commit::Position;
use innkeeper::{
    config::Config,
    house::{House, Workers},
    start::{self, Ground, Roles},
};
use sqlx::{AssertSqlSafe, PgPool, postgres::PgConnectOptions};
use tempfile::TempDir;
use tokio::{
    process::{Child, Command},
    task::JoinHandle,
};

/// A house in which nobody projects yet.
pub(crate) struct Open {
    pub(crate) house: House,
    ground: Ground,
    folder: TempDir,
    listening: JoinHandle<()>,
}

impl Open {
    /// Beside the build, where the disk is a real one.
    pub(crate) async fn prepare() -> Self {
        let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        let config = Config { data: folder.path().to_owned(), ..Config::default() };
        let ground = Ground::prepare(&config, Roles::WHOLE_HOUSE).await.unwrap();
        let house = start::open(&ground, config, Workers::Elsewhere).await.unwrap();
        let listening = tokio::spawn(house.progress.clone().listen());
        Self { house, ground, folder, listening }
    }

    /// The program, in its role as a projector.
    pub(crate) fn projector(&self) -> Child {
        let mut program = Command::new(env!("CARGO_BIN_EXE_innkeeper"));
        program.arg("project").arg("--data").arg(self.folder.path()).env("INNKEEPER_LOG_FILTER", "warn");
        program.stdin(Stdio::null()).stdout(Stdio::null()).kill_on_drop(true).spawn().unwrap()
    }

    /// Where the log ends.
    pub(crate) async fn end(&self) -> Position {
        self.house.journal().last().await.unwrap()
    }

    /// Another database with the same tables, and nothing in them.
    pub(crate) async fn database(&self, name: &str) -> PgPool {
        let create = AssertSqlSafe(format!("create database {name}"));
        sqlx::raw_sql(create).execute(&self.house.pool).await.unwrap();
        let options: PgConnectOptions = self.ground.database_url.expose().parse().unwrap();
        let pool = PgPool::connect_with(options.database(name)).await.unwrap();
        projections::migrate(&pool).await.unwrap();
        pool
    }

    pub(crate) async fn clear(self) {
        self.listening.abort();
        self.house.close().await;
        self.ground.clear().await;
        drop(self.folder);
    }
}

/// The memory that a process holds, in MiB: its own, not that of its children.
pub(crate) fn resident(process: &Child) -> f64 {
    let status = fs::read_to_string(format!("/proc/{}/status", process.id().unwrap())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.split_whitespace().next().unwrap().parse::<f64>().unwrap() / 1024.0
}
