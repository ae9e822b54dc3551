//! A TCP proxy between the journal and its server that loses what a network loses, at the worst moment.
//!
//! A fault is armed and strikes once, at the next acknowledgement of the log or the next commit that passes. A silence
//! lasts until it is healed; since a healed link would miss what was swallowed, healing cuts it.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::watch,
    task::JoinHandle,
};

/// What stands in an acknowledgement of the log and in nothing else that the server says.
const ACK: &[u8] = b"{\"stream\":\"INK_LOG\"";
/// What begins a commit that is published.
const COMMIT: &[u8] = b"HPUB ink.log.";

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The link is cut when an acknowledgement comes: it is lost.
    BeforeAck,
    /// Half of what the acknowledgement comes in passes, and the link is cut.
    DuringAck,
    /// The acknowledgement passes, and the link is cut.
    AfterAck,
    /// Half of a commit passes, and the link is cut.
    DuringCommit,
    /// Everything the server says arrives late.
    Late(Duration),
    /// The link stays open, and nothing from the server arrives.
    Deaf,
    /// The link stays open, and nothing arrives at the server.
    Mute,
}

/// A direction of the link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Towards {
    Server,
    Client,
}

/// What becomes of some bytes.
enum Passage {
    Whole,
    Late(Duration),
    /// So many of them, and then the link is cut.
    Cut(usize),
    Lost,
}

pub(crate) struct Proxy {
    port: u16,
    faults: Arc<Faults>,
    accepting: JoinHandle<()>,
}

struct Faults {
    armed: Mutex<Option<Fault>>,
    cuts: watch::Sender<u64>,
}

impl Proxy {
    /// In front of the server on this port.
    pub(crate) async fn before(server: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let faults = Arc::new(Faults { armed: Mutex::new(None), cuts: watch::Sender::new(0) });
        let accepting = tokio::spawn(accept(listener, server, faults.clone()));
        Self { port, faults, accepting }
    }

    pub(crate) fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port)
    }

    pub(crate) fn arm(&self, fault: Fault) {
        *self.faults.armed.lock().unwrap() = Some(fault);
    }

    /// Whether the armed fault has struck.
    pub(crate) fn has_struck(&self) -> bool {
        self.faults.armed.lock().unwrap().is_none()
    }

    /// Ends whatever is wrong, and cuts the link.
    pub(crate) fn heal(&self) {
        *self.faults.armed.lock().unwrap() = None;
        self.faults.cuts.send_modify(|cuts| *cuts += 1);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

impl Faults {
    fn passage(&self, towards: Towards, bytes: &[u8]) -> Passage {
        let mut armed = self.armed.lock().unwrap();
        let (fault, passage) = match (*armed, towards) {
            (Some(Fault::BeforeAck), Towards::Client) if holds(bytes, ACK) => (None, Passage::Cut(0)),
            (Some(Fault::DuringAck), Towards::Client) if holds(bytes, ACK) => {
                (None, Passage::Cut(bytes.len() / 2))
            }
            (Some(Fault::AfterAck), Towards::Client) if holds(bytes, ACK) => {
                (None, Passage::Cut(bytes.len()))
            }
            (Some(Fault::DuringCommit), Towards::Server) if holds(bytes, COMMIT) => {
                (None, Passage::Cut(bytes.len() / 2))
            }
            (late @ Some(Fault::Late(by)), Towards::Client) => (late, Passage::Late(by)),
            (deaf @ Some(Fault::Deaf), Towards::Client) => (deaf, Passage::Lost),
            (mute @ Some(Fault::Mute), Towards::Server) => (mute, Passage::Lost),
            (other, _) => (other, Passage::Whole),
        };
        *armed = fault;
        passage
    }
}

fn holds(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

async fn accept(listener: TcpListener, server: u16, faults: Arc<Faults>) {
    while let Ok((client, _)) = listener.accept().await {
        // A server that is away is a link that is cut.
        let Ok(server) = TcpStream::connect(("127.0.0.1", server)).await else { continue };
        tokio::spawn(link(client, server, faults.clone()));
    }
}

/// Both directions, until either ends or the link is cut.
async fn link(client: TcpStream, server: TcpStream, faults: Arc<Faults>) {
    client.set_nodelay(true).unwrap();
    server.set_nodelay(true).unwrap();
    let mut cuts = faults.cuts.subscribe();
    let ((from_client, to_client), (from_server, to_server)) = (client.into_split(), server.into_split());
    tokio::select! {
        () = pump(from_client, to_server, Towards::Server, &faults) => {}
        () = pump(from_server, to_client, Towards::Client, &faults) => {}
        _ = cuts.changed() => {}
    }
}

async fn pump(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, towards: Towards, faults: &Faults) {
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(count @ 1..) = from.read(&mut buffer).await {
        let passes = match faults.passage(towards, &buffer[..count]) {
            Passage::Lost => continue,
            Passage::Whole => count,
            Passage::Late(by) => {
                tokio::time::sleep(by).await; // The fault itself.
                count
            }
            Passage::Cut(passes) => {
                drop(to.write_all(&buffer[..passes]).await);
                return;
            }
        };
        if to.write_all(&buffer[..passes]).await.is_err() {
            return;
        }
    }
}
