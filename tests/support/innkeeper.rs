//! The real executable, as a story runs it: a plan of a house, and the processes that open it.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tokio::sync::OnceCell;

use crate::guest::Guest;
use crate::servers::Place;
use crate::undertaker;

/// Processes of one house share the master key and the key of secrets, whichever folder they have.
const SHARED_KEY: &str = "5ea1ed005ea1ed005ea1ed005ea1ed005ea1ed005ea1ed005ea1ed005ea1ed00";

const PROGRAM: &str = env!("CARGO_BIN_EXE_innkeeper");
/// A first start of embedded servers on a busy machine takes its time.
const OPENS_WITHIN: Duration = Duration::from_secs(120);
const CLOSES_WITHIN: Duration = Duration::from_secs(60);
const POLL: Duration = Duration::from_millis(10);

/// A house that may be opened: its folder and its environment.
#[derive(Clone)]
pub(crate) struct Plan {
    folder: PathBuf,
    environment: BTreeMap<String, String>,
}

impl Plan {
    /// On the shared servers, in a place of its own: cheap.
    pub(crate) async fn shared() -> Self {
        Self::on(&Place::new().await)
    }

    /// In a place on the shared servers.
    pub(crate) fn on(place: &Place) -> Self {
        Self::alone()
            .with("NATS_URL", &place.nats_url)
            .with("INNKEEPER_NATS_PREFIX", &place.prefix)
            .with("DATABASE_URL", &place.database_url)
            .with("INNKEEPER_DATABASE_CONNECTIONS", "6")
            .with("INNKEEPER_MASTER_KEY", SHARED_KEY)
            .with("INNKEEPER_SECRETS_KEY", SHARED_KEY)
    }

    /// With embedded servers of its own: for stories about starting, dying and outages.
    pub(crate) fn alone() -> Self {
        let folder = undertaker::folder("house");
        Self { folder, environment: BTreeMap::new() }
            .with("INNKEEPER_PATIENCE_DEMO_PAUSE", "0s")
            .with("INNKEEPER_HTTP_AFTER_PATIENCE", "20s")
    }

    /// The same with another setting.
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.environment.insert(name.to_owned(), value.to_owned());
        self
    }

    /// The same without a setting.
    pub(crate) fn without(mut self, name: &str) -> Self {
        self.environment.remove(name);
        self
    }

    /// The same servers and settings, from a folder of its own: another machine of the same house.
    pub(crate) fn elsewhere(&self) -> Self {
        Self { folder: undertaker::folder("house"), ..self.clone() }
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Runs a command of the executable to its end.
    pub(crate) async fn runs(&self, arguments: &[&str]) -> Output {
        let mut command = tokio::process::Command::from(self.command(arguments));
        command.kill_on_drop(true).stdin(Stdio::null());
        let ended = tokio::time::timeout(OPENS_WITHIN, command.output()).await;
        ended.unwrap_or_else(|_| panic!("{arguments:?} does not end")).expect("the executable runs")
    }

    /// The house as one process, once it is open.
    pub(crate) async fn opens(&self) -> Innkeeper {
        self.opens_as(&[]).await
    }

    /// The process that answers HTTP, once it does: the whole house, or the role `serve`.
    pub(crate) async fn opens_as(&self, arguments: &[&str]) -> Innkeeper {
        // What a killed predecessor left says nothing about us.
        let _ = fs::remove_file(self.address_file());
        let mut innkeeper = self.begins(arguments);
        let deadline = Instant::now() + OPENS_WITHIN;
        while innkeeper.address.is_empty() {
            if let Ok(address) = fs::read_to_string(self.address_file()) {
                innkeeper.address = address.trim().to_owned();
            }
            let ended = innkeeper.child.try_wait().expect("a child's status");
            assert!(ended.is_none(), "the house does not open: {ended:?}\n{}", innkeeper.last_words());
            assert!(Instant::now() < deadline, "the house does not open\n{}", innkeeper.last_words());
            tokio::time::sleep(POLL).await;
        }
        innkeeper
    }

    /// A process that has begun, ready or not.
    pub(crate) fn begins(&self, arguments: &[&str]) -> Innkeeper {
        let out = |name: &str| {
            let file = File::options().append(true).create(true).open(self.folder.join(name));
            Stdio::from(file.expect("a file for what is said"))
        };
        let mut command = self.command(arguments);
        let child = command.stdin(Stdio::null()).stdout(out("stdout.txt")).stderr(out("stderr.txt")).spawn();
        let child = child.expect("the executable runs");
        undertaker::watch(child.id());
        Innkeeper { plan: self.clone(), child, address: String::new(), is_over: false }
    }

    /// Everything that its processes said on stdout and on stderr.
    pub(crate) fn said(&self) -> (String, String) {
        let read = |name: &str| fs::read_to_string(self.folder.join(name)).unwrap_or_default();
        (read("stdout.txt"), read("stderr.txt"))
    }

    fn address_file(&self) -> PathBuf {
        self.folder.join("run/address")
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(PROGRAM);
        for (name, _) in std::env::vars_os() {
            let text = name.to_string_lossy();
            let is_setting = text.starts_with("INNKEEPER_") && text != "INNKEEPER_CACHE";
            if is_setting || text == "NATS_URL" || text == "DATABASE_URL" {
                command.env_remove(&name);
            }
        }
        command.args(arguments).arg("--data").arg(&self.folder).envs(&self.environment);
        if !self.environment.contains_key("INNKEEPER_LISTEN") {
            command.args(["--listen", "127.0.0.1:0"]);
        }
        command
    }
}

/// A running process of a house. Dropping it is a `kill -9`.
pub(crate) struct Innkeeper {
    plan: Plan,
    child: Child,
    address: String,
    is_over: bool,
}

impl Innkeeper {
    /// The house that most stories visit, each with guests of its own.
    pub(crate) async fn common() -> &'static Self {
        static COMMON: OnceCell<Innkeeper> = OnceCell::const_new();
        COMMON.get_or_init(|| async { Plan::shared().await.opens().await }).await
    }

    pub(crate) fn plan(&self) -> &Plan {
        &self.plan
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// `HOST:PORT`.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// Somebody new, with a key of their own.
    pub(crate) async fn guest(&self, name: &str) -> Guest {
        static COUNT: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
        let count = COUNT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let name = format!("{name} {count}");
        let created = self.plan.runs(&["key", "create", "--user", &name]).await;
        let key = String::from_utf8(created.stdout).expect("a key");
        assert!(created.status.success(), "{}", String::from_utf8_lossy(&created.stderr));
        Guest::new(&self.address, key.trim())
    }

    /// Whoever has the key in the data folder.
    pub(crate) fn owner(&self) -> Guest {
        let key = fs::read_to_string(self.plan.folder.join("owner.key")).expect("the owner's key");
        Guest::new(&self.address, key.trim())
    }

    /// kill -9.
    pub(crate) fn dies(mut self) {
        self.end(Signal::SIGKILL);
    }

    /// SIGTERM, and how it ends.
    pub(crate) fn stops(mut self) -> ExitStatus {
        self.end(Signal::SIGTERM)
    }

    /// How it ends when nobody asks it to.
    pub(crate) fn ends(mut self) -> ExitStatus {
        self.wait()
    }

    /// It freezes, as a laptop does whose lid is closed.
    pub(crate) fn signals(&self, signal: Signal) {
        kill(Pid::from_raw(self.child.id().cast_signed()), signal).expect("our own child takes a signal");
    }

    pub(crate) fn last_words(&self) -> String {
        undertaker::last_words(&self.plan.folder.join("stderr.txt"))
    }

    fn end(&mut self, signal: Signal) -> ExitStatus {
        if !self.is_over {
            self.signals(signal);
        }
        self.wait()
    }

    fn wait(&mut self) -> ExitStatus {
        let deadline = Instant::now() + CLOSES_WITHIN;
        loop {
            if let Some(status) = self.child.try_wait().expect("a child's status") {
                if !self.is_over {
                    undertaker::gone(self.child.id());
                    self.is_over = true;
                }
                return status;
            }
            if Instant::now() > deadline && !std::thread::panicking() {
                let _ = self.child.kill();
                panic!("the house does not close\n{}", self.last_words());
            }
            std::thread::sleep(POLL);
        }
    }
}

impl Drop for Innkeeper {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("what the house said at the end:\n{}", self.last_words());
        }
        if !self.is_over {
            let _ = self.child.kill();
            self.wait();
        }
    }
}

/// Whether it ended by this signal.
pub(crate) fn by_signal(status: ExitStatus, signal: Signal) -> bool {
    status.signal() == Some(signal as i32)
}
