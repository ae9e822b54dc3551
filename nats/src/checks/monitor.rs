//! Asks the monitoring port of a server whether it syncs before it acknowledges.
//!
//! One small request over HTTP/1.0 in the clear, as that port speaks it; a client library for it would be the larger
//! evil. It reads at most 256 KiB, for at most three seconds.

use std::time::Duration;

use serde::Deserialize;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

use super::SyncAlways;

const LONGEST: u64 = 256 * 1024;
const PATIENCE: Duration = Duration::from_secs(3);

/// Why the monitoring port could not be asked.
#[derive(Debug, thiserror::Error)]
pub enum MonitorError {
    /// The address makes no sense.
    #[error("not the address of a monitoring port: {0} (it looks like http://127.0.0.1:8222)")]
    BadUrl(String),
    /// It did not answer.
    #[error("the monitoring port did not answer")]
    Unreachable(#[source] std::io::Error),
    /// It answered something else.
    #[error("the monitoring port answered something that is not /varz of a server with JetStream")]
    Strange(#[source] Option<serde_json::Error>),
}

#[derive(Deserialize)]
struct Varz {
    jetstream: JetStream,
}

#[derive(Deserialize)]
struct JetStream {
    config: Config,
}

#[derive(Deserialize)]
struct Config {
    #[serde(default)]
    sync_always: bool,
}

/// What the server behind this monitoring address (`http://host:8222`) says of its sync.
pub async fn sync_always(url: &str) -> Result<SyncAlways, MonitorError> {
    let authority = url
        .strip_prefix("http://")
        .map(|rest| rest.trim_end_matches('/'))
        .filter(|authority| authority.contains(':') && !authority.contains(['/', '@', '\r', '\n', ' ']))
        .ok_or_else(|| MonitorError::BadUrl(url.rsplit('@').next().unwrap_or_default().to_owned()))?;
    let answer = timeout(PATIENCE, get(authority))
        .await
        .unwrap_or_else(|_elapsed| Err(std::io::ErrorKind::TimedOut.into()))
        .map_err(MonitorError::Unreachable)?;
    let body = body_of(&answer).ok_or(MonitorError::Strange(None))?;
    let varz: Varz = serde_json::from_slice(body).map_err(|source| MonitorError::Strange(Some(source)))?;
    Ok(if varz.jetstream.config.sync_always { SyncAlways::On } else { SyncAlways::Off })
}

async fn get(authority: &str) -> std::io::Result<Vec<u8>> {
    let mut socket = TcpStream::connect(authority).await?;
    let request = format!("GET /varz HTTP/1.0\r\nHost: {authority}\r\n\r\n");
    socket.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    socket.take(LONGEST).read_to_end(&mut answer).await?;
    Ok(answer)
}

fn body_of(answer: &[u8]) -> Option<&[u8]> {
    let end_of_head = answer.windows(4).position(|four| four == b"\r\n\r\n")?;
    let (head, rest) = answer.split_at(end_of_head);
    (head.starts_with(b"HTTP/1.") && head.get(8..12) == Some(b" 200")).then_some(rest)?.get(4..)
}
