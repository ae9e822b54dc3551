//! Server-sent events: frames as bytes, and the answer that carries them.
//!
//! Frames that are known at the same time leave as one chunk, so that a burst of tokens costs one write. A comment
//! every so often keeps what stands between us and the caller from thinking that nobody is there.

use std::{convert::Infallible, fmt::Display, io::Write, time::Duration};

use axum::{
    body::Body,
    http::{HeaderMap, HeaderName, header},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use futures_util::{Stream, StreamExt, stream};
use serde::Serialize;
use tokio::time::timeout;

/// How long a stream is silent before a comment is sent.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// Frames that leave as one chunk.
#[derive(Debug, Default)]
pub struct Frames(Vec<u8>);

impl Frames {
    /// Adds an event.
    pub fn event(&mut self, name: &str, data: &impl Serialize) {
        self.begin(name);
        self.data(data);
    }

    /// Adds an event at which a caller who comes back can go on.
    pub fn event_at(&mut self, id: impl Display, name: &str, data: &impl Serialize) {
        self.begin(name);
        self.push(format_args!("id: {id}\n"));
        self.data(data);
    }

    /// All of them.
    pub fn finish(self) -> Bytes {
        self.0.into()
    }

    fn begin(&mut self, name: &str) {
        self.push(format_args!("event: {name}\n"));
    }

    /// JSON has no line breaks of its own, and escapes those in texts: one line holds it.
    fn data(&mut self, data: &impl Serialize) {
        self.0.extend_from_slice(b"data: ");
        // What we tell has texts as keys, so writing it to memory cannot fail.
        drop(serde_json::to_writer(&mut self.0, data));
        self.0.extend_from_slice(b"\n\n");
    }

    fn push(&mut self, text: std::fmt::Arguments<'_>) {
        // Writing to memory does not fail.
        drop(self.0.write_fmt(text));
    }
}

/// The answer that carries these frames.
pub fn response(frames: impl Stream<Item = Bytes> + Send + 'static) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "text/event-stream"),
        (header::CACHE_CONTROL, "no-store"),
        (HeaderName::from_static("x-accel-buffering"), "no"),
    ];
    (headers, Body::from_stream(alive(frames, HEARTBEAT).map(Ok::<_, Infallible>))).into_response()
}

/// The same frames, with a comment whenever there were none for a while.
fn alive(
    frames: impl Stream<Item = Bytes> + Send + 'static,
    every: Duration,
) -> impl Stream<Item = Bytes> + Send + 'static {
    stream::unfold(Box::pin(frames), move |mut frames| async move {
        match timeout(every, frames.next()).await {
            Ok(chunk) => Some((chunk?, frames)),
            Err(_) => Some((Bytes::from_static(b": still here\n\n"), frames)),
        }
    })
}

/// Where a caller who comes back wants to go on: `Last-Event-ID`, or the same in the query.
pub fn last_event_id(headers: &HeaderMap, query: Option<&str>) -> Option<String> {
    let header = headers.get("last-event-id").map(|value| value.to_str().unwrap_or_default());
    header.or(query).filter(|id| !id.is_empty()).map(str::to_owned)
}

#[cfg(test)]
mod spec {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_event_is_its_name_its_id_and_one_line_of_json() {
        let mut frames = Frames::default();
        frames.event("started", &json!({"attempt": 1}));
        frames.event_at("00000007.0.3", "token", &json!({"text": "a\nb"}));
        let text = String::from_utf8(frames.finish().to_vec()).unwrap();
        assert_eq!(
            text,
            "event: started\ndata: {\"attempt\":1}\n\n\
             event: token\nid: 00000007.0.3\ndata: {\"text\":\"a\\nb\"}\n\n"
        );
    }

    #[tokio::test]
    async fn a_silent_stream_says_that_it_is_still_there() {
        let frames = stream::once(async { Bytes::from_static(b"first") }).chain(stream::pending());
        let chunks: Vec<_> = alive(frames, Duration::from_millis(1)).take(3).collect().await;
        assert_eq!(chunks[0], "first");
        assert!(chunks[1].starts_with(b":") && chunks[2].starts_with(b":"));
    }

    #[test]
    fn the_header_goes_before_the_query() {
        let headers = HeaderMap::from_iter([("last-event-id".parse().unwrap(), "1".parse().unwrap())]);
        assert_eq!(last_event_id(&headers, Some("2")).as_deref(), Some("1"));
        assert_eq!(last_event_id(&HeaderMap::new(), Some("2")).as_deref(), Some("2"));
        assert_eq!(last_event_id(&HeaderMap::new(), None), None);
    }
}
