//! From the bytes of an answer to the pieces of a reply.
//!
//! Whether an answer is a stream of events or one JSON document is decided by its first byte, never by its
//! `Content-Type`: SillyTavern sends none. A stream counts as whole only if it said so, with `[DONE]` or a finish
//! reason, because a proxy passes a cut connection on as a quiet end. Events that have already arrived leave as one
//! piece: a busy moment costs one message per burst and an idle one costs no waiting.

use std::collections::VecDeque;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures_util::future::FutureExt;
use futures_util::stream::{self, BoxStream, StreamExt};
use reqwest::Response;
use serde_json::Value;

use self::events::Events;
use super::delta::{self, Delta};
use super::error::ProviderError;
use super::{Piece, Pieces, Usage, fault};

mod events;

/// No reply is longer than this; what would be is ended as if the model had reached its limit.
const LONGEST_REPLY: usize = 1 << 20;
/// A document that is not a stream may hold a reply and some JSON around it.
const LARGEST_DOCUMENT: usize = 2 * LONGEST_REPLY;
/// Pieces are gathered up to about this size, so that no message to a client grows large.
const FULL_PIECE: usize = 8 << 10;
/// How long a stream that has told its finish reason may take for its usage and `[DONE]`.
const LAST_WORDS: Duration = Duration::from_secs(2);

type Body = BoxStream<'static, reqwest::Result<Bytes>>;

/// Reads a successful answer. It waits for the first byte only.
pub(super) async fn pieces(response: Response) -> Result<Pieces, ProviderError> {
    let mut body: Body = response.bytes_stream().boxed();
    let start = first_bytes(&mut body).await?;
    match start.iter().find(|byte| !byte.is_ascii_whitespace()) {
        Some(b'{' | b'[') => whole(start, body).await,
        Some(b'<') | None => Err(ProviderError::Nonsense),
        Some(_) => Ok(Reader::new(stream::iter([Ok(start)]).chain(body).boxed()).into_pieces()),
    }
}

/// Reads at most `limit` bytes of a body that matters only for its error.
pub(super) async fn bounded_body(response: Response, limit: usize) -> Vec<u8> {
    let mut body = response.bytes_stream();
    let mut read = Vec::new();
    while let Some(Ok(chunk)) = body.next().await {
        let room = limit - read.len();
        read.extend_from_slice(&chunk[..chunk.len().min(room)]);
        if read.len() == limit {
            break;
        }
    }
    read
}

/// Chunks until one holds more than white space.
async fn first_bytes(body: &mut Body) -> Result<Bytes, ProviderError> {
    let mut start = BytesMut::new();
    while start.len() < FULL_PIECE {
        match body.next().await {
            Some(Ok(chunk)) => start.extend_from_slice(&chunk),
            Some(Err(_)) => return Err(ProviderError::Cut),
            None if start.is_empty() => return Err(ProviderError::Cut),
            None => break,
        }
        if start.iter().any(|byte| !byte.is_ascii_whitespace()) {
            break;
        }
    }
    Ok(start.freeze())
}

/// One JSON document instead of a stream: an answer in one piece, or an error that came with a 200.
async fn whole(start: Bytes, mut rest: Body) -> Result<Pieces, ProviderError> {
    let mut document = BytesMut::from(start);
    while let Some(chunk) = rest.next().await {
        document.extend_from_slice(&chunk.map_err(|_| ProviderError::Cut)?);
        if document.len() > LARGEST_DOCUMENT {
            return Err(ProviderError::Nonsense);
        }
    }
    let document: Value = serde_json::from_slice(&document).map_err(|_| ProviderError::Nonsense)?;
    if let Some(error) = fault::of_body(&document) {
        return Err(error);
    }
    let mut reply = Reply::default();
    reply.absorb(delta::read(&document));
    Ok(stream::iter(reply.end(Ending::Whole)).boxed())
}

#[derive(Clone, Copy)]
enum Ending {
    /// It said that it was done, or is a document that needs no such word.
    Whole,
    /// The bytes stopped.
    Quiet,
}

/// What has been said so far and not yet been handed on.
#[derive(Default)]
struct Reply {
    outbox: VecDeque<Piece>,
    said: usize,
    finish: Option<String>,
    usage: Option<Usage>,
}

impl Reply {
    fn absorb(&mut self, delta: Delta) {
        self.finish = delta.finish.or(self.finish.take());
        self.usage = delta.usage.or(self.usage);
        if !delta.reasoning.is_empty() {
            self.push(Piece::Reasoning(delta.reasoning));
        }
        if !delta.text.is_empty() {
            self.said += delta.text.len();
            self.push(Piece::Text(delta.text));
        }
    }

    /// Adds to the last piece where that is of the same kind. Postgres cannot hold U+0000, so nobody gets one.
    fn push(&mut self, piece: Piece) {
        match (self.outbox.back_mut(), piece) {
            (Some(Piece::Text(last)), Piece::Text(more))
            | (Some(Piece::Reasoning(last)), Piece::Reasoning(more)) => last.push_str(&without_nul(more)),
            (_, Piece::Text(text)) => self.outbox.push_back(Piece::Text(without_nul(text))),
            (_, Piece::Reasoning(text)) => self.outbox.push_back(Piece::Reasoning(without_nul(text))),
            (_, finish @ Piece::Finish { .. }) => self.outbox.push_back(finish),
        }
    }

    fn is_full(&self) -> bool {
        let Some(Piece::Text(text) | Piece::Reasoning(text)) = self.outbox.front() else { return false };
        self.outbox.len() > 1 || text.len() >= FULL_PIECE
    }

    /// The pieces that are left and, last, how it ended.
    fn end(mut self, ending: Ending) -> Vec<Result<Piece, ProviderError>> {
        let filtered = self.finish.as_deref() == Some("content_filter");
        let verdict = match ending {
            Ending::Quiet if self.finish.is_none() => Err(ProviderError::Cut),
            _ if self.said == 0 && filtered => Err(ProviderError::Filtered),
            _ if self.said == 0 => Err(ProviderError::Empty),
            _ => Ok(Piece::Finish { reason: self.finish.take(), usage: self.usage }),
        };
        self.outbox.drain(..).map(Ok).chain([verdict]).collect()
    }
}

fn without_nul(text: String) -> String {
    if text.contains('\0') { text.replace('\0', "\u{fffd}") } else { text }
}

/// What an event did to the reply.
enum Heard {
    More,
    End(Ending),
    Failed(ProviderError),
}

struct Reader {
    events: Events,
    reply: Reply,
    closing: VecDeque<Result<Piece, ProviderError>>,
    closed: bool,
}

impl Reader {
    fn new(body: Body) -> Self {
        Self { events: Events::new(body), reply: Reply::default(), closing: VecDeque::new(), closed: false }
    }

    fn into_pieces(self) -> Pieces {
        stream::unfold(self, |mut reader| async move { Some((reader.next().await?, reader)) }).boxed()
    }

    async fn next(&mut self) -> Option<Result<Piece, ProviderError>> {
        while !self.closed && self.reply.outbox.is_empty() {
            let event = self.patiently().await;
            self.hear(event);
        }
        // What has arrived in the meantime leaves with it.
        while !self.closed && !self.reply.is_full() {
            let Some(event) = self.events.next().now_or_never() else { break };
            self.hear(event);
        }
        if self.closed { self.closing.pop_front() } else { self.reply.outbox.pop_front().map(Ok) }
    }

    /// The next event; after the finish reason no longer than a moment, for some servers never hang up.
    async fn patiently(&mut self) -> Option<Result<String, ProviderError>> {
        if self.reply.finish.is_none() {
            return self.events.next().await;
        }
        tokio::time::timeout(LAST_WORDS, self.events.next()).await.unwrap_or_default()
    }

    fn hear(&mut self, event: Option<Result<String, ProviderError>>) {
        match self.understand(event) {
            Heard::More => {}
            Heard::End(ending) => self.close(|reply| reply.end(ending)),
            Heard::Failed(error) => {
                self.close(|reply| reply.outbox.into_iter().map(Ok).chain([Err(error)]).collect());
            }
        }
    }

    fn understand(&mut self, event: Option<Result<String, ProviderError>>) -> Heard {
        let data = match event {
            Some(Err(error)) if self.reply.finish.is_none() => return Heard::Failed(error),
            // All was said; how the line was dropped afterwards does not matter.
            None | Some(Err(_)) => return Heard::End(Ending::Quiet),
            Some(Ok(data)) => data,
        };
        if data.trim() == "[DONE]" {
            return Heard::End(Ending::Whole);
        }
        let Ok(event) = serde_json::from_str::<Value>(&data) else {
            return Heard::Failed(self.events.misread());
        };
        if let Some(error) = fault::of_body(&event) {
            return Heard::Failed(error);
        }
        self.reply.absorb(delta::read(&event));
        if self.reply.said > LONGEST_REPLY {
            self.reply.finish = Some("length".into());
            return Heard::End(Ending::Whole);
        }
        Heard::More
    }

    /// Settles what is still to be handed on, and lets go of the connection.
    fn close(&mut self, last: impl FnOnce(Reply) -> Vec<Result<Piece, ProviderError>>) {
        self.closing = last(std::mem::take(&mut self.reply)).into();
        self.closed = true;
        self.events.hang_up();
    }
}

#[cfg(test)]
mod spec;
