//! Loads the commits of one aggregate, in pages of a batched direct get (ADR-31).
//!
//! One request a page and no consumer: a consumer for every load would cost the server's metadata more than the load.
//!
//! Any replica may answer, so with more than one the answer may be stale. Decisions that append are safe (the expected
//! sequence is checked at the leader); those that refuse or say nothing ask [`Journal::last_of`] first.

use async_nats::{
    Message,
    jetstream::{message::StreamMessage, stream::RawMessageErrorKind},
};
use bytes::Bytes;
use domain::commit::{AggregateKey, Position, Recorded};
use time::OffsetDateTime;

use super::{Journal, Shut};
use crate::{Cause, codec::DecodeError, direct::Want, keys::KeyError};

/// How many commits a page has at most.
const PAGE: usize = 1000;
/// How many bytes a page has at most.
const PAGE_BYTES: usize = 8 * 1024 * 1024;

/// Why commits could not be loaded.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The log cannot be reached.
    #[error("the log cannot be reached")]
    Unavailable(#[source] Cause),
    /// The keys to its words are away.
    #[error("the words in the log cannot be opened")]
    Keys(#[source] KeyError),
    /// A commit cannot be read.
    #[error("cannot read the commit at {position}")]
    Unreadable {
        /// Where it is.
        position: Position,
        /// Why not.
        source: DecodeError,
    },
}

/// A message of the log, as it is stored.
pub(super) struct Stored {
    pub(super) sequence: u64,
    pub(super) body: Bytes,
}

/// Some messages, and how many are left.
struct Page {
    messages: Vec<Stored>,
    left: u64,
}

impl Journal {
    /// The first commits of the aggregate, at most so many, and how many more there are: who knows of a quicker way to a
    /// long one can take it.
    pub async fn begin(&self, key: AggregateKey, most: usize) -> Result<(Vec<Recorded>, u64), LoadError> {
        self.next_after(key, 0, most).await
    }

    /// The next commits of the aggregate after this sequence, at most so many, and how many more there are: for whoever
    /// reads a long one and needs no more than a page of it at a time.
    pub async fn next_after(
        &self,
        key: AggregateKey,
        after: u64,
        most: usize,
    ) -> Result<(Vec<Recorded>, u64), LoadError> {
        let (subject, next) = (self.subject(key), after.saturating_add(1));
        let page = self.insist(self.deadline(), || self.page(&subject, next, most)).await?;
        Ok((self.recorded(key, &page.messages).await?, page.left))
    }

    /// All commits of the aggregate after this sequence, in order.
    pub async fn load(&self, key: AggregateKey, after: u64) -> Result<Vec<Recorded>, LoadError> {
        self.load_to(key, after, 0).await
    }

    /// The same, and no fewer than up to this commit, which the caller knows to be there ([`Journal::last_of`]): a
    /// replica that lags behind the leader is asked again.
    pub async fn load_to(
        &self,
        key: AggregateKey,
        after: u64,
        until: u64,
    ) -> Result<Vec<Recorded>, LoadError> {
        let messages = self.load_messages(&self.subject(key), after, until).await?;
        self.recorded(key, &messages).await
    }

    /// The same for whatever is at a subject.
    pub(super) async fn load_messages(
        &self,
        subject: &str,
        after: u64,
        until: u64,
    ) -> Result<Vec<Stored>, LoadError> {
        let deadline = self.deadline();
        let (mut messages, mut last) = (Vec::new(), after);
        loop {
            let page = self.insist(deadline, || self.page_to(subject, last, until)).await?;
            last = page.messages.last().map_or(last, |message| message.sequence);
            messages.extend(page.messages);
            if page.left == 0 {
                return Ok(messages);
            }
        }
    }

    /// The sequence of the aggregate's last commit in the eyes of the stream's leader, which knows everything that was
    /// acknowledged; 0 if there is none.
    pub async fn last_of(&self, key: AggregateKey) -> Result<u64, LoadError> {
        Ok(self.last_message_of(key).await?.map_or(0, |message| message.sequence))
    }

    /// The aggregate's last commit in the eyes of the stream's leader.
    pub async fn last_on_leader(&self, key: AggregateKey) -> Result<Option<Recorded>, LoadError> {
        let Some(message) = self.last_message_of(key).await? else { return Ok(None) };
        let stored = Stored { sequence: message.sequence, body: message.payload };
        Ok(self.recorded(key, &[stored]).await?.pop())
    }

    /// When the commit of this sequence was stored, by the server's clock; none if there is none.
    pub async fn stored_at(&self, sequence: u64) -> Result<Option<OffsetDateTime>, LoadError> {
        Ok(self.message_at(sequence).await?.map(|message| message.time))
    }

    /// The message of this sequence, in the eyes of the stream's leader.
    pub(super) async fn message_at(&self, sequence: u64) -> Result<Option<StreamMessage>, LoadError> {
        let ask = || async {
            match self.stream.get_raw_message(sequence).await {
                Ok(message) => Ok(Some(message)),
                Err(error) if error.kind() == RawMessageErrorKind::NoMessageFound => Ok(None),
                Err(error) => Err(error.into()),
            }
        };
        self.insist(self.deadline(), ask).await
    }

    async fn last_message_of(&self, key: AggregateKey) -> Result<Option<StreamMessage>, LoadError> {
        let subject = self.subject(key);
        let ask = || async {
            match self.stream.get_last_raw_message_by_subject(&subject).await {
                Ok(message) => Ok(Some(message)),
                Err(error) if error.kind() == RawMessageErrorKind::NoMessageFound => Ok(None),
                Err(error) => Err(error.into()),
            }
        };
        self.insist(self.deadline(), ask).await
    }

    async fn page_to(&self, subject: &str, after: u64, until: u64) -> Result<Page, Cause> {
        let page = self.page(subject, after.saturating_add(1), PAGE).await?;
        let last = page.messages.last().map_or(after, |message| message.sequence);
        if page.left == 0 && last < until {
            return Err("this replica lags behind the leader".into());
        }
        Ok(page)
    }

    async fn page(&self, subject: &str, next: u64, most: usize) -> Result<Page, Cause> {
        let want = Want { stream: &self.name, subject, from: next, most, bytes: PAGE_BYTES };
        let page = want.get(&self.nats.client).await?;
        let stored = |(sequence, message): (u64, Message)| Stored { sequence, body: message.payload };
        Ok(Page { messages: page.messages.into_iter().map(stored).collect(), left: page.left })
    }

    async fn recorded(
        &self,
        aggregate: AggregateKey,
        messages: &[Stored],
    ) -> Result<Vec<Recorded>, LoadError> {
        let shut =
            messages.iter().map(|Stored { sequence, body }| Shut { aggregate, sequence: *sequence, body });
        let commits: Vec<_> = shut.collect();
        let opened = self.opened(&commits).await.map_err(LoadError::Keys)?;
        let unreadable =
            |sequence| move |source| LoadError::Unreadable { position: self.at(sequence), source };
        let recorded = opened.into_iter().zip(messages);
        recorded.map(|(opened, message)| opened.map_err(unreadable(message.sequence))).collect()
    }
}
