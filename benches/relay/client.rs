//! One reader of replies: a connection that is kept alive, read by hand, so that the client costs as little as it can.
//!
//! Every token is looked at: its place, its age, and whether the reply came to its proper end.

mod chunked;

use std::{net::SocketAddr, time::Duration};

use anyhow::{Context, bail, ensure};
use bytes::{Buf, BytesMut};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpSocket, TcpStream},
    time::{Instant, sleep, timeout},
};

use self::chunked::Chunked;
use crate::{clock, script::Script, tokens::TokenReader, way::Dialect};

/// A reply that takes longer has failed.
const PATIENCE: Duration = Duration::from_secs(90);
/// Little room for what is not read, so that a reader who stalls is felt by the sender.
const NARROW: u32 = 8 * 1024;

/// How somebody reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reading {
    AsItComes,
    /// After the first token not at all, for this long.
    Stalling(Duration),
}

/// A reply as it was heard.
#[derive(Debug, Default)]
pub(crate) struct Told {
    /// From the request to the head of the answer.
    pub(crate) head: Duration,
    /// From the request to the moment at which the model said the first token.
    pub(crate) said: Duration,
    /// From the request to the first token.
    pub(crate) first: Duration,
    pub(crate) received: u32,
    pub(crate) lost: u32,
    pub(crate) repeated: u32,
}

/// A connection that is kept alive.
pub(crate) struct Client {
    socket: TcpStream,
    inbox: BytesMut,
    reading: Reading,
}

impl Client {
    pub(crate) async fn connect(address: SocketAddr, reading: Reading) -> anyhow::Result<Self> {
        let socket = TcpSocket::new_v4()?;
        if reading != Reading::AsItComes {
            socket.set_recv_buffer_size(NARROW)?;
        }
        let socket = socket.connect(address).await?;
        socket.set_nodelay(true)?;
        Ok(Self { socket, inbox: BytesMut::with_capacity(16 * 1024), reading })
    }

    /// Asks for a reply and hears it to its end. Every token's age, in microseconds, is told as it arrives.
    pub(crate) async fn ask(
        &mut self,
        request: &[u8],
        dialect: Dialect,
        script: Script,
        mut heard: impl FnMut(u64) + Send,
    ) -> anyhow::Result<Told> {
        timeout(PATIENCE, self.converse(request, dialect, script, &mut heard))
            .await
            .context("the reply did not come to its end in time")?
    }

    async fn converse(
        &mut self,
        request: &[u8],
        dialect: Dialect,
        script: Script,
        heard: &mut (impl FnMut(u64) + Send),
    ) -> anyhow::Result<Told> {
        let began = Instant::now();
        self.socket.write_all(request).await?;
        self.head().await?;
        let head = began.elapsed();
        let mut hearing = Hearing::new(dialect);
        let mut first = None;
        loop {
            let done = hearing.take(&mut self.inbox, heard)?;
            if first.is_none() && hearing.received > 0 {
                first = Some(began.elapsed());
                self.rest().await;
            }
            if done {
                break;
            }
            self.more().await?;
        }
        ensure!(hearing.ended, "the stream stopped before the end of the reply");
        hearing.tokens.end(script.tokens());
        let first = first.unwrap_or_else(|| began.elapsed());
        Ok(Told {
            head,
            said: first.saturating_sub(Duration::from_micros(hearing.first_age)),
            first,
            received: hearing.received,
            lost: hearing.tokens.lost,
            repeated: hearing.tokens.repeated,
        })
    }

    async fn rest(&self) {
        if let Reading::Stalling(pause) = self.reading {
            sleep(pause).await;
        }
    }

    async fn more(&mut self) -> anyhow::Result<()> {
        ensure!(self.socket.read_buf(&mut self.inbox).await? > 0, "the connection was closed");
        Ok(())
    }

    /// Reads past the head of the answer, if it is a good one.
    async fn head(&mut self) -> anyhow::Result<()> {
        let end = loop {
            if let Some(end) = self.inbox.windows(4).position(|four| four == b"\r\n\r\n") {
                break end;
            }
            self.more().await?;
        };
        if !self.inbox.starts_with(b"HTTP/1.1 200 ") {
            bail!("refused: {}", String::from_utf8_lossy(&self.inbox));
        }
        self.inbox.advance(end + 4);
        Ok(())
    }
}

/// A reply while it is heard.
struct Hearing {
    dialect: Dialect,
    chunks: Chunked,
    lines: BytesMut,
    tokens: TokenReader,
    received: u32,
    /// In microseconds.
    first_age: u64,
    failed: bool,
    ended: bool,
}

impl Hearing {
    fn new(dialect: Dialect) -> Self {
        Self {
            dialect,
            chunks: Chunked::default(),
            lines: BytesMut::new(),
            tokens: TokenReader::default(),
            received: 0,
            first_age: 0,
            failed: false,
            ended: false,
        }
    }

    /// Takes what has arrived; whether the answer is complete.
    fn take(&mut self, inbox: &mut BytesMut, heard: &mut impl FnMut(u64)) -> anyhow::Result<bool> {
        let now = clock::now();
        let done = self.chunks.decode(inbox, &mut self.lines)?;
        while let Some(end) = self.lines.iter().position(|byte| *byte == b'\n') {
            let line = self.lines.split_to(end + 1);
            self.line(std::str::from_utf8(&line)?.trim_end(), now, heard)?;
        }
        Ok(done)
    }

    fn line(&mut self, line: &str, now: u64, heard: &mut impl FnMut(u64)) -> anyhow::Result<()> {
        self.failed |= line == "event: failed";
        self.ended |= line == self.dialect.end();
        let Some(data) = line.strip_prefix("data: ") else { return Ok(()) };
        ensure!(!self.failed, "the reply failed: {data}");
        let mark = self.dialect.mark();
        let Some(begin) = data.find(mark) else { return Ok(()) };
        let text = data[begin + mark.len()..].split('"').next().unwrap_or_default();
        let (received, first_age) = (&mut self.received, &mut self.first_age);
        self.tokens.read(text.as_bytes(), now, &mut |age| {
            if *received == 0 {
                *first_age = age;
            }
            *received += 1;
            heard(age);
        });
        Ok(())
    }
}
