//! The worker: takes the replies that the log asks for, and says them.
//!
//! It is a durable consumer of the log that any number of processes share. A job is one commit; the replies that it
//! asks for are said one after the other, so that each character hears those who spoke before it. A job is kept alive
//! while it is worked on, and given back when this process stops or its parts are away, so a worker that dies is
//! replaced by the next one, whose attempt has a higher number.

mod scene;
mod speech;

use std::{collections::HashSet, sync::Arc, time::Duration};

use domain::conversation::{Conversation, ConversationEvent, ReplyId, Request};
use futures_util::StreamExt;
use nats::{Job, Tokens, Work, WorkOptions};
use parking_lot::Mutex;
use tokio::{sync::Semaphore, time::interval};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tracing::Instrument;

use crate::{house::House, worker::speech::Trouble};

/// How long a stopping worker waits for its jobs to be given back.
const FAREWELL: Duration = Duration::from_secs(2);

/// Says replies.
#[derive(Clone)]
pub struct Worker {
    house: House,
    tokens: Tokens,
    audience: Audience,
    /// The replies that are said right now: a job that comes again meanwhile is not worked on twice.
    speaking: Arc<Mutex<HashSet<ReplyId>>>,
}

/// Where the listeners of a worker's replies may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audience {
    /// In this process, until somebody elsewhere asks.
    Here,
    /// Elsewhere: every token goes out over NATS.
    Elsewhere,
}

impl Worker {
    /// A worker of this house.
    pub fn new(house: House, audience: Audience) -> Self {
        Self { tokens: Tokens::new(house.nats.clone()), house, audience, speaking: Arc::default() }
    }

    /// Works until it is told to stop; then gives back what it was at.
    pub async fn run(self, stop: CancellationToken) {
        let work = tokio::select! {
            () = stop.cancelled() => return,
            (work, ()) = async { tokio::join!(self.open(), self.warm_up()) } => work,
        };
        let config = &self.house.config.worker;
        let (mut jobs, places) = (work.jobs(), Arc::new(Semaphore::new(config.replies_at_once)));
        let tasks = TaskTracker::new();
        while let Ok(place) = places.clone().acquire_owned().await {
            let job = tokio::select! {
                () = stop.cancelled() => break,
                job = jobs.next() => job,
            };
            let Some(job) = job else { break };
            let (worker, stop) = (self.clone(), stop.clone());
            tasks.spawn(async move {
                worker.attend(&job, &stop).await;
                drop(place);
            });
        }
        tasks.close();
        if tokio::time::timeout(FAREWELL, tasks.wait()).await.is_err() {
            tracing::warn!("worker: some replies were not given back in time; another worker takes them up");
        }
    }

    /// Opens the source of jobs, however long the log is away.
    async fn open(&self) -> Work {
        let options = WorkOptions { ack_wait: self.house.config.worker.ack_wait, ..WorkOptions::default() };
        let mut waits = crate::backoff::patient();
        loop {
            match Work::open(&self.house.nats, self.house.journal(), options.clone()).await {
                Ok(work) => return work,
                Err(error) => {
                    tracing::warn!(
                        error = &error as &dyn std::error::Error,
                        "worker: no jobs yet; trying again"
                    );
                }
            }
            tokio::time::sleep(waits.next().unwrap_or(FAREWELL)).await;
        }
    }

    /// Loads the tokenizer's tables apart, where that keeps nobody waiting: a job that waits for them is given away.
    async fn warm_up(&self) {
        let counter = self.house.counter.clone();
        if tokio::task::spawn_blocking(move || counter.warm()).await.is_err() {
            tracing::warn!("worker: the tokenizer's tables are not loaded yet; the first reply loads them");
        }
    }

    async fn attend(&self, job: &Job, stop: &CancellationToken) {
        let events = job.recorded.events::<Conversation>();
        let asked: Vec<Request> = events.filter_map(ConversationEvent::request).collect();
        let answer = if asked.is_empty() {
            Answer::Done
        } else {
            tokio::select! {
                answer = self.turn(job, &asked) => answer,
                () = keep_alive(job, self.house.config.worker.ack_wait / 3) => Answer::Done,
                () = stop.cancelled() => Answer::Again(Duration::ZERO),
            }
        };
        let told = match answer {
            Answer::Done => job.ack().await,
            Answer::Again(wait) => job.retry_after(wait).await,
        };
        if let Err(error) = told {
            tracing::debug!(error = &error as &dyn std::error::Error, "worker: the job will come again");
        }
    }

    /// Says the replies of one commit, one after the other.
    async fn turn(&self, job: &Job, asked: &[Request]) -> Answer {
        for request in asked {
            let span = tracing::info_span!(
                "worker.reply",
                reply.id = %request.reply,
                conversation.id = %job.recorded.aggregate.id,
                attempt = job.attempt,
                trace = job.trace.as_str(),
            );
            if let Err(trouble) = self.say(job, request).instrument(span).await {
                tracing::warn!(
                    error = &trouble as &dyn std::error::Error,
                    reply.id = %request.reply,
                    "worker: the reply has to wait",
                );
                return Answer::Again(backoff(job.attempt));
            }
        }
        Answer::Done
    }

    async fn say(&self, job: &Job, request: &Request) -> Result<(), Trouble> {
        let Some(_turn) = Turn::take(&self.speaking, request.reply) else {
            return Err(Trouble::AlreadySpeaking);
        };
        speech::say(self, job, request).await
    }
}

/// What becomes of a job.
enum Answer {
    Done,
    Again(Duration),
}

/// Says every so often that the job is under way; never ends.
async fn keep_alive(job: &Job, every: Duration) {
    let mut beat = interval(every.max(Duration::from_millis(50)));
    beat.tick().await;
    loop {
        beat.tick().await;
        if let Err(error) = job.in_progress().await {
            tracing::debug!(error = &error as &dyn std::error::Error, "worker: a sign of life was lost");
        }
    }
}

fn backoff(attempt: u32) -> Duration {
    Duration::from_millis(250 << attempt.min(6))
}

/// The right to say a reply in this process, given back when dropped.
struct Turn {
    speaking: Arc<Mutex<HashSet<ReplyId>>>,
    reply: ReplyId,
}

impl Turn {
    fn take(speaking: &Arc<Mutex<HashSet<ReplyId>>>, reply: ReplyId) -> Option<Self> {
        speaking.lock().insert(reply).then(|| Self { speaking: speaking.clone(), reply })
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.speaking.lock().remove(&self.reply);
    }
}
