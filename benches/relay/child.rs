//! Other processes of this very program: the stub and the pass-through. Each says on its first line where it is.

use std::{io::Write, net::SocketAddr, process::Stdio, time::Duration};

use anyhow::Context;
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
    time::timeout,
};

const PATIENCE: Duration = Duration::from_secs(10);

/// A process of ours; it ends when this is dropped.
pub(crate) struct Part {
    process: Child,
    pub(crate) address: SocketAddr,
}

impl Part {
    pub(crate) async fn start(arguments: &[&str]) -> anyhow::Result<Self> {
        let mut process = Command::new(std::env::current_exe()?)
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .context("a part of the benchmark does not start")?;
        let said = process.stdout.take().context("a part of the benchmark cannot be heard")?;
        let line = timeout(PATIENCE, BufReader::new(said).lines().next_line()).await??;
        let address = line.context("a part of the benchmark has ended")?.parse()?;
        Ok(Self { process, address })
    }

    pub(crate) fn pid(&self) -> Option<u32> {
        self.process.id()
    }
}

/// Says where this process is, to the one that has started it.
pub(crate) fn announce(address: SocketAddr) -> std::io::Result<()> {
    writeln!(std::io::stdout(), "{address}")
}
