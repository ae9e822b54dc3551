//! A wall across a TCP link: while it is closed nothing passes, and nothing is lost either.
//!
//! That is what a network does that is cut and mended: what was sent meanwhile is sent again by TCP and arrives late,
//! once, and in order, however old it is by then. A link that is begun while the wall is closed hangs.

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::watch,
    task::JoinHandle,
};

/// Whether anything passes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Gate {
    Open,
    Closed,
}

/// Some links that are cut and mended together.
#[derive(Clone)]
pub(crate) struct Walls(watch::Sender<Gate>);

impl Walls {
    pub(crate) fn new() -> Self {
        Self(watch::Sender::new(Gate::Open))
    }

    pub(crate) fn close(&self) {
        self.0.send_replace(Gate::Closed);
    }

    pub(crate) fn open(&self) {
        self.0.send_replace(Gate::Open);
    }
}

/// The way to a port, through the walls of both sides.
pub(crate) struct Passage {
    pub(crate) port: u16,
    accepting: JoinHandle<()>,
}

impl Passage {
    pub(crate) async fn to(port: u16, walls: [&Walls; 2]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let entrance = listener.local_addr().unwrap().port();
        let gates = walls.map(|walls| walls.0.subscribe());
        Self { port: entrance, accepting: tokio::spawn(accept(listener, port, gates)) }
    }
}

impl Drop for Passage {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

type Gates = [watch::Receiver<Gate>; 2];

async fn accept(listener: TcpListener, port: u16, gates: Gates) {
    while let Ok((near, _)) = listener.accept().await {
        tokio::spawn(link(near, port, gates.clone()));
    }
}

async fn link(near: TcpStream, port: u16, mut gates: Gates) {
    passes(&mut gates).await;
    let Ok(far) = TcpStream::connect(("127.0.0.1", port)).await else { return };
    near.set_nodelay(true).unwrap();
    far.set_nodelay(true).unwrap();
    let ((from_near, to_near), (from_far, to_far)) = (near.into_split(), far.into_split());
    tokio::select! {
        () = pump(from_near, to_far, gates.clone()) => {}
        () = pump(from_far, to_near, gates) => {}
    }
}

async fn pump(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, mut gates: Gates) {
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(count @ 1..) = from.read(&mut buffer).await {
        passes(&mut gates).await;
        if to.write_all(&buffer[..count]).await.is_err() {
            return;
        }
    }
    // That the other side has hung up does not get through either.
    passes(&mut gates).await;
}

/// Waits until both gates are open at once.
async fn passes([one, other]: &mut Gates) {
    loop {
        // A wall that is gone stands in nobody's way.
        drop(one.wait_for(|gate| *gate == Gate::Open).await);
        if *other.borrow_and_update() == Gate::Open {
            return;
        }
        drop(other.wait_for(|gate| *gate == Gate::Open).await);
    }
}
