//! One interface in several forms: JSON and MessagePack, packed and plain, HTTP/1.1 and HTTP/2, asked with any method.

use std::io::{Read, Write};

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use reqwest::{Method, Version};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::answer::Answer;
use crate::guest::Guest;
use crate::house::Innkeeper;
use crate::listening::Listening;
use crate::model_stub::{Stub, WORDS};

const MSGPACK: &str = "application/msgpack";

async fn mira() -> Guest {
    Innkeeper::common().await.guest("Mira").await
}

#[derive(Serialize, Deserialize, Debug, PartialEq)]
struct Message {
    text: String,
    reply: bool,
}

/// A body in MessagePack, as JSON would say it.
fn unpacked(bytes: &[u8]) -> Value {
    Value::deserialize(&mut rmp_serde::Deserializer::new(bytes)).expect("one value of MessagePack")
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(vec![], Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[tokio::test]
async fn messagepack_says_the_same_as_json_both_ways() {
    let mira = mira().await;
    let ida = mira.invents("Ida").await;
    let conversation = mira.sits_down_with(&[&ida]).await;
    let path = format!("conversations/{conversation}/messages");
    for media_type in [MSGPACK, "application/x-msgpack", "application/vnd.msgpack"] {
        let body = rmp_serde::to_vec_named(&Message { text: "Grüße 🦀".into(), reply: false }).unwrap();
        let request = mira.request(Method::POST, &path).header("content-type", media_type);
        let answer = mira.asks(request.header("accept", media_type).body(body)).await.is(202);
        assert_eq!(answer.header("content-type"), Some(MSGPACK));
        assert_eq!(unpacked(&answer.body)["position"], answer.header("ink-position").unwrap());
    }
    assert_eq!(mira.words(&conversation).await, ["Grüße 🦀"; 3]);
    for path in ["characters", "conversations", &path, &format!("characters/{ida}"), "me", "me/keys"] {
        let json = mira.gets(path).await.is(200);
        let packed = mira.asks(mira.request(Method::GET, path).header("accept", MSGPACK)).await.is(200);
        assert_eq!(
            (packed.header("content-type"), json.header("content-type")),
            (Some(MSGPACK), Some("application/json"))
        );
        assert_eq!(unpacked(&packed.body), json.json(), "{path}");
        assert_eq!(packed.header("etag"), json.header("etag"));
    }
    let refused =
        mira.asks(mira.request(Method::GET, "characters/x").header("accept", MSGPACK)).await.is(404);
    assert_eq!(unpacked(&refused.body)["type"], "/problems/character-not-found");
    for body in [&b""[..], b"\xc1", b"\x81", b"\x92\x01", &[0x91; 500]] {
        let request = mira.request(Method::POST, &path).header("content-type", MSGPACK).body(body.to_vec());
        mira.asks(request).await.is_refused(400, "malformed-msgpack");
    }
}

#[tokio::test]
async fn answers_are_packed_for_those_who_ask_and_bodies_may_come_packed() {
    let mira = mira().await;
    for number in 0..20 {
        let text = "Once upon a time there was an inn. ".repeat(20);
        let description = json!({"name": format!("Ida {number}"), "text": text});
        let body = gzip(json!({"description": description}).to_string().as_bytes());
        let request = mira.request(Method::POST, "characters").header("content-type", "application/json");
        mira.asks(request.header("content-encoding", "gzip").body(body)).await.is(201);
    }
    let plain = mira.gets("characters").await.is(200);
    let client = reqwest::Client::builder().no_proxy().no_gzip().build().unwrap();
    let request =
        client.get(mira.url("characters")).bearer_auth(mira.key()).header("accept-encoding", "gzip");
    let packed = Answer::of(request.send().await.unwrap()).await.is(200);

    assert_eq!(packed.header("content-encoding"), Some("gzip"));
    assert!(packed.body.len() < plain.body.len() / 2);
    let mut text = String::new();
    GzDecoder::new(&packed.body[..]).read_to_string(&mut text).unwrap();
    assert_eq!(text.as_bytes(), plain.body);
    // A small parcel with a large content is measured by its content.
    let bomb = mira.request(Method::POST, "characters").header("content-type", "application/json");
    let bomb = bomb.header("content-encoding", "gzip").body(gzip(&vec![b' '; 64 << 20]));
    mira.asks(bomb).await.is_refused(413, "too-large");
}

#[tokio::test]
async fn a_stream_is_never_held_back_to_be_packed() {
    let (mira, stub) = (mira().await, Stub::start().await);
    let conversation = mira.sits_down(&stub, "stall").await;
    let request = mira.request(Method::POST, &format!("conversations/{conversation}/messages"));
    let request = request.header("accept", "text/event-stream").header("accept-encoding", "gzip");
    let response = request.json(&json!({"text": "Hello"})).send().await.unwrap();
    assert!(!response.headers().contains_key("content-encoding"));

    let token = Listening::to(response).until("token").await;

    assert_eq!(token.data["text"], WORDS[0]);
}

#[tokio::test]
async fn http_2_in_the_clear_carries_everything_on_one_connection() {
    let house = Innkeeper::common().await;
    let (mira, stub) = (house.guest("Mira").await, Stub::start().await);
    let conversation = mira.sits_down(&stub, "slow").await;
    let client = reqwest::Client::builder().no_proxy().http2_prior_knowledge().build().unwrap();
    let send = |text: String| {
        let request = client.post(mira.url(&format!("conversations/{conversation}/messages")));
        request
            .bearer_auth(mira.key())
            .header("accept", "text/event-stream")
            .json(&json!({"text": text}))
            .send()
    };

    let replies = futures_util::future::join_all((0..8).map(|number| async move {
        let response = send(number.to_string()).await.unwrap();
        assert_eq!(response.version(), Version::HTTP_2);
        Listening::to(response).heard().await
    }));

    assert!(replies.await.iter().all(|reply| reply.completed() == WORDS.concat()));
}

#[tokio::test]
async fn head_tells_what_get_would() {
    let mira = mira().await;
    let path = format!("characters/{}", mira.invents("Ida").await);
    for path in [path.as_str(), "characters", "/healthz", "/api/openapi.json"] {
        let get = mira.gets(path).await.is(200);
        let head = mira.asks(mira.request(Method::HEAD, path)).await.is(200);
        assert!(head.body.is_empty());
        assert_eq!(head.header("content-type"), get.header("content-type"), "{path}");
        assert_eq!(head.header("etag"), get.header("etag"), "{path}");
    }
}

#[tokio::test]
async fn every_answer_belongs_to_the_trace_that_its_caller_began() {
    let mira = mira().await;
    let trace = "0af7651916cd43dd8448eb211c80319c";
    let request =
        mira.request(Method::GET, "me").header("traceparent", format!("00-{trace}-b7ad6b7169203331-01"));
    assert_eq!(mira.asks(request).await.is(200).header("ink-trace"), Some(trace));
    assert_eq!(mira.gets("me").await.is(200).header("ink-trace").map(str::len), Some(32));
}
