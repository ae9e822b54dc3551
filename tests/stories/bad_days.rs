//! Bad days of somebody who chats: a crowd that only listens, a reader who stops reading, a house that closes in the
//! middle of a sentence.

use std::fs;
use std::time::Duration;

use futures_util::stream::{self, BoxStream, StreamExt};
use reqwest::Method;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

use crate::guest::Guest;
use crate::house::{Innkeeper, Plan};
use crate::model_stub::{FLOOD, Stub, WORDS};
use crate::openai::body;

const STREAMS: usize = 1_000;
/// What one of them may cost the house, in a build without optimisation.
const STREAM_KIB: usize = 400;
/// Far fewer files than streams, unless the house asks for more.
const FEW_FILES: &[&str] = &["sh", "-c", "ulimit -S -n 256; exec \"$@\"", "sh"];
const PATIENCE: Duration = Duration::from_secs(120);

/// Somebody who talks with Aqua.
async fn mira(house: &Innkeeper, stub: &Stub, script: &str) -> Guest {
    let mira = house.guest("Mira").await;
    mira.speaks_through(stub, script).await;
    mira.invents("Aqua").await;
    mira
}

/// How many files a process has open.
fn files(pid: u32) -> usize {
    fs::read_dir(format!("/proc/{pid}/fd")).unwrap().count()
}

/// How much memory it has, in KiB.
fn memory(pid: u32) -> usize {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

/// What comes over the line, piece by piece.
async fn asks(mira: &Guest, words: &str) -> BoxStream<'static, String> {
    let request = mira.request(Method::POST, "/v1/chat/completions").json(&body("Aqua", &[("user", words)]));
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), 200);
    response.bytes_stream().map(|piece| String::from_utf8(piece.unwrap().to_vec()).unwrap()).boxed()
}

#[tokio::test]
async fn a_thousand_streams_idle_on_one_process() {
    innkeeper::start::raise_open_files();
    let plan = Plan::shared().await.with("INNKEEPER_PATIENCE_FIRST_TOKEN", "10m").under(FEW_FILES);
    let (house, stub) = (plan.opens().await, Stub::start().await);
    let mut crowd = vec![];
    for _ in 0..4 {
        crowd.push(mira(&house, &stub, "silent").await);
    }
    let (files_before, memory_before) = (files(house.pid()), memory(house.pid()));

    let asking = stream::iter(0..STREAMS).map(|number| {
        let guest = &crowd[number % crowd.len()];
        async move {
            let mut stream = asks(guest, &format!("Hello, number {number}")).await;
            let first = stream.next().await.unwrap();
            assert!(first.contains("\"role\":\"assistant\""), "{first}");
            stream
        }
    });
    let streams: Vec<_> = asking.buffer_unordered(64).collect().await;
    stub.within(PATIENCE, |tally| tally.asked == STREAMS).await;

    let (files_now, memory_now) = (files(house.pid()), memory(house.pid()));
    println!("{} files and {} KiB more", files_now - files_before, memory_now.saturating_sub(memory_before));
    // One to the client and one to the model, and what the house itself needs.
    assert!(files_now - files_before < 2 * STREAMS + 200, "{files_before} before, {files_now} now");
    assert!(memory_now < memory_before + STREAMS * STREAM_KIB, "{memory_before} before, {memory_now} now");
    let beats = stream::iter(streams).map(async |mut stream| {
        assert_eq!(stream.next().await.as_deref(), Some(": still here\n\n"));
        stream
    });
    let streams: Vec<_> = beats.buffer_unordered(STREAMS).collect().await;
    crowd[0].gets("me").await.is(200);

    drop(streams);
    let left = async {
        while files(house.pid()) > files_before + STREAMS + 100 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, left).await.expect("nothing is kept of who has left");
}

/// Asks, with a tiny window, and reads nothing of the answer.
async fn asks_and_does_not_read(mira: &Guest, address: &str) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4 * 1024).unwrap();
    let mut line = socket.connect(address.parse().unwrap()).await.unwrap();
    let body = body("Aqua", &[("user", "Count")]).to_string();
    // HTTP/1.0 has no chunks: what comes is what is said, up to the end of the line.
    let head = format!(
        "POST /v1/chat/completions HTTP/1.0\r\nhost: {address}\r\nauthorization: Bearer {}\r\ncontent-length: {}\r\n\r\n",
        mira.key(),
        body.len()
    );
    line.write_all((head + &body).as_bytes()).await.unwrap();
    line
}

/// The words in a stream, as far as it came.
fn words(heard: &[u8]) -> String {
    let heard = String::from_utf8_lossy(heard);
    let chunks = heard.split("\n\n").filter_map(|event| event.split_once("data: ")).map(|(_, data)| data);
    let chunks = chunks.filter_map(|data| serde_json::from_str::<serde_json::Value>(data).ok());
    chunks.filter_map(|chunk| chunk["choices"][0]["delta"]["content"].as_str().map(str::to_owned)).collect()
}

/// Whether the house still has its end of this line.
fn is_held(line: &TcpStream) -> bool {
    let (house, client) = (line.peer_addr().unwrap().port(), line.local_addr().unwrap().port());
    let ends = (format!(":{house:04X}"), format!(":{client:04X}"));
    let table = fs::read_to_string("/proc/net/tcp").unwrap();
    table.lines().map(|row| row.split_whitespace().collect::<Vec<_>>()).any(|row| {
        let [_, local, remote, ..] = row[..] else { return false };
        local.ends_with(&ends.0) && remote.ends_with(&ends.1)
    })
}

fn flood() -> String {
    (0..FLOOD).map(|number| format!("{number} ")).collect()
}

#[tokio::test]
async fn who_reads_late_misses_nothing() {
    let (house, stub) = (Innkeeper::common().await, Stub::start().await);
    let mira = mira(house, &stub, "never-waits").await;
    let mut late = asks_and_does_not_read(&mira, house.address()).await;
    stub.until(|tally| tally.served == 1).await;

    let mut heard = vec![];
    late.read_to_end(&mut heard).await.unwrap();

    assert_eq!(words(&heard), flood());
    assert!(heard.ends_with(b"data: [DONE]\n\n"));
}

#[tokio::test]
async fn who_stops_reading_is_dropped_and_finds_all_of_it_later() {
    let house = Plan::shared().await.with("INNKEEPER_HTTP_SLOW_READER", "1s").opens().await;
    let stub = Stub::start().await;
    let mira = mira(&house, &stub, "never-waits").await;
    let mut line = asks_and_does_not_read(&mira, house.address()).await;
    stub.until(|tally| tally.served == 1).await;

    let dropped = async {
        while is_held(&line) {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, dropped).await.expect("nobody waits for ever");
    let mut heard = vec![];
    let end = line.read_to_end(&mut heard).await;
    assert!(end.is_err() || !heard.ends_with(b"data: [DONE]\n\n"), "all of it fits into the window");
    let heard = words(&heard);
    assert!(flood().starts_with(&heard));

    mira.speaks_through(&stub, "echo").await;
    let answer =
        mira.is_told("Aqua", &[("user", "Count"), ("assistant", &heard), ("user", "And then?")]).await;

    assert_eq!(answer, "And then?");
    let [conversation] = &mira.conversations().await[..] else { panic!("one conversation") };
    assert_eq!(mira.words(conversation).await, ["Count", &flood(), "And then?", "And then?"]);
}

#[tokio::test]
async fn a_house_that_closes_in_the_middle_of_a_reply_goes_on_with_it_when_it_opens() {
    let plan = Plan::shared().await.with("INNKEEPER_WORKER_ACK_WAIT", "1s");
    let plan = plan.with("INNKEEPER_HTTP_FAREWELL", "50ms");
    let stub = Stub::with_pace(Duration::from_millis(200)).await;
    let ends: [fn(Innkeeper); 2] = [Innkeeper::dies, |house| assert!(house.stops().success())];
    for end in ends {
        let house = plan.opens().await;
        let mira = mira(&house, &stub, "slow").await;
        let mut chunks = mira.completes("Aqua", &[("user", "Hello")]).await;
        let heard = chunks.hears(WORDS[0].len() + WORDS[1].len()).await;
        end(house);
        drop(chunks);

        let house = plan.opens().await;
        let mira = mira.at(house.address());
        let turns = [("user", "Hello"), ("assistant", heard.as_str()), ("user", "Go on")];
        assert_eq!(mira.is_told("Aqua", &turns).await, WORDS.concat());

        let [conversation] = &mira.conversations().await[..] else { panic!("one conversation") };
        let words = mira.words(conversation).await;
        assert_eq!(words, ["Hello", &WORDS.concat(), "Go on", &WORDS.concat()]);
    }
}
