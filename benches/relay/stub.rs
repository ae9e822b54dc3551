//! A model that costs next to nothing: an OpenAI-compatible endpoint in bare TCP, on one thread.
//!
//! It keeps connections alive, never delays a packet, and says what the [`Script`] in the request says. It looks at
//! nothing else of a request, so it is no test of what Innkeeper sends.

use std::{io, net::SocketAddr};

use bytes::{Buf, BytesMut};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    time::{Instant, sleep_until},
};

use crate::{child, clock, options::PACE, script::Script, tokens};

const HEAD: &[u8] =
    b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";
const END: &[u8] =
    b"data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n";
/// As many tokens leave together where nothing waits.
const BURST: u32 = 64;
/// No request is longer than this.
const LONGEST_REQUEST: usize = 8 << 20;

/// Serves until the process ends.
pub(crate) async fn serve() -> anyhow::Result<()> {
    let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await?;
    child::announce(listener.local_addr()?)?;
    loop {
        let (socket, _) = listener.accept().await?;
        tokio::spawn(async move {
            // A client that hangs up in the middle is no trouble of ours.
            let _ = attend(socket).await;
        });
    }
}

async fn attend(mut socket: TcpStream) -> io::Result<()> {
    socket.set_nodelay(true)?;
    let mut inbox = BytesMut::new();
    while let Some(request) = request(&mut socket, &mut inbox).await? {
        let script = Script::last_in(&String::from_utf8_lossy(&request)).unwrap_or(Script::Instant(1));
        speak(&mut socket, script).await?;
    }
    Ok(())
}

/// The body of the next request; none when the client has gone.
async fn request(socket: &mut TcpStream, inbox: &mut BytesMut) -> io::Result<Option<BytesMut>> {
    let (head, length) = loop {
        if let Some(end) = inbox.windows(4).position(|four| four == b"\r\n\r\n") {
            break (end + 4, content_length(&inbox[..end]));
        }
        if socket.read_buf(inbox).await? == 0 {
            return Ok(None);
        }
    };
    inbox.advance(head);
    while inbox.len() < length {
        if length > LONGEST_REQUEST || socket.read_buf(inbox).await? == 0 {
            return Ok(None);
        }
    }
    Ok(Some(inbox.split_to(length)))
}

fn content_length(head: &[u8]) -> usize {
    let head = String::from_utf8_lossy(head);
    let mut headers = head.lines().filter_map(|line| line.split_once(':'));
    let length = headers.find(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    length.and_then(|(_, value)| value.trim().parse().ok()).unwrap_or(0)
}

async fn speak(socket: &mut TcpStream, script: Script) -> io::Result<()> {
    let mut out = HEAD.to_vec();
    match script {
        Script::Instant(count) => {
            for first in (0..count).step_by(BURST as usize) {
                let now = clock::now();
                (first..count.min(first + BURST)).for_each(|index| token(index, now, &mut out));
                socket.write_all(&out).await?;
                out.clear();
            }
        }
        Script::Paced(count) => {
            let begin = Instant::now();
            for index in 0..count {
                // The timer counts in milliseconds: even a moment that has come would be waited for.
                if index > 0 {
                    sleep_until(begin + PACE * index).await;
                }
                token(index, clock::now(), &mut out);
                socket.write_all(&out).await?;
                out.clear();
            }
        }
    }
    chunk(END, &mut out);
    out.extend_from_slice(b"0\r\n\r\n");
    socket.write_all(&out).await
}

/// A token is an event, and an event is a chunk, as with real models.
fn token(index: u32, now: u64, out: &mut Vec<u8>) {
    let mut event =
        br#"data: {"object":"chat.completion.chunk","choices":[{"index":0,"delta":{"content":""#.to_vec();
    tokens::write(index, now, &mut event);
    event.extend_from_slice(b"\"},\"finish_reason\":null}]}\n\n");
    chunk(&event, out);
}

fn chunk(data: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(format!("{:x}\r\n", data.len()).as_bytes());
    out.extend_from_slice(data);
    out.extend_from_slice(b"\r\n");
}
