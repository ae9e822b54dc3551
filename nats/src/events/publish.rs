//! Publishes events behind the stream's last message: all of them, or none.
//!
//! Few go one by one, because a batch has a price of its own; many go as one atomic batch with one fsync. Whatever is
//! answered but yes, the caller looks where the stream ends and goes on from there: the sequence that is expected makes
//! it impossible to store an event twice or to leave one out, and the message id only spares the server the look.

use async_nats::{
    HeaderMap,
    header::{NATS_EXPECTED_LAST_SEQUENCE, NATS_EXPECTED_STREAM, NATS_MESSAGE_ID},
};
use bytes::Bytes;

use super::{EventStream, EventStreamError, GENERATION, INDEX, POSITION, Source, Standing};
use crate::{
    Cause,
    journal::{Answer, Outcome, Record, is_no},
};

/// From so many on they go as one batch, as commits of the log do.
const TOGETHER: usize = 16;

/// How long one message may be: the server takes 1 MiB with its headers.
pub(super) const LONGEST: usize = 1000 * 1024;

/// An event, ready to be read by others.
#[derive(Debug, Clone)]
pub struct Published {
    /// Where it is read.
    pub subject: String,
    /// What it was made from.
    pub source: Source,
    /// What is read.
    pub body: Bytes,
}

impl Published {
    /// Whether a message takes so much.
    pub fn fits(&self) -> bool {
        self.body.len() <= LONGEST
    }
}

/// Why events were not published, or may not have been. Where the stream ends tells.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    /// Somebody else wrote to the stream.
    #[error("another publisher is at work")]
    Fenced(#[source] Cause),
    /// There is no clear answer.
    #[error("the stream of events did not answer")]
    Unclear(#[source] Cause),
}

impl EventStream {
    /// Publishes events behind where the stream stands, and answers where it stands then. At most 1,000.
    pub async fn publish(&self, at: Standing, events: &[Published]) -> Result<Standing, PublishError> {
        let Some(last) = events.last() else { return Ok(at) };
        let sequence = match events.len() {
            ..TOGETHER => self.one_by_one(at, events).await?,
            TOGETHER.. => self.together(at, events).await?,
        };
        Ok(Standing { sequence, source: Some(last.source), ..at })
    }

    async fn one_by_one(&self, at: Standing, events: &[Published]) -> Result<u64, PublishError> {
        let mut sequence = at.sequence;
        for event in events {
            let mut record = record(event, at.generation);
            record.headers.insert(NATS_EXPECTED_STREAM, &*self.wire.stream);
            record.headers.insert(NATS_EXPECTED_LAST_SEQUENCE, sequence.to_string());
            sequence = stored(self.wire.publish(&record).await)?;
        }
        Ok(sequence)
    }

    async fn together(&self, at: Standing, events: &[Published]) -> Result<u64, PublishError> {
        let mut records: Vec<_> = events.iter().map(|event| record(event, at.generation)).collect();
        if let Some(first) = records.first_mut() {
            first.headers.insert(NATS_EXPECTED_LAST_SEQUENCE, at.sequence.to_string());
        }
        let records: Vec<_> = records.iter().collect();
        // No two batches of one name are under way at once: the second would not follow what it expects.
        let name = format!("events-{}", at.sequence);
        match self.wire.publish_together(&name, &records).await {
            Outcome::Stored(first) => Ok(first + records.len() as u64 - 1),
            Outcome::Apart(why) => Err(PublishError::Fenced(why.into())),
            Outcome::Never => Err(PublishError::Unclear("the stream takes no batches".into())),
            Outcome::Unclear(why) => Err(PublishError::Unclear(why.into())),
        }
    }

    /// Puts in the message with which the stream begins anew, and answers where it is.
    pub(super) async fn begin_anew(&self, word: impl Fn(u64) -> Bytes) -> Result<u64, EventStreamError> {
        let mut cause: Cause = "others write to it".into();
        for _ in 0..ATTEMPTS {
            let last = self.last().await?;
            let generation = last + 1;
            let mut headers = HeaderMap::new();
            headers.insert(GENERATION, generation.to_string());
            headers.insert(NATS_EXPECTED_LAST_SEQUENCE, last.to_string());
            let subject = self.wire.nats.subjects.restarted(generation);
            let record = Record::plain(subject, headers, word(generation));
            match stored(self.wire.publish(&record).await) {
                Ok(sequence) => return Ok(sequence),
                Err(PublishError::Fenced(why) | PublishError::Unclear(why)) => cause = why,
            }
        }
        Err(self.failed("write to", cause))
    }
}

/// How often a busy publisher may be faster than the word that stops it.
const ATTEMPTS: usize = 50;

fn record(event: &Published, generation: u64) -> Record {
    let Source { position, index } = event.source;
    let mut headers = HeaderMap::new();
    // The server remembers ids for two minutes, and events that are derived anew are not the ones that were dropped.
    headers.insert(NATS_MESSAGE_ID, format!("{generation}.{}.{index}", position.sequence));
    headers.insert(POSITION, position.to_string());
    headers.insert(INDEX, index.to_string());
    headers.insert(GENERATION, generation.to_string());
    headers.insert("Content-Type", "application/cloudevents+json");
    Record::plain(event.subject.clone(), headers, event.body.clone())
}

fn stored(answer: Answer) -> Result<u64, PublishError> {
    match answer {
        Answer::Stored(sequence) => Ok(sequence),
        Answer::Refused(error) => Err(PublishError::Fenced(error.into())),
        Answer::Unclear(cause) if is_no(&cause) => Err(PublishError::Fenced(cause)),
        Answer::NotTaken(cause) | Answer::Unclear(cause) => Err(PublishError::Unclear(cause)),
    }
}
