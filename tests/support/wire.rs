//! HTTP/1.1 as it goes over the wire: a request byte for byte, and an answer in the pieces in which it came.

use std::collections::BTreeMap;
use std::io::Read;
use std::time::Duration;

use flate2::read::GzDecoder;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

/// An answer that takes longer than this is a fault.
const PATIENCE: Duration = Duration::from_secs(60);

/// An answer as it came.
#[derive(Debug)]
pub(crate) struct Answered {
    /// The first line.
    pub(crate) status: String,
    /// By their names in small letters.
    pub(crate) headers: BTreeMap<String, String>,
    /// The chunks, or the whole body as one.
    pieces: Vec<Vec<u8>>,
}

impl Answered {
    #[track_caller]
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).unwrap_or_else(|| panic!("no {name} in {:?}", self.headers))
    }

    /// All of it, unpacked.
    pub(crate) fn text(&self) -> String {
        let bytes = self.pieces.concat();
        if self.headers.get("content-encoding").is_none_or(|packed| packed != "gzip") {
            return String::from_utf8(bytes).expect("UTF-8");
        }
        let mut text = String::new();
        GzDecoder::new(&bytes[..]).read_to_string(&mut text).expect("gzip of UTF-8");
        text
    }

    /// What came first.
    pub(crate) fn first(&self) -> String {
        String::from_utf8(self.pieces[0].clone()).expect("UTF-8")
    }
}

/// Sends these bytes to a house, and hears the answer to its end; the connection has to stay usable.
pub(crate) async fn says(address: &str, request: &str) -> Answered {
    let heard = async {
        let mut line = BufReader::new(TcpStream::connect(address).await.expect("a connection"));
        line.write_all(request.as_bytes()).await.expect("it is taken");
        let answered = answer(&mut line).await;
        let again = format!("GET /healthz HTTP/1.1\r\nHost: {address}\r\n\r\n");
        line.write_all(again.as_bytes()).await.expect("it is kept alive");
        assert_eq!(answer(&mut line).await.status, "HTTP/1.1 200 OK");
        answered
    };
    tokio::time::timeout(PATIENCE, heard).await.expect("an answer in time")
}

async fn answer(line: &mut BufReader<TcpStream>) -> Answered {
    let status = text(line).await;
    let mut headers = BTreeMap::new();
    loop {
        let header = text(line).await;
        let Some((name, value)) = header.split_once(": ") else { break };
        let several = headers.entry(name.to_lowercase()).or_insert_with(String::new);
        if !several.is_empty() {
            several.push_str(", ");
        }
        several.push_str(value);
    }
    let pieces = match headers.get("content-length") {
        Some(length) => vec![bytes(line, length.parse().expect("a number")).await],
        None => chunks(line).await,
    };
    Answered { status, headers, pieces }
}

async fn chunks(line: &mut BufReader<TcpStream>) -> Vec<Vec<u8>> {
    let mut chunks = vec![];
    loop {
        let length = usize::from_str_radix(&text(line).await, 16).expect("the length of a chunk");
        let chunk = bytes(line, length).await;
        assert_eq!(text(line).await, "");
        if length == 0 {
            return chunks;
        }
        chunks.push(chunk);
    }
}

async fn text(line: &mut BufReader<TcpStream>) -> String {
    let mut text = String::new();
    line.read_line(&mut text).await.expect("a line");
    text.strip_suffix("\r\n").expect("a whole line").to_owned()
}

async fn bytes(line: &mut BufReader<TcpStream>, length: usize) -> Vec<u8> {
    let mut bytes = vec![0; length];
    line.read_exact(&mut bytes).await.expect("all of it");
    bytes
}
