//! A WebSocket to NextChat: once both sides have agreed, bytes go through in both directions until one hangs up.

use axum::{
    body::Body,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use tokio::{io::copy_bidirectional, sync::Semaphore};

use super::headers;
use crate::api::problem::Problem;

/// How many go through at once.
static TUNNELS: Semaphore = Semaphore::const_new(1_000);

/// Answers that the protocol is changed, and carries what is said from then on.
pub(super) fn through(answer: reqwest::Response, ours: Option<OnUpgrade>) -> Response {
    let (Some(ours), Ok(place)) = (ours, TUNNELS.try_acquire()) else {
        return Problem::away("unavailable", "no more connections go through right now").into_response();
    };
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    *response.headers_mut() = headers::back(answer.headers());
    response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("upgrade"));
    response.headers_mut().insert(header::UPGRADE, HeaderValue::from_static("websocket"));
    tokio::spawn(async move {
        let _place = place;
        if let (Ok(ours), Ok(mut theirs)) = tokio::join!(ours, answer.upgrade()) {
            // Whoever hangs up first ends it; how, is between the two of them.
            drop(copy_bidirectional(&mut TokioIo::new(ours), &mut theirs).await);
        }
    });
    response
}
