//! Following many things over one WebSocket, for those who cannot use server-sent events.

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::{TcpSocket, TcpStream};
use tokio_tungstenite::tungstenite::{Error, Message, client::IntoClientRequest, http::Request};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, client_async, connect_async};

use crate::browser::Browser;
use crate::guest::Guest;
use crate::house::{Innkeeper, Plan};
use crate::listening::{Event, Heard};
use crate::model_stub::{Stub, WORDS};

/// One side of a connection, strict about what it is told.
struct Line<Stream>(WebSocketStream<Stream>);

fn request(house: &Innkeeper, headers: &[(&'static str, &str)]) -> Request<()> {
    let mut request = format!("ws://{}/api/v1/ws", house.address()).into_client_request().unwrap();
    for (name, value) in headers {
        request.headers_mut().insert(*name, value.parse().unwrap());
    }
    request
}

impl Line<MaybeTlsStream<TcpStream>> {
    async fn of(house: &Innkeeper, guest: &Guest) -> Self {
        Self::with(request(house, &[("authorization", &format!("Bearer {}", guest.key()))])).await
    }

    async fn with(request: Request<()>) -> Self {
        Self(connect_async(request).await.expect("a connection").0)
    }
}

impl<Stream: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin> Line<Stream> {
    async fn asks(&mut self, frame: Value) {
        self.0.send(Message::text(frame.to_string())).await.expect("it can be asked");
    }

    /// What is told next.
    async fn told(&mut self) -> Value {
        loop {
            match self.0.next().await.expect("the connection stands").expect("a message") {
                Message::Text(text) => return serde_json::from_str(&text).expect("JSON"),
                Message::Ping(_) | Message::Pong(_) => {}
                other => panic!("{other:?}"),
            }
        }
    }

    /// What is told next about this subscription, which is the only one.
    async fn told_of(&mut self, sub: &str) -> Value {
        let told = self.told().await;
        assert_eq!(told["sub"], sub, "{told}");
        told
    }

    /// The reply of this subscription, to its end.
    async fn hears(&mut self, sub: &str) -> Heard {
        let mut heard = Heard::nothing();
        loop {
            let told = self.told_of(sub).await;
            match told["event"].as_str().expect("an event") {
                "subscribed" => {}
                "ended" => return heard,
                _ => heard.take(&event(&told)),
            }
        }
    }
}

fn event(told: &Value) -> Event {
    let text = |field: &str| told[field].as_str().unwrap_or_default().to_owned();
    Event { name: text("event"), id: text("id"), data: told["data"].clone() }
}

fn listen(sub: &str, reply: &str, last: Option<&str>) -> Value {
    json!({"op": "listen", "sub": sub, "reply": reply, "last": last})
}

#[tokio::test]
async fn one_connection_carries_a_conversation_and_its_replies() {
    let house = Innkeeper::common().await;
    let (mira, stub) = (house.guest("Mira").await, Stub::start().await);
    let conversation = mira.sits_down(&stub, "normal").await;
    let mut line = Line::of(house, &mira).await;
    line.asks(json!({"op": "follow", "sub": "all", "conversation": conversation})).await;
    assert_eq!(line.told_of("all").await["event"], "subscribed");

    let said = mira.says(&conversation, "Good evening").await;
    let names = [line.told_of("all").await, line.told_of("all").await];
    assert_eq!(
        names.each_ref().map(|told| told["event"].as_str().unwrap()),
        ["MessageSent", "ReplyRequested"]
    );
    assert_eq!(names[0]["data"]["text"], "Good evening");
    assert_eq!(names[1]["id"], said.position, "a commit is told whole, and its end is a place to go on");
    assert_eq!(line.told_of("all").await["event"], "ReplyCompleted");

    line.asks(json!({"op": "leave", "sub": "all"})).await;
    assert_eq!(line.told_of("all").await["event"], "ended");
    line.asks(listen("one", said.reply(), None)).await;
    let heard = line.hears("one").await;
    assert_eq!(heard.completed(), WORDS.concat());

    line.asks(json!({"op": "follow", "sub": "again", "conversation": conversation, "after": said.position}))
        .await;
    assert_eq!(line.told_of("again").await["event"], "subscribed");
    assert_eq!(line.told_of("again").await["event"], "ReplyCompleted", "and nothing before it");
    line.asks(json!({"op": "ping"})).await;
    assert_eq!(line.told().await, json!({"event": "pong"}));
}

#[tokio::test]
async fn many_replies_at_once_come_whole_and_go_on_at_the_token() {
    let house = Innkeeper::common().await;
    let (mira, stub) = (house.guest("Mira").await, Stub::start().await);
    let mut replies = vec![];
    for _ in 0..3 {
        let conversation = mira.sits_down(&stub, "slow").await;
        replies.push(mira.says(&conversation, "Tell me").await.reply().to_owned());
    }
    let mut line = Line::of(house, &mira).await;
    for reply in &replies {
        line.asks(listen(reply, reply, None)).await;
    }
    // Whoever breaks off after two tokens of one of them goes on behind them.
    let mut broken = Line::of(house, &mira).await;
    broken.asks(listen("b", &replies[0], None)).await;
    let mut tokens = vec![];
    while tokens.len() < 2 {
        let told = broken.told_of("b").await;
        if told["event"] == "token" {
            tokens.push(told);
        }
    }
    drop(broken);

    let mut heard = std::collections::BTreeMap::<String, Heard>::new();
    let mut ended = 0;
    while ended < replies.len() {
        let told = line.told().await;
        let sub = told["sub"].as_str().unwrap().to_owned();
        match told["event"].as_str().unwrap() {
            "subscribed" => {}
            "ended" => ended += 1,
            _ => heard.entry(sub).or_insert_with(Heard::nothing).take(&event(&told)),
        }
    }
    assert!(replies.iter().all(|reply| heard[reply].completed() == WORDS.concat()));

    line.asks(listen("b", &replies[0], tokens[1]["id"].as_str())).await;
    let rest = line.hears("b").await;
    let words = |told: &Value| told["data"]["text"].as_str().unwrap().to_owned();
    assert_eq!(tokens.iter().map(words).collect::<String>() + rest.completed(), WORDS.concat());
}

#[tokio::test]
async fn what_cannot_be_followed_is_refused_and_the_connection_stands() {
    let house = Innkeeper::common().await;
    let (mira, vera, stub) = (house.guest("Mira").await, house.guest("Vera").await, Stub::start().await);
    let conversation = mira.sits_down(&stub, "normal").await;
    let reply = mira.says(&conversation, "Good evening").await.reply().to_owned();
    mira.hears_out(&reply).await.completed();
    let mut line = Line::of(house, &vera).await;
    let nobody = "00000000-0000-0000-0000-000000000000";
    for (frame, slug) in [
        (listen("a", &reply, None), "reply-not-found"),
        (listen("a", nobody, None), "reply-not-found"),
        (json!({"op": "follow", "sub": "a", "conversation": conversation}), "conversation-not-found"),
        (
            json!({"op": "follow", "sub": "a", "conversation": conversation, "after": "x"}),
            "malformed-position",
        ),
        (listen("a", &reply, Some("x")), "malformed-stream-id"),
        (json!({"op": "leave", "sub": "a"}), "subscription-not-found"),
        (json!({"op": "dance"}), "unexpected-shape"),
        (json!({"op": "leave", "sub": "a".repeat(65)}), "out-of-bounds"),
        (json!([]), "unexpected-shape"),
    ] {
        line.asks(frame.clone()).await;
        let told = line.told().await;
        assert_eq!(told["event"], "refused", "{frame}: {told}");
        assert_eq!(told["data"]["type"], format!("/problems/{slug}"), "{frame}: {told}");
    }
    line.0.send(Message::binary(vec![0xc1])).await.unwrap();
    assert_eq!(line.told().await["data"]["type"], "/problems/malformed-msgpack");
    line.asks(json!({"op": "ping"})).await;
    assert_eq!(line.told().await["event"], "pong");
    line.0.send(Message::text("x".repeat(70_000))).await.unwrap();
    assert!(line.0.next().await.is_none_or(|end| end.is_err() || end.is_ok_and(|end| end.is_close())));

    vera.gets("ws").await.is_refused(400, "no-upgrade");
}

#[tokio::test]
async fn messagepack_is_told_to_those_who_ask_for_its_protocol() {
    let house = Innkeeper::common().await;
    let mira = house.guest("Mira").await;
    let protocols = format!("innkeeper.msgpack, key.{}", mira.key());
    let mut line = Line::with(request(house, &[("sec-websocket-protocol", &protocols)])).await;
    let ask = rmp_serde::encode::to_vec_named(&json!({"op": "ping"})).unwrap();

    line.0.send(Message::binary(ask)).await.unwrap();

    let told = line.0.next().await.unwrap().unwrap().into_data();
    let mut reader = rmp_serde::Deserializer::from_read_ref(&told);
    let told: std::collections::BTreeMap<String, String> =
        serde::Deserialize::deserialize(&mut reader).unwrap();
    assert_eq!(told["event"], "pong");
}

#[tokio::test]
async fn a_browser_comes_by_its_session_and_a_page_elsewhere_does_not() {
    let house = Innkeeper::common().await;
    let mira = house.guest("Mira").await;
    let browser = Browser::of(house.address(), mira.key()).await;
    let cookie = browser.cookie().unwrap();
    let ours = format!("http://{}", house.address());

    let mut line = Line::with(request(house, &[("cookie", &cookie), ("origin", &ours)])).await;
    line.asks(json!({"op": "ping"})).await;
    assert_eq!(line.told().await["event"], "pong");

    for (headers, status) in [
        (&[("cookie", cookie.as_str()), ("origin", "https://evil.example")][..], 403),
        (&[], 401),
        (&[("sec-websocket-protocol", "innkeeper.json, key.ink_wrong")], 401),
    ] {
        match connect_async(request(house, headers)).await {
            Err(Error::Http(response)) => assert_eq!(response.status(), status, "{headers:?}"),
            other => panic!("{headers:?}: {other:?}"),
        }
    }
}

/// How often this was counted.
async fn counted(guest: &Guest, name: &str) -> f64 {
    let metrics = guest.gets("/metrics").await.is(200);
    let metrics = String::from_utf8_lossy(&metrics.body).into_owned();
    let line = metrics.lines().find(|line| line.starts_with(name));
    line.and_then(|line| line.rsplit(' ').next()?.parse().ok()).unwrap_or_default()
}

#[tokio::test]
async fn who_does_not_read_is_told_so_and_dropped_and_loses_nothing() {
    let house = Plan::shared().await.with("INNKEEPER_HTTP_SLOW_READER", "6s").opens().await;
    let (owner, stub) = (house.owner(), Stub::start().await);
    let conversation = owner.sits_down(&stub, "never-waits").await;
    let reply = owner.says(&conversation, "Talk").await.reply().to_owned();
    let whole = owner.hears_out(&reply).await.completed().to_owned();
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4 * 1024).unwrap();
    let socket = socket.connect(house.address().parse().unwrap()).await.unwrap();
    let key = format!("Bearer {}", owner.key());
    let mut line = Line(client_async(request(&house, &[("authorization", &key)]), socket).await.unwrap().0);

    for number in 0..250 {
        line.asks(listen(&number.to_string(), &reply, None)).await;
    }
    while counted(&owner, "innkeeper_ws_dropped_total{code=\"4008\"}").await < 1.0 {
        tokio::task::yield_now().await;
    }

    let close = loop {
        if let Message::Close(close) = line.0.next().await.expect("it is told").expect("it is told") {
            break close.expect("why");
        }
    };
    assert_eq!(u16::from(close.code), 4008, "{close:?}");
    let mut line = Line::of(&house, &owner).await;
    line.asks(listen("again", &reply, None)).await;
    assert_eq!(line.hears("again").await.completed(), whole);
}
