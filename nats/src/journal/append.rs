//! Appends a commit, and finds out what became of it when the acknowledgement is lost.
//!
//! On a single server the check of the expected sequence runs before deduplication, so a repeated publish of a stored
//! commit answers "wrong last sequence" (10071), never "duplicate". In a cluster it may answer that another write is
//! in flight (10164), or that this very id is (10158), or within a batch that it was there (10201). None of these, and
//! no timeout, tells whether *our* commit is stored. So the journal looks.
//!
//! One look is exact: at most one commit can ever follow the sequence that ours expects. If the first message behind
//! it on the aggregate's subject carries our id, ours is stored, whatever others have written behind it; if it carries
//! another, ours never will be; if there is none, publishing again is safe, because only one of the copies can win.

mod batch;
mod publish;
mod record;
mod writer;

use std::sync::Arc;

use async_nats::{
    HeaderValue,
    jetstream::{
        message::StreamMessage,
        stream::{Config, RawMessageErrorKind},
    },
};
use domain::commit::{AggregateKey, Commit, Digest, Position};
use tokio::time::{Instant, sleep_until, timeout_at};

pub(super) use self::writer::Writer;
pub(crate) use self::{
    batch::Outcome,
    publish::{Answer, Wire, is_no},
    record::Record,
};
use self::{
    publish::ATTEMPT,
    writer::{Batches, Company},
};
use super::{Journal, opened::digest};
use crate::{
    Cause, Nats, Trace, backoff,
    codec::{self, Draft, EncodeError},
    keys::{DataKey, KeyError},
};

/// Why a commit was not appended, or may not have been.
#[derive(Debug, thiserror::Error)]
pub enum AppendError {
    /// Somebody else's commit follows the expected sequence: load the difference and decide again.
    #[error("another commit of the aggregate was first")]
    Conflict,
    /// It is too long.
    #[error("the commit is too long for the log: {size} of {limit} bytes")]
    TooLarge {
        /// How long it is.
        size: usize,
        /// How long it may be.
        limit: usize,
    },
    /// Its words cannot be sealed: the keys are away, or were destroyed. It was not sent.
    #[error("the words of the commit cannot be sealed")]
    Keys(#[source] KeyError),
    /// It has no stored form; it was not sent.
    #[error("the commit cannot be written")]
    Unwritable(#[source] EncodeError),
    /// The server could not be reached; the commit was not sent.
    #[error("the log cannot be reached")]
    Unavailable(#[source] Cause),
    /// It may be stored or not. To append the same commit again, with the same id and expectation, is safe.
    #[error("the log did not answer; whether it has the commit is unknown")]
    Unknown(#[source] Cause),
    /// The server has no room; the commit is not stored.
    #[error("the log is full, or its disk is broken")]
    Full(#[source] Cause),
    /// The server does not take it; the commit is not stored.
    #[error("the log refuses the commit")]
    Refused(#[source] Cause),
}

/// A commit that the log has taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Appended {
    /// Where it is.
    pub position: Position,
    /// SHA-256 of it, as stored: the aggregate's next commit names it.
    pub digest: Digest,
}

/// What stands behind the expected sequence.
enum Follows {
    Ours(Appended),
    Theirs,
    Nothing,
}

impl Writer {
    /// A writer for this log.
    pub(super) fn open(nats: &Nats, stream: Arc<str>, config: &Config) -> Self {
        let batches = if config.allow_atomic_publish { Batches::Taken } else { Batches::Refused };
        if batches == Batches::Refused {
            tracing::warn!(
                "nats: the log takes commits one by one, which is slow when there are many: \
                 `nats stream edit {stream} --allow-batch`, then start anew"
            );
        }
        Self::start(Wire { nats: nats.clone(), stream }, batches)
    }
}

impl Journal {
    /// Appends the commit if the aggregate's last commit is still at `expected` (0: it has none). Appending the same
    /// commit again answers the place of the first.
    pub async fn append(
        &self,
        key: AggregateKey,
        expected: u64,
        commit: &Commit,
        trace: &Trace,
    ) -> Result<Appended, AppendError> {
        let draft = Draft::of(key, commit).map_err(unwritable)?;
        let data_key = self.key_for(&draft).await?;
        let body = draft.seal(data_key.as_deref(), codec::by_chance).map_err(unwritable)?;
        self.append_record(Record::of(self.subject(key), expected, commit, body, trace)).await
    }

    /// The key under which the words of a commit are sealed, if it holds any.
    async fn key_for(&self, draft: &Draft<'_>) -> Result<Option<Arc<DataKey>>, AppendError> {
        let Some(person) = draft.person().map_err(unwritable)? else { return Ok(None) };
        self.keys.current(person).await.map(Some).map_err(AppendError::Keys)
    }

    /// The same for a record, whatever is in it.
    pub(super) async fn append_record(&self, record: Record) -> Result<Appended, AppendError> {
        let record = Arc::new(record);
        let deadline = Instant::now() + self.options.patience;
        let mut attempt = Attempt::default();
        for wait in backoff::patient() {
            if let Some(end) = self.attempt(&record, deadline, &mut attempt).await {
                return end;
            }
            let again = Instant::now() + wait;
            if again >= deadline {
                break;
            }
            sleep_until(again).await;
        }
        Err(attempt.given_up())
    }

    /// Publishes, and looks if the answer leaves it open. `None`: it is still open.
    async fn attempt(
        &self,
        record: &Arc<Record>,
        deadline: Instant,
        attempt: &mut Attempt,
    ) -> Option<Result<Appended, AppendError>> {
        let away = timeout_at(deadline, self.nats.connected()).await.is_err();
        if away {
            return Some(Err(std::mem::take(attempt).given_up()));
        }
        let refusal = match self.writer.publish(record.clone(), attempt.company(), deadline).await {
            Answer::Stored(sequence) => return Some(Ok(self.appended(sequence, &record.body))),
            Answer::NotTaken(cause) => {
                attempt.note(Sent::Not, cause);
                return None;
            }
            Answer::Unclear(cause) => {
                attempt.note(Sent::Perhaps, cause);
                None
            }
            // A copy that was sent before may still arrive.
            Answer::Refused(error) if attempt.sent == Sent::Perhaps => {
                attempt.note(Sent::Perhaps, error.into());
                None
            }
            Answer::Refused(error) => Some(error),
        };
        let away = timeout_at(deadline, self.nats.connected()).await.is_err();
        if away {
            return Some(Err(std::mem::take(attempt).given_up()));
        }
        match timeout_at(deadline.min(Instant::now() + ATTEMPT), self.look(record)).await {
            Ok(Ok(Follows::Ours(appended))) => Some(Ok(appended)),
            Ok(Ok(Follows::Theirs)) => Some(Err(AppendError::Conflict)),
            Ok(Ok(Follows::Nothing)) => refusal.map(Err),
            Ok(Err(cause)) => {
                attempt.note(Sent::Perhaps, cause);
                None
            }
            Err(_elapsed) => None,
        }
    }

    fn appended(&self, sequence: u64, body: &[u8]) -> Appended {
        Appended { position: self.at(sequence), digest: digest(body) }
    }

    /// What follows the expected sequence on the aggregate's subject, in the eyes of the stream's leader.
    async fn look(&self, record: &Record) -> Result<Follows, Cause> {
        let next = record.expected.saturating_add(1);
        match self.stream.get_first_raw_message_by_subject(&record.subject, next).await {
            Ok(message) if id_of(&message) == Some(&record.id) => {
                // Its bytes may be other ones than ours: whoever seals the same words again gets other bytes.
                Ok(Follows::Ours(self.appended(message.sequence, &message.payload)))
            }
            Ok(_) => Ok(Follows::Theirs),
            Err(error) if error.kind() == RawMessageErrorKind::NoMessageFound => Ok(Follows::Nothing),
            Err(error) => Err(error.into()),
        }
    }
}

fn unwritable(error: EncodeError) -> AppendError {
    match error {
        EncodeError::TooLarge { size } => AppendError::TooLarge { size, limit: codec::MAX_BODY },
        EncodeError::Body(_)
        | EncodeError::Nobodys
        | EncodeError::CannotSeal
        | EncodeError::NothingPrivate => AppendError::Unwritable(error),
    }
}

fn id_of(message: &StreamMessage) -> Option<&str> {
    message.headers.get(async_nats::header::NATS_MESSAGE_ID).map(HeaderValue::as_str)
}

/// What is known after the attempts so far.
#[derive(Default)]
struct Attempt {
    sent: Sent,
    cause: Option<Cause>,
}

/// Whether the server may have got the commit.
#[derive(Default, Clone, Copy, PartialEq, Eq)]
enum Sent {
    #[default]
    Not,
    Perhaps,
}

impl Attempt {
    /// Nothing is known to be wrong with a commit that was never sent.
    fn company(&self) -> Company {
        match self.sent {
            Sent::Not => Company::Any,
            Sent::Perhaps => Company::Alone,
        }
    }

    fn note(&mut self, sent: Sent, cause: Cause) {
        if sent == Sent::Perhaps {
            self.sent = sent;
        }
        self.cause = Some(cause);
    }

    fn given_up(self) -> AppendError {
        let cause = self.cause.unwrap_or_else(|| "the server is away".into());
        match self.sent {
            Sent::Not => AppendError::Unavailable(cause),
            Sent::Perhaps => AppendError::Unknown(cause),
        }
    }
}
