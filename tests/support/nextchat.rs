//! A stand-in for NextChat's server, which is not to be had here: it keeps the laws that a gateway meets (a page, files
//! that never change, a server action, streams, a WebSocket, 404s of its own) and tells what it was asked.

use std::net::SocketAddr;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::ws::{Message, WebSocketUpgrade};
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{any, get};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio_stream::{StreamExt, wrappers::ReceiverStream};
use tokio_util::sync::{CancellationToken, DropGuard};

pub(crate) const PAGE: &str =
    "<!doctype html><title>NextChat</title><script src=/_next/static/app.js></script>";

/// The running stand-in. Dropping it is the server's death.
pub(crate) struct NextChat {
    pub(crate) address: SocketAddr,
    /// What its stream says next.
    pub(crate) says: mpsc::Sender<&'static str>,
    _stop: DropGuard,
}

impl NextChat {
    pub(crate) async fn start() -> Self {
        Self::start_at("127.0.0.1:0").await
    }

    pub(crate) async fn start_at(address: &str) -> Self {
        let (says, words) = mpsc::channel(8);
        let words = std::sync::Arc::new(std::sync::Mutex::new(Some(words)));
        let stream = move || {
            let words = words.lock().expect("nobody panics here").take();
            std::future::ready(words.map_or_else(|| StatusCode::CONFLICT.into_response(), streamed))
        };
        let routes = Router::new()
            .route("/", get(|| async { Html(PAGE) }).post(echo))
            .route("/_next/static/app.js", get(script))
            .route("/api/stream", get(stream))
            .route("/api/echo", any(echo))
            .route("/api/talk", get(talk))
            .fallback(|| async { (StatusCode::NOT_FOUND, Html("<h1>404 of NextChat</h1>")) });
        let (address, stop) = serves(address, routes).await;
        Self { address, says, _stop: stop }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

/// Serves there until the guard is dropped; and where that is.
pub(crate) async fn serves(address: &str, routes: Router) -> (SocketAddr, DropGuard) {
    let listener = TcpListener::bind(address).await.expect("a free loopback port");
    let address = listener.local_addr().expect("a bound port");
    let stop = CancellationToken::new();
    let stopped = stop.clone();
    tokio::spawn(async move {
        tokio::select! {
            served = async { axum::serve(listener, routes).await } => served.expect("it serves"),
            () = stopped.cancelled() => {}
        }
    });
    (address, stop.drop_guard())
}

async fn script() -> Response {
    let headers = [
        (header::CONTENT_TYPE, "text/javascript"),
        (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
        (header::CONTENT_ENCODING, "gzip"),
    ];
    (headers, Body::from("packed already")).into_response()
}

fn streamed(words: mpsc::Receiver<&'static str>) -> Response {
    let words = ReceiverStream::new(words).map(Ok::<_, std::convert::Infallible>);
    ([(header::CONTENT_TYPE, "text/event-stream")], Body::from_stream(words)).into_response()
}

/// Tells what it was asked, tries to log somebody in, and says something about its connection only.
async fn echo(method: Method, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    let headers: serde_json::Map<String, Value> = headers
        .iter()
        .map(|(name, value)| (name.to_string(), json!(value.to_str().unwrap_or("?"))))
        .collect();
    let told = json!({
        "method": method.as_str(), "uri": uri.to_string(), "headers": headers, "body": String::from_utf8_lossy(&body),
    });
    let mut response = axum::Json(told).into_response();
    for (name, value) in [
        ("set-cookie", "ink_session=planted; Path=/"),
        ("set-cookie", "lang=en"),
        ("connection", "x-hop"),
        ("x-hop", "1"),
    ] {
        response.headers_mut().append(name, value.parse().expect("a value"));
    }
    response
}

async fn talk(upgrade: WebSocketUpgrade) -> Response {
    upgrade.on_upgrade(async |mut socket| {
        while let Some(Ok(Message::Text(text))) = socket.recv().await {
            let said = Message::Text(format!("you said {text}").into());
            if socket.send(said).await.is_err() {
                return;
            }
        }
    })
}
