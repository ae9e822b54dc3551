//! The real thing: the program itself, with its own servers on a new folder, and the stub as its model.

use std::{
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use anyhow::{Context, bail};
use futures_util::{StreamExt, TryStreamExt, stream};
use innkeeper::{
    provider::http::{Outside, client},
    secret::Secret,
};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use serde_json::{Value, json};
use tokio::{
    process::{Child, Command},
    time::{sleep, timeout},
};

/// A first start fetches the servers.
const PATIENCE: Duration = Duration::from_secs(180);
const CARD: &[u8] = include_bytes!("../../assets/first-character.png");
/// Conversations that are begun at the same time.
const BUSY: usize = 16;

/// A running Innkeeper.
pub(crate) struct Innkeeper {
    process: Child,
    folder: PathBuf,
    address: SocketAddr,
}

/// Conversations to talk in, and the key to them.
pub(crate) struct Seats {
    pub(crate) key: Secret,
    conversations: Vec<String>,
}

impl Seats {
    /// Where one talks in this seat's conversation.
    pub(crate) fn path(&self, seat: usize) -> String {
        let conversation = &self.conversations[seat % self.conversations.len()];
        format!("/api/v1/conversations/{conversation}/messages")
    }
}

impl Innkeeper {
    /// Starts it on a new folder beside the build, where the disk is a real one, and waits until it answers.
    pub(crate) async fn start(model: SocketAddr) -> anyhow::Result<Self> {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("relay-{}", std::process::id()));
        let mut command = Command::new(env!("CARGO_BIN_EXE_innkeeper"));
        for (name, _) in std::env::vars_os() {
            // What is set around us must not change what is measured; the cache may hold the servers.
            let name = name.to_string_lossy().into_owned();
            let ours = name.starts_with("INNKEEPER_") && name != "INNKEEPER_CACHE";
            if ours || ["NATS_URL", "DATABASE_URL"].contains(&name.as_str()) {
                command.env_remove(name);
            }
        }
        let process = command
            .arg("--data")
            .arg(&folder)
            .args(["--listen", "127.0.0.1:0"])
            .env("INNKEEPER_PROVIDER", "openai")
            .env("INNKEEPER_OPENAI_URL", format!("http://{model}/v1"))
            .env("INNKEEPER_OPENAI_MODEL", "stub")
            .env("INNKEEPER_LOG_FILTER", "warn")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .context("innkeeper does not start")?;
        let address = SocketAddr::from(([127, 0, 0, 1], 0));
        let mut house = Self { process, folder, address };
        house.address =
            timeout(PATIENCE, house.opens()).await.context("innkeeper did not open in time")??;
        Ok(house)
    }

    async fn opens(&mut self) -> anyhow::Result<SocketAddr> {
        let file = self.folder.join("run/address");
        loop {
            if let Ok(address) = fs::read_to_string(&file) {
                return Ok(address.trim().parse()?);
            }
            if let Some(status) = self.process.try_wait()? {
                bail!("innkeeper has ended: {status}");
            }
            sleep(Duration::from_millis(20)).await;
        }
    }

    pub(crate) fn pid(&self) -> Option<u32> {
        self.process.id()
    }

    pub(crate) const fn address(&self) -> SocketAddr {
        self.address
    }

    /// The address of its nats-server, for the one floor that can only be measured there.
    pub(crate) fn nats_url(&self) -> anyhow::Result<Secret> {
        let servers: Value = serde_json::from_slice(&fs::read(self.folder.join("run/servers.json"))?)?;
        Ok(Secret::new(servers["nats"].as_str().context("innkeeper does not say where its NATS is")?))
    }

    /// Imports a character and sits down with it, so many times.
    pub(crate) async fn seats(&self, count: usize) -> anyhow::Result<Seats> {
        let key = Secret::new(fs::read_to_string(self.folder.join("owner.key"))?.trim());
        let http = client(&Outside::default())?;
        let post = |path: &str| http.post(format!("http://{}{path}", self.address)).bearer_auth(key.expose());
        let import = post("/api/v1/characters/import").header("content-type", "image/png").body(CARD);
        let character = created(import).await?;
        let conversations = stream::iter(0..count)
            .map(|_| created(post("/api/v1/conversations").json(&json!({"character_ids": [character]}))))
            .buffered(BUSY)
            .try_collect()
            .await?;
        Ok(Seats { key, conversations })
    }

    /// Ends it as an operator would, and removes its folder.
    pub(crate) async fn stop(mut self) -> anyhow::Result<()> {
        if let Some(pid) = self.pid() {
            kill(Pid::from_raw(i32::try_from(pid)?), Signal::SIGTERM)?;
        }
        timeout(Duration::from_secs(60), self.process.wait()).await.context("innkeeper does not end")??;
        fs::remove_dir_all(&self.folder)?;
        Ok(())
    }
}

/// The id of what the request has made.
async fn created(request: reqwest::RequestBuilder) -> anyhow::Result<String> {
    let answer = request.send().await?;
    let (status, body) = (answer.status(), answer.text().await?);
    let id = serde_json::from_str::<Value>(&body).ok().and_then(|made| Some(made["id"].as_str()?.to_owned()));
    id.with_context(|| format!("innkeeper answered {status}: {body}"))
}
