//! The real SillyTavern server, installed once and booted for a test on a free port with data of its own.
//!
//! It is AGPL and no part of this repository: it is fetched from npm into a cache folder outside of it, under a lock, so
//! that any number of test processes install it once. Its front end is bundled at each boot; that bundle is kept beside
//! the installation, for it takes 18 seconds cold and none warm.

use std::fs::{self, File};
use std::io::Read;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use innkeeper::provider::http::{Outside, client};
use tokio::sync::OnceCell;

const VERSION: &str = "1.19.0";
const INSTALLS_WITHIN: Duration = Duration::from_secs(600);
const BOOTS_WITHIN: Duration = Duration::from_secs(240);

/// Name and password of an instance with basic auth.
pub(crate) const BASIC: (&str, &str) = ("keeper", "basic: p@ss");

/// How the instance guards itself.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Guards {
    pub(crate) csrf: Csrf,
    pub(crate) basic_auth: BasicAuth,
    pub(crate) accounts: Accounts,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Csrf {
    #[default]
    On,
    Off,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum BasicAuth {
    On,
    #[default]
    Off,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Accounts {
    Many,
    #[default]
    One,
}

/// Runs `$@` until it ends or our pipe closes, then removes `$HOUSE`.
const KEEPER: &str = r#"
exec 3<&0
"$@" </dev/null 3<&- &
server=$!
(read -r _ <&3; kill -9 $server) 2>/dev/null &
wait $server
status=$?
exec 3<&-
rm -rf "$HOUSE"
exit $status
"#;

/// A running instance. Dropping it ends the process and removes its data.
pub(crate) struct SillyTavern {
    keeper: Child,
    port: u16,
    home: PathBuf,
}

impl SillyTavern {
    /// An instance as most people run it, one for all tests of this process.
    pub(crate) async fn shared() -> &'static Self {
        static SHARED: OnceCell<SillyTavern> = OnceCell::const_new();
        SHARED.get_or_init(|| Self::start(Guards::default())).await
    }

    /// An instance of one's own, ready to answer.
    pub(crate) async fn start(guards: Guards) -> Self {
        Self::boot(free_port(), guards).await
    }

    /// Another instance, with data of its own, at the address of this one.
    pub(crate) async fn replaced(self, guards: Guards) -> Self {
        let port = self.port;
        drop(self);
        Self::boot(port, guards).await
    }

    async fn boot(port: u16, guards: Guards) -> Self {
        let package = Self::package().await;
        let home = std::env::temp_dir().join(format!("innkeeper-sillytavern-{}-{port}", std::process::id()));
        fs::create_dir_all(&home).expect("a folder for SillyTavern's data");
        warm(&package, &home);
        let log = File::create(home.join("log")).expect("a log for SillyTavern");
        let output = log.try_clone().expect("a second handle");
        let keeper = command(&package, &home, port, guards).stdout(output).stderr(log).spawn();
        let mut started = Self { keeper: keeper.expect("a shell"), port, home };
        started.wait_until_ready().await;
        keep_warm(&package, &started.home);
        started
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Where it keeps what its users have.
    pub(crate) fn data(&self) -> PathBuf {
        self.home.join("data")
    }

    /// The installed package, for tests that read what it ships.
    pub(crate) async fn package() -> PathBuf {
        tokio::task::spawn_blocking(installed).await.expect("the installation does not panic")
    }

    async fn wait_until_ready(&mut self) {
        let http = client(&Outside::default()).expect("a client");
        let deadline = Instant::now() + BOOTS_WITHIN;
        loop {
            if let Ok(Some(status)) = self.keeper.try_wait() {
                panic!("SillyTavern ended with {status}: {}", self.log());
            }
            // With basic auth it answers 401, which shows as well that it is there.
            if http
                .get(format!("{}/version", self.url()))
                .timeout(Duration::from_secs(5))
                .send()
                .await
                .is_ok()
            {
                return;
            }
            assert!(Instant::now() < deadline, "SillyTavern is not ready: {}", self.log());
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    fn log(&self) -> String {
        let mut log = String::new();
        let _ = File::open(self.home.join("log")).and_then(|mut file| file.read_to_string(&mut log));
        log.lines().rev().take(20).collect::<Vec<_>>().join("\n")
    }
}

impl Drop for SillyTavern {
    fn drop(&mut self) {
        drop(self.keeper.stdin.take());
        let _ = self.keeper.wait();
    }
}

fn command(package: &Path, home: &Path, port: u16, guards: Guards) -> Command {
    let on = |guard: bool| if guard { "true" } else { "false" };
    let basic_auth = guards.basic_auth == BasicAuth::On;
    let mut node = Command::new("sh");
    node.args(["-c", KEEPER, "keeper", "node"]).env("HOUSE", home);
    node.arg(package.join("server.js")).arg("--configPath").arg(home.join("config.yaml"));
    node.arg("--dataRoot").arg(home.join("data"));
    node.args(["--port", &port.to_string(), "--enableIPv6", "false", "--browserLaunchEnabled", "false"]);
    // It ignores basic auth unless it listens; on the loopback address alone that is harmless.
    node.args(["--listen", on(basic_auth), "--listenAddressIPv4", "127.0.0.1"]);
    node.args(["--disableCsrf", on(guards.csrf == Csrf::Off)]);
    node.env("NODE_ENV", "production");
    node.env("SILLYTAVERN_BASICAUTHMODE", on(basic_auth));
    node.env("SILLYTAVERN_BASICAUTHUSER_USERNAME", BASIC.0)
        .env("SILLYTAVERN_BASICAUTHUSER_PASSWORD", BASIC.1);
    node.env("SILLYTAVERN_ENABLEUSERACCOUNTS", on(guards.accounts == Accounts::Many));
    node.current_dir(package).stdin(Stdio::piped());
    node
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0")
        .and_then(|listener| listener.local_addr())
        .expect("a free loopback port")
        .port()
}

/// The package's folder; installs it if nobody has yet.
fn installed() -> PathBuf {
    let cache = innkeeper::config::cache_folder();
    let done = cache.join(format!("sillytavern-{VERSION}"));
    fs::create_dir_all(&cache).expect("a cache folder");
    let lock = File::create(cache.join("sillytavern.lock")).expect("a lock in the cache folder");
    lock.lock().expect("the lock of the cache folder");
    if !done.exists() {
        let fresh = cache.join(format!("sillytavern-{VERSION}.new"));
        let _ = fs::remove_dir_all(&fresh);
        fs::create_dir_all(&fresh).expect("a folder to install into");
        run(&fresh, &["npm", "pack", &format!("sillytavern@{VERSION}"), "--silent"]);
        run(&fresh, &["tar", "xzf", &format!("sillytavern-{VERSION}.tgz")]);
        run(&fresh.join("package"), &["npm", "install", "--omit=dev", "--no-audit", "--no-fund", "--silent"]);
        fs::rename(&fresh, &done).expect("the finished installation moves into place");
    }
    done.join("package")
}

/// Runs a step of the installation within its time.
fn run(folder: &Path, words: &[&str]) {
    let mut step = Command::new(words[0])
        .args(&words[1..])
        .current_dir(folder)
        .stdin(Stdio::null())
        .spawn()
        .expect(words[0]);
    let deadline = Instant::now() + INSTALLS_WITHIN;
    loop {
        if let Some(status) = step.try_wait().expect("a child's status") {
            assert!(
                status.success(),
                "{words:?} failed: SillyTavern {VERSION} comes from npm, which needs a network once"
            );
            return;
        }
        if Instant::now() > deadline {
            let _ = step.kill();
            panic!("{words:?} took longer than {INSTALLS_WITHIN:?}");
        }
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// Outside of containers the bundle lives in the data root; then it is lent to a new one.
fn warm(package: &Path, home: &Path) {
    let kept = package.with_file_name("webpack");
    if kept.exists() {
        copy_folder(&kept, &home.join("data/_webpack"));
    }
}

fn keep_warm(package: &Path, home: &Path) {
    let (bundle, kept) = (home.join("data/_webpack"), package.with_file_name("webpack"));
    if bundle.exists() && !kept.exists() {
        let fresh = package.with_file_name(format!("webpack.{}", std::process::id()));
        copy_folder(&bundle, &fresh);
        // Whoever comes second loses, and theirs is as good.
        if fs::rename(&fresh, &kept).is_err() {
            let _ = fs::remove_dir_all(&fresh);
        }
    }
}

fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder to copy into");
    for entry in fs::read_dir(from).expect("a folder to copy").map(|entry| entry.expect("its entry")) {
        let (source, target) = (entry.path(), to.join(entry.file_name()));
        if source.is_dir() {
            copy_folder(&source, &target);
        } else {
            fs::copy(source, target).expect("a copy");
        }
    }
}
