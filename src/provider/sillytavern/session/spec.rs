//! How often a door is knocked at. The real SillyTavern, which counts nothing, is in the stories.

use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use axum::Router;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Json};
use axum::routing::{get, post};
use futures_util::future::join_all;
use tokio::net::TcpListener;

use super::*;
use crate::provider::http;

/// A door whose token is its number of visitors: each entry makes the former passes stale.
#[derive(Default)]
struct Doorman {
    entered: AtomicUsize,
    is_out: bool,
}

async fn door(doorman: Arc<Doorman>) -> Session {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = Url::parse(&format!("http://{}/", listener.local_addr().unwrap())).unwrap();
    let routes =
        Router::new().route("/csrf-token", get(hand_out)).route("/work", post(work)).with_state(doorman);
    tokio::spawn(async move { axum::serve(listener, routes).await });
    Session::new(http::client(&http::Outside::default()).unwrap(), Door { url, basic: None, account: None })
}

async fn hand_out(State(doorman): State<Arc<Doorman>>) -> axum::response::Response {
    let number = doorman.entered.fetch_add(1, SeqCst) + 1;
    if doorman.is_out {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    (
        [(SET_COOKIE, format!("session={number}; path=/; httponly"))],
        Json(json!({"token": number.to_string()})),
    )
        .into_response()
}

async fn work(State(doorman): State<Arc<Doorman>>, headers: HeaderMap) -> axum::response::Response {
    let current = doorman.entered.load(SeqCst).to_string();
    let shown = headers.get(CSRF).is_some_and(|token| token == current.as_str());
    let cookie = headers.get(COOKIE).is_some_and(|cookie| *cookie == format!("session={current}").as_str());
    if shown && cookie {
        StatusCode::OK.into_response()
    } else {
        (StatusCode::FORBIDDEN, "Forbidden").into_response()
    }
}

async fn work_at_once(session: &Session) -> Vec<Result<u16, ProviderError>> {
    let works = (0..50).map(|_| async { Ok(session.post("work", &json!({})).await?.status().as_u16()) });
    join_all(works).await
}

#[tokio::test]
async fn however_many_come_at_once_one_enters_for_all() {
    let doorman = Arc::new(Doorman::default());
    let session = door(Arc::clone(&doorman)).await;

    assert_eq!(work_at_once(&session).await, vec![Ok(200); 50]);

    assert_eq!(doorman.entered.load(SeqCst), 1);
}

#[tokio::test]
async fn a_stale_pass_is_renewed_once_for_all() {
    let doorman = Arc::new(Doorman::default());
    let session = door(Arc::clone(&doorman)).await;
    work_at_once(&session).await;
    doorman.entered.fetch_add(1, SeqCst);

    assert_eq!(work_at_once(&session).await, vec![Ok(200); 50]);

    assert_eq!(doorman.entered.load(SeqCst), 3);
}

#[tokio::test]
async fn a_closed_door_is_told_to_all_who_wait_and_tried_again_by_the_next() {
    let doorman = Arc::new(Doorman { is_out: true, ..Doorman::default() });
    let session = door(Arc::clone(&doorman)).await;

    assert_eq!(work_at_once(&session).await, vec![Err(ProviderError::Server { status: 503 }); 50]);
    let knocks = doorman.entered.load(SeqCst);
    work_at_once(&session).await;

    assert_eq!((knocks, doorman.entered.load(SeqCst)), (1, 2));
}
