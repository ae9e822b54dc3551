//! What is left of a request that is refused before all of it was read.
//!
//! Who is still sending when the connection closes sees a broken line instead of the answer, because the kernel resets
//! what nobody reads. So the rest of a refused body is read and thrown away before the refusal goes out: a bounded
//! amount, for a bounded time. Who waits for leave to send (`Expect: 100-continue`) is refused without it.

use std::{
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use axum::{
    body::{Body, HttpBody},
    extract::Request,
    http::header,
    middleware::Next,
    response::Response,
};
use bytes::Bytes;
use futures_util::StreamExt;
use http_body::{Frame, SizeHint};
use tokio::{sync::oneshot, time::timeout};

/// How many bytes are thrown away at most, as they come over the line.
const MOST: usize = 64 * 1024 * 1024;

/// For how long.
const PATIENCE: Duration = Duration::from_secs(10);

/// Answers, and reads what a refusal left unread.
pub async fn read(request: Request, next: Next) -> Response {
    if request.body().is_end_stream() {
        return next.run(request).await;
    }
    let (back, mut rest) = oneshot::channel();
    let is_sent = !request.headers().contains_key(header::EXPECT);
    let response = next.run(request.map(|body| Body::new(Lent { body, back: Some(back), is_sent }))).await;
    let refused = response.status().is_client_error() || response.status().is_server_error();
    if refused && let Ok(rest) = rest.try_recv() {
        // Where it takes too long, or breaks off, nobody is left to be polite to.
        let _ = timeout(PATIENCE, thrown_away(rest)).await;
    }
    response
}

async fn thrown_away(rest: Body) {
    let (mut chunks, mut bytes) = (rest.into_data_stream(), 0);
    while let Some(Ok(chunk)) = chunks.next().await {
        bytes += chunk.len();
        if bytes > MOST {
            return;
        }
    }
}

/// A body that comes back when it is let go of before its end.
struct Lent {
    body: Body,
    back: Option<oneshot::Sender<Body>>,
    /// Whether the rest is on its way, whoever reads it.
    is_sent: bool,
}

impl HttpBody for Lent {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        self.is_sent = true;
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        if self.is_sent
            && !self.body.is_end_stream()
            && let Some(back) = self.back.take()
        {
            // Whoever does not wait for it has answered already.
            let _ = back.send(std::mem::take(&mut self.body));
        }
    }
}

#[cfg(test)]
mod spec {
    use std::sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    };

    use axum::{Router, http::StatusCode, middleware::from_fn, routing::post};
    use futures_util::stream;
    use tower::ServiceExt;

    use super::*;

    const CHUNK: usize = 1024 * 1024;

    /// How many chunks of a body are read when it is refused at once.
    async fn read_of(chunks: usize, headers: &[(&str, &str)], status: StatusCode) -> usize {
        let read = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&read);
        let chunks = stream::iter(0..chunks).map(move |_| {
            count.fetch_add(1, Ordering::Relaxed);
            Ok::<_, std::io::Error>(Bytes::from(vec![0; CHUNK]))
        });
        let rooms = Router::new().route("/", post(move || async move { status })).layer(from_fn(super::read));
        let request =
            headers.iter().fold(Request::post("/"), |request, (name, value)| request.header(*name, *value));
        let response = rooms.oneshot(request.body(Body::from_stream(chunks)).unwrap()).await.unwrap();
        assert_eq!(response.status(), status);
        read.load(Ordering::Relaxed)
    }

    #[tokio::test]
    async fn the_rest_of_what_is_refused_is_read_up_to_a_bound() {
        assert_eq!(read_of(3, &[], StatusCode::UNAUTHORIZED).await, 3);
        assert_eq!(read_of(100, &[], StatusCode::PAYLOAD_TOO_LARGE).await, MOST / CHUNK + 1);
    }

    #[tokio::test]
    async fn what_is_answered_or_was_not_sent_yet_is_left_alone() {
        assert_eq!(read_of(3, &[], StatusCode::OK).await, 0);
        assert_eq!(read_of(3, &[("expect", "100-continue")], StatusCode::UNAUTHORIZED).await, 0);
    }
}
