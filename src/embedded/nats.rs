//! A nats-server of our own, on the loopback, with its streams under the data folder.
//!
//! Its settings are `nats/server.conf`, with our folders and a password on top. The server picks its port and writes it
//! into a file, so that no port is guessed and lost to another program.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use nix::sys::signal::Signal;
use serde::Deserialize;
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;

use super::guard::{Guarded, Step, Watch};
use super::tether::tether;
use super::{Error, Ground, Secret, Which, binaries, files, orphan, password, version};

const SETTINGS: &str = include_str!("../../nats/server.conf");
const USER: &str = "innkeeper";

/// A stop syncs and closes the streams; a server that hangs loses nothing when it is killed, since it syncs always.
const END: [Step; 1] = [(Signal::SIGTERM, Duration::from_secs(15))];

/// A long log is read through when it was not closed cleanly.
const PATIENCE: Duration = Duration::from_secs(120);

/// The ways into it: addresses, with the passwords in them.
#[derive(Debug)]
pub(crate) struct Doors {
    pub(crate) house: Secret,
    /// Of whoever writes what analysts read.
    pub(crate) publisher: Secret,
    /// Of whoever reads it.
    pub(crate) analyst: Secret,
}

struct Passwords {
    house: Secret,
    publisher: Secret,
    analyst: Secret,
}

impl Passwords {
    fn kept_in(home: &Path) -> Result<Self, Error> {
        let kept = |name: &str| password::kept_in(&home.join(name)).map_err(Error::folder("write", home));
        Ok(Self {
            house: kept("password")?,
            publisher: kept("publisher.password")?,
            analyst: kept("analyst.password")?,
        })
    }

    fn doors(&self, port: u16) -> Doors {
        let door = |user: &str, password: &Secret| {
            Secret::new(format!("nats://{user}:{}@127.0.0.1:{port}", password.expose()))
        };
        Doors {
            house: door(USER, &self.house),
            publisher: door("publisher", &self.publisher),
            analyst: door("analyst", &self.analyst),
        }
    }
}

/// Start it, and wait until it takes connections; the ways in.
pub(crate) async fn start(ground: &Ground<'_>) -> Result<(Guarded, Doors), Error> {
    let home = ground.data.join("nats");
    files::private_folder(&home).map_err(Error::folder("create", &home))?;
    let made_by = version::remembered(&home)?;
    let found = binaries::find(Which::Nats, ground.cache, ground.search, made_by).await?;
    version::admit(Which::Nats, &home, found.version)?;

    let settings = Settings::of(ground, &home);
    let passwords = Passwords::kept_in(&home)?;
    orphan::clear(Which::Nats, &settings.pid_file, &settings.file, Signal::SIGTERM).await?;
    settings.write(&home.join("store"), &passwords).map_err(Error::folder("write", &settings.file))?;

    let mut command = tether(Signal::SIGTERM, ground.search);
    command.push(found.program.into());
    command.extend([OsString::from("-c"), settings.file.clone().into()]);
    let mut server = ground.run(Watch {
        guard: ground.guard,
        hold: ground.hold()?,
        log: &ground.log("nats"),
        end: &END,
        account: None,
        command,
    })?;
    let port = ground.until_ready("nats-server", &mut server, PATIENCE, settings.port()).await?;
    Ok((server, passwords.doors(port)))
}

struct Settings {
    file: PathBuf,
    pid_file: PathBuf,
    ports: PathBuf,
}

impl Settings {
    fn of(ground: &Ground<'_>, home: &Path) -> Self {
        let run = ground.data.join("run");
        Self { file: home.join("server.conf"), pid_file: run.join("nats.pid"), ports: run.join("nats") }
    }

    fn write(&self, store: &Path, passwords: &Passwords) -> std::io::Result<()> {
        // The files of an earlier run would be taken for those of this one.
        files::remove_folder(&self.ports)?;
        files::private_folder(&self.ports)?;
        let mut text = String::from("# Written by innkeeper at each start; edits are lost.\n");
        for (name, value) in [
            ("STORE", store.to_string_lossy().as_ref()),
            ("PORTS", self.ports.to_string_lossy().as_ref()),
            ("PID_FILE", self.pid_file.to_string_lossy().as_ref()),
            ("USER_NAME", USER),
            ("PASSWORD", passwords.house.expose()),
            ("PUBLISHER_PASSWORD", passwords.publisher.expose()),
            ("ANALYST_PASSWORD", passwords.analyst.expose()),
        ] {
            text.push_str(&format!("{name}: {}\n", quoted(value)));
        }
        text.push('\n');
        text.push_str(SETTINGS);
        files::write_private(&self.file, text.as_bytes())
    }

    /// The port, once the server has said it and answers there.
    async fn port(&self) -> u16 {
        let since = Instant::now();
        loop {
            if let Some(port) = self.said_port()
                && greets(port).await
            {
                return port;
            }
            tokio::time::sleep(if since.elapsed().as_secs() < 5 { POLL } else { POLL * 20 }).await;
        }
    }

    fn said_port(&self) -> Option<u16> {
        #[derive(Deserialize)]
        struct Ports {
            nats: Vec<String>,
        }
        let file = fs::read_dir(&self.ports).ok()?.find_map(|entry| Some(entry.ok()?.path()))?;
        // Half-written at first, then whole: whatever does not parse yet is asked again.
        let ports: Ports = serde_json::from_slice(&fs::read(file).ok()?).ok()?;
        ports.nats.first()?.rsplit(':').next()?.parse().ok()
    }
}

const POLL: Duration = Duration::from_millis(5);

/// Whether a NATS server says hello there.
async fn greets(port: u16) -> bool {
    let hello = async {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).await.ok()?;
        let mut word = [0; 4];
        stream.read_exact(&mut word).await.ok()?;
        Some(word == *b"INFO")
    };
    tokio::time::timeout(Duration::from_secs(2), hello).await.ok().flatten().unwrap_or(false)
}

/// A text as the server's settings want it.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_odd_folder_name_stays_one_text() {
        assert_eq!(quoted(r#"/home/a "b" \c"#), r#""/home/a \"b\" \\c""#);
    }
}
