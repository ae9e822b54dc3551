//! Hands commits out to workers: a durable consumer of the log that any number of processes share.
//!
//! The server gives each commit to one of them, and to another if it is neither acknowledged nor kept alive in time: a
//! worker that dies is replaced without anyone noticing that it was there. So a commit may come more than once, and its
//! [attempt](Job::attempt) says how often it has.
//!
//! Take jobs as they come and work on them beside each other: a job that waits in here ages.

use std::time::Duration;

use async_nats::jetstream::{
    AckKind, Message,
    consumer::{AckPolicy, Consumer, DeliverPolicy, pull},
};
use bytes::Bytes;
use domain::commit::{Kind, Recorded};
use futures_util::{
    StreamExt,
    stream::{self, BoxStream},
};
use tokio::time::{sleep, timeout};

use crate::{Cause, Journal, Nats, Trace, backoff, tap::Tap};

/// How many commits one process asks for at a time. Few enough that they are taken before they are given to another.
const BATCH: usize = 200;
/// When a commit that cannot be read comes again: perhaps to a newer house.
const UNREADABLE: Duration = Duration::from_secs(60);
/// When a commit comes again whose key is away.
const KEYLESS: Duration = Duration::from_secs(1);
/// Sending an answer waits for the socket only; longer than this means that the server is away.
const ANSWER: Duration = Duration::from_secs(2);

/// How the work is handed out.
#[derive(Debug, Clone)]
pub struct WorkOptions {
    /// The name that all workers of one sort share.
    pub durable: String,
    /// Which kinds of aggregate they work on.
    pub kinds: Vec<Kind>,
    /// A job that nobody speaks of for this long is given to another worker.
    pub ack_wait: Duration,
    /// How many jobs may be under way in all processes together.
    pub max_ack_pending: i64,
}

impl Default for WorkOptions {
    fn default() -> Self {
        Self {
            durable: "worker".to_owned(),
            kinds: vec![Kind::Conversation],
            ack_wait: Duration::from_secs(5),
            max_ack_pending: 20_000,
        }
    }
}

/// Why work cannot be handed out, or an answer not be given.
#[derive(Debug, thiserror::Error)]
pub enum WorkError {
    /// The consumer cannot be made or seen.
    #[error("cannot make the consumer {durable}")]
    Consumer {
        /// Its name.
        durable: String,
        /// Why not.
        source: Cause,
    },
    /// The answer did not leave the house; the job will come again.
    #[error("cannot answer for the job")]
    Answer(#[source] Cause),
}

/// A source of jobs.
#[derive(Debug, Clone)]
pub struct Work {
    nats: Nats,
    journal: Journal,
    options: WorkOptions,
}

/// A commit to work on.
#[derive(Debug)]
pub struct Job {
    /// The commit.
    pub recorded: Recorded,
    /// 1 when it is handed out first, 2 when it comes again.
    pub attempt: u32,
    /// The trace in which it was made.
    pub trace: Trace,
    message: Message,
}

impl Work {
    /// Makes the consumer if it is missing, from the beginning of the log, and gives it these options.
    pub async fn open(nats: &Nats, journal: &Journal, options: WorkOptions) -> Result<Self, WorkError> {
        let work = Self { nats: nats.clone(), journal: journal.clone(), options };
        work.consumer().await.map_err(|source| {
            let durable = work.options.durable.clone();
            WorkError::Consumer { durable, source }
        })?;
        Ok(work)
    }

    /// Jobs as they come, for ever.
    pub fn jobs(&self) -> BoxStream<'static, Job> {
        let queue = Queue { work: self.clone(), tap: None };
        stream::unfold(queue, |mut queue| async move { Some((queue.next().await, queue)) }).boxed()
    }

    async fn consumer(&self) -> Result<Consumer<pull::Config>, Cause> {
        let subjects = &self.nats.subjects;
        let config = pull::Config {
            durable_name: Some(self.options.durable.clone()),
            description: Some("hands commits out to workers".to_owned()),
            deliver_policy: DeliverPolicy::All,
            ack_policy: AckPolicy::Explicit,
            ack_wait: self.options.ack_wait,
            max_ack_pending: self.options.max_ack_pending,
            filter_subjects: self.options.kinds.iter().map(|kind| subjects.log_of(*kind)).collect(),
            ..pull::Config::default()
        };
        let stream = self.nats.jetstream.get_stream_no_info(subjects.log_stream()).await?;
        Ok(stream.create_consumer(config).await?)
    }

    async fn tap(&self) -> Result<Tap, Cause> {
        self.nats.connected().await;
        Tap::open(&self.nats, &self.consumer().await?, BATCH).await
    }
}

struct Queue {
    work: Work,
    tap: Option<Tap>,
}

impl Queue {
    async fn next(&mut self) -> Job {
        let mut waits = backoff::patient();
        loop {
            match self.receive().await {
                Ok(Some(job)) => return job,
                Ok(None) => {}
                Err(cause) => {
                    tracing::debug!(cause, "nats: asking for work anew");
                    self.tap = None;
                    sleep(waits.next().unwrap_or(Duration::from_secs(2))).await;
                }
            }
        }
    }

    async fn receive(&mut self) -> Result<Option<Job>, Cause> {
        let tap = match &mut self.tap {
            Some(tap) => tap,
            none => none.insert(self.work.tap().await?),
        };
        let message = tap.next().await?;
        self.work.job(message).await
    }
}

impl Work {
    async fn job(&self, message: Message) -> Result<Option<Job>, Cause> {
        let info = message.info()?;
        let (sequence, attempt) = (info.stream_sequence, u32::try_from(info.delivered).unwrap_or(u32::MAX));
        let recorded = match self.journal.read(sequence, &message).await {
            Ok(recorded) => recorded,
            Err(error) => {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "nats: a job cannot be opened without its key; it comes again"
                );
                message.ack_with(AckKind::Nak(Some(KEYLESS))).await?;
                return Ok(None);
            }
        };
        match recorded {
            Ok(recorded) => {
                Ok(Some(Job { recorded, attempt, trace: trace_of(&message), message: slim(message) }))
            }
            Err(error) => {
                tracing::error!(
                    cause = std::error::Error::source(&error),
                    "nats: no worker can take this: {error}"
                );
                message.ack_with(AckKind::Nak(Some(UNREADABLE))).await?;
                Ok(None)
            }
        }
    }
}

fn trace_of(message: &Message) -> Trace {
    let header = message.headers.as_ref().and_then(|headers| headers.get("traceparent"));
    header.map_or(Trace::NONE, |value| Trace::parse(value.as_str()))
}

/// What is needed to answer, in memory of its own: a job may last for minutes, and a slice of what was received keeps all
/// of it.
fn slim(received: Message) -> Message {
    let Message { mut message, context } = received;
    message.subject = message.subject.as_str().to_owned().into();
    message.reply = message.reply.map(|reply| reply.as_str().to_owned().into());
    (message.payload, message.headers) = (Bytes::new(), None);
    Message { message, context }
}

impl Job {
    /// It is done.
    pub async fn ack(&self) -> Result<(), WorkError> {
        self.answer(AckKind::Ack).await
    }

    /// It is under way: nobody else shall have it yet. To be said well within `ack_wait`.
    pub async fn in_progress(&self) -> Result<(), WorkError> {
        self.answer(AckKind::Progress).await
    }

    /// It shall come again, to anyone, after this time.
    pub async fn retry_after(&self, wait: Duration) -> Result<(), WorkError> {
        self.answer(AckKind::Nak(Some(wait))).await
    }

    /// Nobody can do it; it shall not come again.
    pub async fn give_up(&self) -> Result<(), WorkError> {
        self.answer(AckKind::Term).await
    }

    async fn answer(&self, kind: AckKind) -> Result<(), WorkError> {
        timeout(ANSWER, self.message.ack_with(kind))
            .await
            .unwrap_or_else(|_elapsed| Err("the server is away".into()))
            .map_err(WorkError::Answer)
    }
}
