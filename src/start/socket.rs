//! What a connection is told as it comes in.

use std::time::Duration;

use tokio::net::TcpStream;

/// How many times longer than a WebSocket, which is told why first, a connection waits for somebody who takes nothing.
const PATIENCE: u32 = 3;

/// Sets a connection up: nothing waits to be sent, and nobody who takes nothing stays for ever.
pub(super) fn greet(socket: &TcpStream, slow_reader: Duration) {
    // Without this a kept-alive connection waits 40 ms for its first token (facts: relay).
    if let Err(error) = socket.set_nodelay(true) {
        tracing::debug!(%error, "TCP_NODELAY cannot be set");
    }
    if let Err(error) = give_up_after(socket, slow_reader.saturating_mul(PATIENCE)) {
        tracing::debug!(%error, "TCP_USER_TIMEOUT cannot be set");
    }
}

/// Lets the kernel close a connection whose other side has taken nothing for so long: HTTP itself would wait for ever.
#[cfg(target_os = "linux")]
fn give_up_after(socket: &TcpStream, patience: Duration) -> nix::Result<()> {
    use nix::sys::socket::{setsockopt, sockopt::TcpUserTimeout};

    let milliseconds = u32::try_from(patience.as_millis()).unwrap_or(u32::MAX);
    setsockopt(socket, TcpUserTimeout, &milliseconds)
}

/// Elsewhere there is no such option.
#[cfg(not(target_os = "linux"))]
fn give_up_after(_: &TcpStream, _: Duration) -> nix::Result<()> {
    Ok(())
}
