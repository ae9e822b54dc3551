//! What NextChat 2.16.1 was seen to send, byte for byte, in the three ways in which it can be set up, and what it is
//! answered, to the byte as well.

use crate::browser::Browser;
use crate::guest::Guest;
use crate::house::{Innkeeper, Plan};
use crate::model_stub::Stub;
use crate::wire::{Answered, says};

/// Where the page is that asks from the browser.
const PAGE: &str = "http://127.0.0.1:9910";
const HELLO: &str = "Hello there, who are you?";
const TITLE: &str = "Please generate a four to five word title summarizing our conversation without any lead-in, \
                     punctuation, or additional text.";
/// The same in a language of which the house knows no word.
const TITEL: &str = "Nenne mir vier bis sechs Worte, unter denen man dieses Gespraech wiederfindet.";

/// A house that all three of them can ask, and a model that says what was said last.
async fn house() -> (Innkeeper, Guest, Stub) {
    let house = Plan::shared().await.with("INNKEEPER_HTTP_ORIGINS", PAGE).opens().await;
    let (mira, stub) = (house.guest("Mira").await, Stub::start().await);
    mira.speaks_through(&stub, "echo").await;
    mira.invents("Aqua").await;
    (house, mira, stub)
}

fn body(messages: &str, stream: bool) -> String {
    format!(
        r#"{{"messages":[{messages}],"stream":{stream},"model":"aqua","temperature":0.5,"presence_penalty":0,"frequency_penalty":0,"top_p":1}}"#
    )
}

fn hello() -> String {
    body(&format!(r#"{{"role":"user","content":"{HELLO}"}}"#), true)
}

fn title(asked: &str) -> String {
    let said = format!(r#"{{"role":"user","content":"{HELLO}"}},{{"role":"assistant","content":"{HELLO}"}}"#);
    body(&format!(r#"{said},{{"role":"user","content":"{asked}"}}"#), false)
}

/// Through NextChat's own server.
fn proxied(address: &str, key: &str, body: &str) -> String {
    format!(
        "POST /v1/chat/completions HTTP/1.1\r\nhost: {address}\r\nconnection: keep-alive\r\n\
         authorization: Bearer {key}\r\ncache-control: no-store\r\ncontent-type: application/json\r\n\
         user-agent: Next.js Middleware\r\naccept: */*\r\naccept-encoding: gzip, deflate\r\nsec-fetch-mode: cors\r\n\
         x-middleware-subrequest: app/api/[provider]/[...path]/route\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// The same where NextChat passes the body on as it comes.
fn proxied_in_chunks(address: &str, key: &str, body: &str) -> String {
    let (one, other) = body.split_at(17);
    proxied(address, key, "").replace("content-length: 0", "transfer-encoding: chunked")
        + &format!("{:x}\r\n{one}\r\n{:x}\r\n{other}\r\n0\r\n\r\n", one.len(), other.len())
}

/// From the browser, across origins.
fn direct(address: &str, key: &str, body: &str) -> String {
    format!(
        "POST /v1/chat/completions HTTP/1.1\r\nHost: {address}\r\nConnection: keep-alive\r\nContent-Length: {}\r\n\
         Authorization: Bearer {key}\r\nAccept: application/json, text/event-stream\r\n\
         Content-Type: application/json\r\nOrigin: {PAGE}\r\nSec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: cors\r\n\
         Sec-Fetch-Dest: empty\r\nReferer: {PAGE}/\r\nAccept-Encoding: gzip, deflate, br, zstd\r\n\r\n{body}",
        body.len()
    )
}

/// From the page of the house itself.
fn gateway(address: &str, cookie: &str, body: &str) -> String {
    format!(
        "POST /api/openai/v1/chat/completions HTTP/1.1\r\nHost: {address}\r\nConnection: keep-alive\r\n\
         Content-Length: {}\r\nAccept: application/json, text/event-stream\r\nContent-Type: application/json\r\n\
         Origin: http://{address}\r\nSec-Fetch-Site: same-origin\r\nSec-Fetch-Mode: cors\r\nSec-Fetch-Dest: empty\r\n\
         Referer: http://{address}/\r\nAccept-Encoding: gzip, deflate, br, zstd\r\nCookie: {cookie}\r\n\r\n{body}",
        body.len()
    )
}

/// The text with what differs each time taken out: the id and the time of an answer.
fn plain(text: &str) -> String {
    let id = text.split_once("\"id\":\"").expect("an id").1.split('"').next().expect("its end");
    assert!(id.strip_prefix("chatcmpl-").is_some_and(|rest| rest.len() == 32), "{id}");
    let created = text.split_once("\"created\":").expect("a time").1.split(',').next().expect("its end");
    assert!(created.len() == 10 && created.parse::<u32>().is_ok(), "{created}");
    text.replace(id, "ID").replace(created, "TIME")
}

#[track_caller]
fn is_streamed(answered: &Answered) {
    assert_eq!(answered.status, "HTTP/1.1 200 OK");
    assert_eq!(answered.header("content-type"), "text/event-stream");
    assert_eq!(answered.header("cache-control"), "no-store");
    assert_eq!(answered.header("transfer-encoding"), "chunked");
    assert!(!answered.headers.contains_key("content-encoding"), "a packed stream waits for its end");
    let chunk = |delta: &str, reason: &str| {
        format!(
            "data: {{\"id\":\"ID\",\"object\":\"chat.completion.chunk\",\"created\":TIME,\"model\":\"aqua\",\"choices\":\
             [{{\"index\":0,\"delta\":{delta},\"logprobs\":null,\"finish_reason\":{reason}}}]}}\n\n"
        )
    };
    let opening = chunk(r#"{"role":"assistant","content":""}"#, "null");
    assert_eq!(plain(&answered.first()), opening, "it is told at once, alone");
    let words = chunk(&format!(r#"{{"content":"{HELLO}"}}"#), "null");
    let end = chunk("{}", "\"stop\"") + "data: [DONE]\n\n";
    assert_eq!(plain(&answered.text()), opening + &words + &end);
}

#[track_caller]
fn is_a_title(answered: &Answered) {
    assert_eq!(answered.status, "HTTP/1.1 200 OK");
    assert_eq!(answered.header("content-type"), "application/json");
    let words = HELLO.trim_end_matches('?');
    let expected = format!(
        r#"{{"id":"ID","object":"chat.completion","created":TIME,"model":"aqua","choices":[{{"index":0,"message":{{"role":"assistant","content":"{words}","refusal":null}},"logprobs":null,"finish_reason":"stop"}}],"usage":{{"prompt_tokens":0,"completion_tokens":0,"total_tokens":0}}}}"#
    );
    assert_eq!(plain(&answered.text()), expected);
}

/// What was said came in once, and was said again when it was asked for again.
async fn is_kept(mira: &Guest, stub: &Stub) {
    assert_eq!(stub.asked().len(), 2, "no title is asked of the model");
    let told = &stub.last_asked().body["messages"];
    assert_eq!(told.as_array().and_then(|told| told.last()).expect("a message")["content"], HELLO);
    let [conversation] = &mira.conversations().await[..] else { panic!("one conversation") };
    assert_eq!(mira.words(conversation).await, [HELLO, HELLO]);
}

#[tokio::test]
async fn through_nextchats_server() {
    let (house, mira, stub) = house().await;
    let (address, key) = (house.address(), mira.key());

    is_streamed(&says(address, &proxied(address, key, &hello())).await);
    is_streamed(&says(address, &proxied_in_chunks(address, key, &hello())).await);
    for asked in [TITLE, TITEL] {
        is_a_title(&says(address, &proxied(address, key, &title(asked))).await);
    }

    is_kept(&mira, &stub).await;
}

#[tokio::test]
async fn from_the_browser_across_origins() {
    let (house, mira, stub) = house().await;
    let (address, key) = (house.address(), mira.key());
    let asked = format!(
        "OPTIONS /v1/chat/completions HTTP/1.1\r\nHost: {address}\r\nConnection: keep-alive\r\nAccept: */*\r\n\
         Access-Control-Request-Method: POST\r\nAccess-Control-Request-Headers: authorization,content-type\r\n\
         Origin: {PAGE}\r\nSec-Fetch-Mode: cors\r\nSec-Fetch-Site: cross-site\r\nSec-Fetch-Dest: empty\r\n\r\n"
    );
    let preflight = says(address, &asked).await;
    assert_eq!((&preflight.status[..], &preflight.text()[..]), ("HTTP/1.1 200 OK", ""));
    assert_eq!(preflight.header("access-control-allow-origin"), PAGE);
    assert_eq!(preflight.header("access-control-allow-methods"), "POST");
    assert_eq!(preflight.header("access-control-allow-headers"), "authorization,content-type");

    for _ in 0..2 {
        let answered = says(address, &direct(address, key, &hello())).await;
        is_streamed(&answered);
        assert_eq!(answered.header("access-control-allow-origin"), PAGE);
    }
    for asked in [TITLE, TITEL] {
        is_a_title(&says(address, &direct(address, key, &title(asked))).await);
    }

    is_kept(&mira, &stub).await;
}

#[tokio::test]
async fn from_the_page_of_the_house() {
    let (house, mira, stub) = house().await;
    let address = house.address();
    let browser = Browser::of(address, mira.key()).await;
    let cookie = browser.cookie().unwrap();

    is_streamed(&says(address, &gateway(address, &cookie, &hello())).await);
    is_streamed(&says(address, &gateway(address, &cookie, &hello())).await);
    for asked in [TITLE, TITEL] {
        is_a_title(&says(address, &gateway(address, &cookie, &title(asked))).await);
    }

    is_kept(&mira, &stub).await;
}
