//! The `data` of server-sent events, out of a body that may be cut anywhere and may never end.
//!
//! `eventsource-stream` does the parsing: CRLF, comments, several `data` lines. It looks at its whole buffer again for
//! each line and each chunk, and it waits for ever on bytes that are not UTF-8; so it is fed whole lines, a few at a
//! time, with such bytes replaced. An event may hold so many bytes and no more, and an end without the empty line still
//! delivers the last event.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};

use bytes::{Bytes, BytesMut};
use eventsource_stream::{EventStream, EventStreamError};
use futures_util::stream::{self, BoxStream, StreamExt};

use super::{Body, ProviderError};

const LARGEST_EVENT: usize = 1 << 20;
/// Lines are fed in portions of about this size.
const PORTION: usize = 4 << 10;

/// Why no more bytes come.
enum Broken {
    Line,
    TooLarge,
}

/// What the parser cannot tell us about the bytes that it was fed.
#[derive(Default)]
struct Meter {
    since_event: AtomicUsize,
    ended: AtomicBool,
}

pub(super) struct Events {
    parsed: Option<EventStream<BoxStream<'static, Result<Bytes, Broken>>>>,
    meter: Arc<Meter>,
}

impl Events {
    pub(super) fn new(body: Body) -> Self {
        let meter = Arc::new(Meter::default());
        let fed = metered(body, Arc::clone(&meter));
        Self { parsed: Some(EventStream::new(fed)), meter }
    }

    /// The data of the next event. Dropping the future loses nothing.
    pub(super) async fn next(&mut self) -> Option<Result<String, ProviderError>> {
        let event = self.parsed.as_mut()?.next().await?;
        self.meter.since_event.store(0, Relaxed);
        Some(match event {
            Ok(event) => Ok(event.data),
            Err(EventStreamError::Transport(Broken::Line)) => Err(ProviderError::Cut),
            Err(EventStreamError::Transport(Broken::TooLarge)) => Err(ProviderError::Nonsense),
            Err(EventStreamError::Utf8(_) | EventStreamError::Parser(_)) => Err(self.misread()),
        })
    }

    /// What it means that an event cannot be understood: the last one was merely cut, any other is nonsense.
    pub(super) fn misread(&self) -> ProviderError {
        if self.meter.ended.load(Relaxed) { ProviderError::Cut } else { ProviderError::Nonsense }
    }

    /// Drops the connection, whatever is still to come on it.
    pub(super) fn hang_up(&mut self) {
        self.parsed = None;
    }
}

fn metered(body: Body, meter: Arc<Meter>) -> BoxStream<'static, Result<Bytes, Broken>> {
    let mut lines = Lines { held: BytesMut::new(), meter: Arc::clone(&meter) };
    body.map(Some)
        .chain(stream::once(async { None }))
        .flat_map(move |chunk| stream::iter(lines.feed(chunk)))
        .map(move |portion| {
            let portion = portion?;
            let waiting = meter.since_event.fetch_add(portion.len(), Relaxed) + portion.len();
            if waiting > LARGEST_EVENT { Err(Broken::TooLarge) } else { Ok(portion) }
        })
        .boxed()
}

/// Holds back what is not yet a whole line.
struct Lines {
    held: BytesMut,
    meter: Arc<Meter>,
}

impl Lines {
    /// What a chunk, or the end, completes.
    fn feed(&mut self, chunk: Option<reqwest::Result<Bytes>>) -> Vec<Result<Bytes, Broken>> {
        let Some(chunk) = chunk else {
            self.meter.ended.store(true, Relaxed);
            self.held.extend_from_slice(b"\n\n");
            return portions(self.held.split().freeze());
        };
        let Ok(chunk) = chunk else { return vec![Err(Broken::Line)] };
        let Some(last) = chunk.iter().rposition(|byte| is_line_end(*byte)) else {
            self.held.extend_from_slice(&chunk);
            return if self.held.len() > LARGEST_EVENT { vec![Err(Broken::TooLarge)] } else { vec![] };
        };
        self.held.extend_from_slice(&chunk[..=last]);
        let whole = self.held.split().freeze();
        self.held.extend_from_slice(&chunk[last + 1..]);
        portions(whole)
    }
}

fn portions(mut lines: Bytes) -> Vec<Result<Bytes, Broken>> {
    let mut portions = Vec::new();
    while !lines.is_empty() {
        let after = lines.iter().skip(PORTION).position(|byte| is_line_end(*byte));
        let portion = lines.split_to(after.map_or(lines.len(), |after| PORTION + after + 1));
        portions.push(Ok(readable(portion)));
    }
    portions
}

fn readable(bytes: Bytes) -> Bytes {
    match std::str::from_utf8(&bytes) {
        Ok(_) => bytes,
        Err(_) => String::from_utf8_lossy(&bytes).into_owned().into(),
    }
}

fn is_line_end(byte: u8) -> bool {
    matches!(byte, b'\n' | b'\r')
}
