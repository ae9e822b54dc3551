//! The stream that analysts read, derived from the log: one message an event, its type in the subject.
//!
//! It fences its own writer. Every publish names the last sequence that it follows, and the last message says from which
//! event of the log it was made; so whoever writes next, after a crash or beside another publisher, reads that one message
//! and goes on right behind its source. No checkpoint is kept anywhere else that could disagree with it.
//!
//! To derive it anew, a message is put in that says so ([`EventStream::restart`]) and the rest is purged: the publisher at
//! work is fenced by it, and consumers stay, because the stream does.
//!
//! It knows no event and hides nothing: what may be read by others is decided by whoever makes the messages.

mod publish;
mod shape;

use std::{sync::Arc, time::Duration};

use async_nats::{
    HeaderMap,
    jetstream::{
        ErrorCode,
        context::{GetStreamError, GetStreamErrorKind},
        message::StreamMessage,
        stream::{Info, RawMessageErrorKind, Stream},
    },
};
use bytes::Bytes;
use domain::commit::{Epoch, Position};

pub use self::publish::{PublishError, Published};
use self::shape::{config, origin_of};
use crate::{Cause, Nats, journal::Wire, topology};

/// In which header the place of the source in the log stands.
const POSITION: &str = "Ink-Position";
/// In which header stands which event of the commit it was.
const INDEX: &str = "Ink-Index";
/// In which header stands with which message the stream began.
const GENERATION: &str = "Ink-Generation";

/// What the stream is derived from, and how: another log or other names make another stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// Which log.
    pub log: Epoch,
    /// A fingerprint of the key from which its names follow.
    pub names: String,
}

/// How long events are kept.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Keep {
    /// For so long; for ever, without.
    pub age: Option<Duration>,
    /// As many bytes of them; without bound, without.
    pub bytes: Option<u64>,
}

/// An event of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Source {
    /// The commit.
    pub position: Position,
    /// Which of its events, from 0.
    pub index: u32,
}

/// Where the stream ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// The sequence of its last message, whether it is still kept or not.
    pub sequence: u64,
    /// The event that its last message was made from; none if there is none, or only word of a new beginning.
    pub source: Option<Source>,
    /// The sequence of the message with which it began.
    pub generation: u64,
}

/// Why the stream cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum EventStreamError {
    /// It was derived from something else.
    #[error(
        "the stream {stream} was derived from another log, or under another key: `innkeeper events rebuild` derives it anew"
    )]
    OtherOrigin {
        /// The stream.
        stream: String,
    },
    /// It cannot be made, changed or read.
    #[error("cannot {doing} the stream {stream}")]
    Unavailable {
        /// What was tried.
        doing: &'static str,
        /// The stream.
        stream: String,
        /// Why it failed.
        source: Cause,
    },
}

/// The stream that analysts read, cheap to clone.
#[derive(Debug, Clone)]
pub struct EventStream {
    stream: Stream<()>,
    wire: Wire,
}

impl EventStream {
    /// Makes it if it is missing, and sees to it that it keeps what it shall keep. One of another origin is left alone.
    pub async fn open(nats: &Nats, origin: &Origin, keep: Keep) -> Result<Self, EventStreamError> {
        let events = Self::make(nats, origin, keep).await?;
        let info = events.info().await?;
        if origin_of(&info.config).as_ref() != Some(origin) {
            return Err(EventStreamError::OtherOrigin { stream: events.wire.stream.to_string() });
        }
        events.shape(nats, &info, origin, keep).await?;
        Ok(events)
    }

    /// Lets it begin anew, whatever it is derived from: puts in the message that says so, which the caller writes for the
    /// new generation, and drops what came before. Answers the generation.
    pub async fn restart(
        nats: &Nats,
        origin: &Origin,
        keep: Keep,
        word: impl Fn(u64) -> Bytes,
    ) -> Result<u64, EventStreamError> {
        let events = Self::make(nats, origin, keep).await?;
        let info = events.info().await?;
        events.shape(nats, &info, origin, keep).await?;
        let generation = events.begin_anew(word).await?;
        let purged = events.stream.purge().sequence(generation).await;
        purged.map_err(|source| events.failed("purge", source.into()))?;
        Ok(generation)
    }

    /// Looks at it, without making or changing anything; none if it is not there.
    pub async fn look(nats: &Nats) -> Result<Option<Standing>, EventStreamError> {
        let events = Self::named(nats).await?;
        let found = nats.jetstream.get_stream(&*events.wire.stream).await;
        match found.as_ref().map_err(GetStreamError::kind) {
            Ok(stream) => events.standing_of(stream.cached_info()).await.map(Some),
            Err(GetStreamErrorKind::JetStream(why)) if why.error_code() == ErrorCode::STREAM_NOT_FOUND => {
                Ok(None)
            }
            Err(_) => found.map(|_| None).map_err(|error| events.failed("see", error.into())),
        }
    }

    /// Where it ends, in the eyes of its leader.
    pub async fn standing(&self) -> Result<Standing, EventStreamError> {
        self.standing_of(&self.info().await?).await
    }

    /// The sequence of its last message.
    pub async fn last(&self) -> Result<u64, EventStreamError> {
        Ok(self.info().await?.state.last_sequence)
    }

    async fn make(nats: &Nats, origin: &Origin, keep: Keep) -> Result<Self, EventStreamError> {
        let events = Self::named(nats).await?;
        let made = topology::insist(nats, config(nats, origin, keep)).await;
        made.map_err(|source| events.failed("make", source))?;
        Ok(events)
    }

    async fn named(nats: &Nats) -> Result<Self, EventStreamError> {
        let name = nats.subjects.event_stream();
        let stream = nats.jetstream.get_stream_no_info(&name).await;
        let stream = stream.map_err(|source| EventStreamError::Unavailable {
            doing: "see",
            stream: name.clone(),
            source: source.into(),
        })?;
        Ok(Self { stream, wire: Wire { nats: nats.clone(), stream: Arc::from(name) } })
    }

    async fn shape(
        &self,
        nats: &Nats,
        info: &Info,
        origin: &Origin,
        keep: Keep,
    ) -> Result<(), EventStreamError> {
        let wanted = shape::fitted(&info.config, config(nats, origin, keep));
        if wanted == info.config {
            return Ok(());
        }
        let updated = nats.jetstream.update_stream(&wanted).await;
        updated.map(drop).map_err(|source| self.failed("change", source.into()))
    }

    async fn info(&self) -> Result<Info, EventStreamError> {
        self.stream.get_info().await.map_err(|source| self.failed("see", source.into()))
    }

    async fn standing_of(&self, info: &Info) -> Result<Standing, EventStreamError> {
        let sequence = info.state.last_sequence;
        let nothing = Standing { sequence, source: None, generation: 0 };
        if info.state.messages == 0 {
            return Ok(nothing);
        }
        match self.stream.get_raw_message(sequence).await {
            Ok(message) => Ok(standing_at(&message)),
            // Its time was over a moment ago.
            Err(error) if error.kind() == RawMessageErrorKind::NoMessageFound => Ok(nothing),
            Err(source) => Err(self.failed("read", source.into())),
        }
    }

    fn failed(&self, doing: &'static str, source: Cause) -> EventStreamError {
        EventStreamError::Unavailable { doing, stream: self.wire.stream.to_string(), source }
    }
}

fn standing_at(message: &StreamMessage) -> Standing {
    let headers = &message.headers;
    let position = number::<Position>(headers, POSITION);
    let source = position.zip(number(headers, INDEX)).map(|(position, index)| Source { position, index });
    let generation = number(headers, GENERATION).unwrap_or_default();
    Standing { sequence: message.sequence, source, generation }
}

fn number<T: std::str::FromStr>(headers: &HeaderMap, name: &str) -> Option<T> {
    headers.get(name)?.as_str().parse().ok()
}
