//! A nats-server of a story's own, on a port that stays: it can be killed, frozen and brought back.

use std::fs::{self, File};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use innkeeper::config::{cache_folder, search_path};
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;

use crate::undertaker;

pub(crate) struct NatsServer {
    child: Option<Child>,
    folder: PathBuf,
    port: u16,
    monitor: u16,
}

impl NatsServer {
    pub(crate) fn start() -> Self {
        let (port, monitor) = (free_port(), free_port());
        let mut server = Self { child: None, folder: undertaker::folder("nats"), port, monitor };
        let settings = format!(
            "listen: \"127.0.0.1:{port}\"\nhttp: \"127.0.0.1:{monitor}\"\n\
             jetstream {{ store_dir: {:?}, sync_interval: always }}\n",
            server.store()
        );
        fs::write(server.settings(), settings).expect("its settings");
        server.comes_back();
        server
    }

    pub(crate) fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port)
    }

    /// Where it tells whether it syncs.
    pub(crate) fn monitor(&self) -> String {
        format!("http://127.0.0.1:{}", self.monitor)
    }

    /// kill -9.
    pub(crate) fn dies(&mut self) {
        let mut child = self.child.take().expect("it runs");
        let _ = child.kill();
        child.wait().expect("its end");
        undertaker::gone(child.id());
    }

    /// It starts again on its data, and is there when this returns.
    pub(crate) fn comes_back(&mut self) {
        let log = File::create(self.folder.join("log")).expect("its log");
        let mut command = Command::new(program());
        command.arg("-c").arg(self.settings()).stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
        let child = command.spawn().expect("nats-server runs");
        undertaker::watch(child.id());
        self.child = Some(child);
        let (address, since) = (SocketAddr::from(([127, 0, 0, 1], self.port)), Instant::now());
        while TcpStream::connect(address).is_err() {
            let said = undertaker::last_words(&self.folder.join("log"));
            assert!(since.elapsed() < Duration::from_secs(30), "nats-server does not start: {said}");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Its sockets stay open, and nobody answers. The signal alone is no promise: on a busy machine a thread may answer
    /// once more, so it is waited for that all of them stand.
    pub(crate) fn freezes(&self) {
        let pid = self.signal(Signal::SIGSTOP);
        let stopped = waitpid(pid, Some(WaitPidFlag::WUNTRACED)).expect("our own child tells");
        assert!(matches!(stopped, WaitStatus::Stopped(..)), "{stopped:?}");
    }

    pub(crate) fn thaws(&self) {
        self.signal(Signal::SIGCONT);
    }

    fn signal(&self, signal: Signal) -> Pid {
        let pid = Pid::from_raw(self.child.as_ref().expect("it runs").id().cast_signed());
        kill(pid, signal).expect("our own child takes a signal");
        pid
    }

    /// The folder of its data.
    pub(crate) fn store(&self) -> PathBuf {
        self.folder.join("store")
    }

    fn settings(&self) -> PathBuf {
        self.folder.join("server.conf")
    }
}

impl Drop for NatsServer {
    fn drop(&mut self) {
        if self.child.is_some() {
            self.dies();
        }
    }
}

/// The program that the houses run themselves; a house that embeds has fetched it before anybody asks here.
fn program() -> PathBuf {
    let on_path = || {
        std::env::split_paths(&search_path()).map(|folder| folder.join("nats-server")).find(|it| it.is_file())
    };
    below(&cache_folder(), 6)
        .or_else(on_path)
        .expect("the shared servers have brought nats-server into the cache")
}

fn below(folder: &Path, depth: u32) -> Option<PathBuf> {
    let entries: Vec<_> = fs::read_dir(folder).ok()?.filter_map(|entry| Some(entry.ok()?.path())).collect();
    let here = entries.iter().find(|path| path.ends_with("nats-server") && path.is_file());
    let deeper =
        || entries.iter().filter(|path| depth > 0 && path.is_dir()).find_map(|path| below(path, depth - 1));
    here.cloned().or_else(deeper)
}

pub(crate) fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a free port").port()
}
