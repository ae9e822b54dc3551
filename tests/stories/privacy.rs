//! Nobody's words stand in a log line, in what is counted, in a subject or in a header, nor in clear in the log of events.

use std::sync::{Arc, Mutex};

use serde_json::json;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

use crate::card::{card, json_file};
use crate::house::Plan;
use crate::model_stub::Stub;
use crate::servers::Place;

/// A word that nothing but a person would say.
const WORD: &str = "Zwetschgendatschi";

/// What goes over the wires of NATS.
#[derive(Clone, Default)]
struct Overheard {
    /// Subjects and headers, of all messages.
    outside: Arc<Mutex<String>>,
    /// Everything that is appended to the log of events.
    log: Arc<Mutex<Vec<u8>>>,
}

impl Overheard {
    /// Listens to every subject that the house may use.
    async fn from(nats_url: &str) -> Self {
        let (access, address) = nats_url.strip_prefix("nats://").unwrap().split_once('@').unwrap();
        let (user, pass) = access.split_once(':').unwrap();
        let mut stream = BufReader::new(TcpStream::connect(address).await.unwrap());
        let connect =
            json!({"user": user, "pass": pass, "headers": true, "verbose": false, "pedantic": false});
        let hello = format!("CONNECT {connect}\r\nSUB > 1\r\nPING\r\n");
        stream.get_mut().write_all(hello.as_bytes()).await.unwrap();
        let mut line = String::new();
        while line != "PONG\r\n" {
            line.clear();
            assert!(stream.read_line(&mut line).await.unwrap() > 0 && !line.starts_with("-ERR"), "{line}");
        }
        let heard = Self::default();
        tokio::spawn(listen(stream, heard.clone()));
        heard
    }
}

async fn listen(mut stream: BufReader<TcpStream>, heard: Overheard) {
    let mut line = String::new();
    while stream.read_line(&mut line).await.is_ok_and(|read| read > 0) {
        let words: Vec<_> = line.split_whitespace().collect();
        let number = |from_the_end: usize| words[words.len() - from_the_end].parse::<usize>().unwrap();
        let (headers, whole) = match words.first().copied() {
            Some("HMSG") => (number(2), number(1)),
            Some("MSG") => (0, number(1)),
            Some("PING") => {
                let _ = stream.get_mut().write_all(b"PONG\r\n").await;
                line.clear();
                continue;
            }
            _ => {
                line.clear();
                continue;
            }
        };
        let mut message = vec![0; whole + 2];
        if stream.read_exact(&mut message).await.is_err() {
            return;
        }
        if words[1].contains(".log.") {
            heard.log.lock().unwrap().extend_from_slice(&message[headers..]);
        }
        let headers = String::from_utf8_lossy(&message[..headers]).into_owned();
        heard.outside.lock().unwrap().push_str(&format!("{line}{headers}"));
        line.clear();
    }
}

#[tokio::test]
async fn a_persons_words_are_nowhere_but_where_they_belong() {
    let place = Place::new().await;
    let overheard = Overheard::from(&place.nats_url).await;
    let filter = "debug,innkeeper=trace,nats=trace,projections=trace,domain=trace,cards=trace";
    let house = Plan::on(&place).with("INNKEEPER_LOG_FILTER", filter).opens().await;
    let (owner, stub) = (house.owner(), Stub::start().await);
    owner.speaks_through(&stub, "echo").await;
    let mut ida = card(2, &format!("Ida {WORD}"));
    ida["data"]["description"] = json!(format!("Bakes {WORD}."));
    ida["data"]["tags"] = json!([WORD]);
    let ida = owner.imports(json_file(&ida)).await.is(201).text("id");
    let sit = json!({"character_ids": [ida], "title": WORD, "persona": {"name": WORD, "description": WORD}});
    let conversation = owner.posts("conversations", sit).await.is(201).text("id");
    let backup = json!({"personas": {format!("{WORD}.png"): WORD}, "persona_descriptions": {}});
    let brought = owner.posts("personas/import", backup).await.is(200).json();
    let persona = format!("personas/{}", brought["personas"][0]["id"].as_str().unwrap());
    owner.patches(&persona, json!({"description": WORD, "title": WORD})).await.is(200);
    owner.gets(&format!("personas?query={WORD}")).await.is(200);

    let heard = owner.hears(&conversation, &format!("I like {WORD}")).await;
    assert!(heard.completed().contains(WORD), "it was really said");
    for script in ["malformed", "error-in-stream", "500", "cut", "html"] {
        owner.speaks_through(&stub, script).await;
        let said = owner.says(&conversation, &format!("More {WORD}")).await;
        owner.hears_out(said.reply()).await.failed();
    }
    let messages = format!("conversations/{conversation}/messages");
    owner.posts(&messages, json!({"text": format!("{WORD}\0")})).await.is(422);
    owner.posts(&messages, json!({"words": WORD})).await.is(422);
    owner.posts(&messages, json!(format!("{WORD}"))).await.is(422);
    owner.imports(format!("{{\"name\": \"{WORD}").into_bytes()).await.is(422);
    owner.gets(&format!("characters?query={WORD}")).await.is(200);
    owner.gets(&format!("characters?tag={WORD}&limit=x{WORD}")).await.is(400);
    owner.gets(&format!("characters/{WORD}")).await.is(404);
    owner.patches(&format!("characters/{ida}"), json!({"voice": {"speed": WORD}})).await.is(422);
    owner
        .patches(&format!("conversations/{conversation}"), json!({"title": format!("{WORD} again")}))
        .await
        .is(200);
    owner.posts("me/keys", json!({"label": WORD})).await.is(201);
    assert!(owner.story(&conversation).await.len() > 5, "there is something to tell");

    let metrics = String::from_utf8(owner.gets("/metrics").await.is(200).body.to_vec()).unwrap();
    assert!(metrics.contains("innkeeper_http_request_seconds"), "something is counted");
    let plan = house.plan().clone();
    assert!(house.stops().success());
    let (out, log) = plan.said();
    let wires = overheard.outside.lock().unwrap().clone();
    let events = String::from_utf8_lossy(&overheard.log.lock().unwrap()).into_owned();
    assert!(events.contains("MessageSent") && events.contains("ReplyCompleted"), "the log was overheard");
    assert!(log.contains("conversation.id") && wires.contains("ink") | wires.contains("story_"), "{wires}");
    for (place, text) in [
        ("the banner", &out),
        ("the log", &log),
        ("the metrics", &metrics),
        ("NATS", &wires),
        ("the events", &events),
    ] {
        let line = text.lines().find(|line| line.contains(WORD));
        assert_eq!(line, None, "{place} repeats what was said");
    }
    for (place, text) in [("the log", &log), ("NATS", &wires), ("the metrics", &metrics)] {
        let line = text.lines().find(|line| line.contains(owner.key()));
        assert_eq!(line, None, "{place} tells a key");
    }
}
