//! Somebody else's server, as trackers and hosts of pictures are: it answers anybody, and tells what it was asked.
//!
//! It is in nobody's runtime, because the page that names it is shared by stories.

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{LazyLock, Mutex};
use std::thread;

const ANSWER: &[u8] =
    b"HTTP/1.1 200 OK\r\nAccess-Control-Allow-Origin: *\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

static ASKED: Mutex<Vec<String>> = Mutex::new(vec![]);
static ADDRESS: LazyLock<SocketAddr> = LazyLock::new(|| {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free loopback port");
    let address = listener.local_addr().expect("a bound port");
    thread::spawn(move || {
        for line in listener.incoming().flatten() {
            // A connection on which nothing is said must not hold the others up.
            thread::spawn(move || serve(line));
        }
    });
    address
});

/// An address there, for one house.
pub(crate) fn address(house: &str) -> String {
    format!("http://{}/{house}", *ADDRESS)
}

/// What was asked there from the pages of a house.
pub(crate) fn asked(house: &str) -> Vec<String> {
    let start = format!("/{house}/");
    let asked = ASKED.lock().expect("nobody panics here");
    asked.iter().filter_map(|path| path.strip_prefix(&start)).map(str::to_owned).collect()
}

fn serve(mut line: TcpStream) {
    let mut first = String::new();
    let _ = BufReader::new(&line).read_line(&mut first);
    if let Some(path) = first.split(' ').nth(1) {
        ASKED.lock().expect("nobody panics here").push(path.to_owned());
        let _ = line.write_all(ANSWER);
    }
}
