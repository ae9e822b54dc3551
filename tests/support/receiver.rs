//! Somebody who is told of events over HTTP, and answers as the story wants.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_util::sync::{CancellationToken, DropGuard};

/// What is not told for so long is never told.
const PATIENCE: Duration = Duration::from_secs(60);

/// An attempt, as it arrived.
#[derive(Clone, Debug)]
pub(crate) struct Attempt {
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// What was answered.
    pub(crate) answered: u16,
}

impl Attempt {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).expect(name).to_str().expect("text")
    }

    pub(crate) fn event(&self) -> Value {
        serde_json::from_slice(&self.body).expect("JSON")
    }

    pub(crate) fn r#type(&self) -> String {
        self.event()["type"].as_str().expect("a type").rsplit('.').next().expect("a name").to_owned()
    }

    /// Whether whoever shares this secret sent it, as the library of Standard Webhooks sees it.
    pub(crate) fn is_signed_with(&self, secret: &str) -> bool {
        let judge = standardwebhooks::Webhook::new(secret).expect("a secret of Standard Webhooks");
        judge.verify(&self.body, &self.headers).is_ok()
    }
}

struct Desk {
    answer: AtomicU16,
    attempts: watch::Sender<Vec<Attempt>>,
}

/// The running receiver. Dropping it closes its port.
pub(crate) struct Receiver {
    address: SocketAddr,
    desk: Arc<Desk>,
    _stop: DropGuard,
}

impl Receiver {
    /// One that answers with this status.
    pub(crate) async fn that_answers(status: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free loopback port");
        let address = listener.local_addr().expect("a bound port");
        let desk = Arc::new(Desk { answer: AtomicU16::new(status), attempts: watch::Sender::default() });
        let (stop, routes) = (CancellationToken::new(), Router::new().route("/hook", post(take)));
        let (routes, stopped) = (routes.with_state(Arc::clone(&desk)), stop.clone());
        tokio::spawn(async move {
            tokio::select! {
                served = async { axum::serve(listener, routes).await } => served.expect("the receiver serves"),
                () = stopped.cancelled() => {}
            }
        });
        Self { address, desk, _stop: stop.drop_guard() }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}/hook", self.address)
    }

    pub(crate) fn port(&self) -> u16 {
        self.address.port()
    }

    /// From now on it answers so.
    pub(crate) fn answers(&self, status: u16) {
        self.desk.answer.store(status, Ordering::SeqCst);
    }

    /// Every attempt until now.
    pub(crate) fn attempts(&self) -> Vec<Attempt> {
        self.desk.attempts.borrow().clone()
    }

    /// Waits, for a bounded time, until the attempts are as wished.
    pub(crate) async fn until(&self, wished: impl Fn(&[Attempt]) -> bool) -> Vec<Attempt> {
        let mut attempts = self.desk.attempts.subscribe();
        let waited = tokio::time::timeout(PATIENCE, attempts.wait_for(|all| wished(all))).await;
        let all = waited.unwrap_or_else(|_| panic!("not told as wished: {:#?}", self.attempts()));
        all.expect("it is there").clone()
    }
}

async fn take(State(desk): State<Arc<Desk>>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let answered = desk.answer.load(Ordering::SeqCst);
    desk.attempts.send_modify(|all| all.push(Attempt { headers, body, answered }));
    StatusCode::from_u16(answered).expect("a status")
}
