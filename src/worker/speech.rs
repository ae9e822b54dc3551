//! Saying one reply: from the scene to its end in the log, with every token on the way.

use std::time::Instant;

use domain::{
    Command, bounds,
    commit::{CommandTag, CommitId},
    conversation::{
        CompleteReply, Conversation, ConversationId, ConversationRejected, FailReply, PromptRecord, Request,
        Stage, Usage,
    },
};
use futures_util::StreamExt;
use nats::{AppendError, Job, LoadError, TokenMessage, keys::KeyError};

use super::{
    Audience, Worker,
    scene::{self, Ready},
};
use crate::{
    execute::{Envelope, ExecuteError},
    prompt::Overflow,
    provider::{Generation, Piece, Provider, ProviderError},
    relay::Live,
    stamp,
};

/// A part of the house is away, or the reply is being said already: the job comes again.
#[derive(Debug, thiserror::Error)]
pub(super) enum Trouble {
    #[error("the log cannot be read")]
    Load(#[from] LoadError),
    #[error("the end of the reply cannot be written")]
    Write(#[from] ExecuteError<ConversationRejected>),
    #[error("this process is saying it already")]
    AlreadySpeaking,
}

/// Why a reply is not said.
#[derive(Debug, thiserror::Error)]
pub(super) enum Refusal {
    #[error("the character is not known any more")]
    NobodyThere,
    #[error("the settings of the model cannot be used")]
    BadSettings,
    #[error(transparent)]
    Overflow(Overflow),
    #[error(transparent)]
    Provider(#[from] ProviderError),
    #[error("the reply is longer than a reply may be")]
    Endless,
}

impl Refusal {
    fn slug(&self) -> &'static str {
        match self {
            Self::NobodyThere => "character-gone",
            Self::BadSettings => "model-settings-unusable",
            Self::Overflow(overflow) => overflow.reason(),
            Self::Provider(error) => error.slug(),
            Self::Endless => "reply-too-long",
        }
    }

    fn sentence(&self) -> String {
        match self {
            Self::NobodyThere => "The character who should answer is not here any more.".to_owned(),
            Self::BadSettings => {
                "The settings of the model that should answer cannot be used; check them and ask again."
                    .to_owned()
            }
            Self::Overflow(overflow) => overflow.to_string(),
            Self::Provider(error) => error.sentence(),
            Self::Endless => "The model did not come to an end; what it said until then was kept.".to_owned(),
        }
    }
}

/// A reply while it is said.
struct Speech<'a> {
    worker: &'a Worker,
    request: &'a Request,
    conversation: ConversationId,
    cause: CommitId,
    trace: Option<String>,
    live: &'a Live,
    run: u32,
    attempt: u32,
    began: Instant,
}

/// How the model came to its end.
#[derive(Default)]
struct Finish {
    reason: Option<String>,
    usage: Option<Usage>,
}

/// Says the reply, unless it has ended already.
pub(super) async fn say(worker: &Worker, job: &Job, request: &Request) -> Result<(), Trouble> {
    let conversation = ConversationId::new(job.recorded.aggregate.id);
    if !is_wanted(worker, job, request).await? {
        return Ok(());
    }
    let live = worker.house.board.open(request.reply);
    let speech = Speech {
        worker,
        request,
        conversation,
        cause: job.recorded.commit.id,
        trace: job.trace.as_str().map(str::to_owned),
        live: &live,
        run: stamp::number(),
        attempt: job.attempt,
        began: Instant::now(),
    };
    match scene::set(&worker.house, &job.recorded, request).await? {
        Ok(ready) => speech.perform(ready).await,
        Err(refusal) => speech.fail(&refusal).await,
    }
}

async fn is_wanted(worker: &Worker, job: &Job, request: &Request) -> Result<bool, LoadError> {
    let stage = |conversation: &Conversation| Some(conversation.room()?.reply(request.reply).ok()?.stage);
    let stage = worker
        .house
        .executor
        .look_with::<Conversation, _>(&job.recorded, |folded| stage(folded.state()))
        .await?;
    Ok(stage == Some(Stage::UnderWay))
}

impl Speech<'_> {
    async fn perform(&self, ready: Ready) -> Result<(), Trouble> {
        self.live.begin(self.run, self.attempt);
        if self.worker.audience == Audience::Elsewhere {
            self.live.note_far_listener();
        }
        let Ready { provider, generation, record } = ready;
        let model = generation.model.clone();
        let spoken = tokio::select! {
            biased;
            () = self.live.over() => return Ok(()), // Cancelled: dropping the stream closes the upstream.
            spoken = self.stream(&*provider, generation) => spoken,
        };
        match spoken {
            Ok(finish) => self.complete(provider.name(), model, record, finish).await,
            Err(refusal) => self.fail(&refusal).await,
        }
    }

    async fn stream(&self, provider: &dyn Provider, generation: Generation) -> Result<Finish, Refusal> {
        let mut pieces = provider.generate(&generation).await?;
        drop(generation); // The prompt is long, and a reply may take minutes.
        let (mut finish, mut length, mut tokens) = (Finish::default(), 0, 0);
        while let Some(piece) = pieces.next().await {
            match piece? {
                Piece::Text(text) if text.is_empty() => {}
                Piece::Text(text) => {
                    length += text.len();
                    if length > bounds::REPLY {
                        return Err(Refusal::Endless);
                    }
                    self.note_first_token(length == text.len());
                    tokens += 1;
                    self.token(text).await;
                }
                Piece::Reasoning(_) => {}
                Piece::Finish { reason, usage } => finish = Finish { reason, usage: usage.map(counted) },
            }
        }
        metrics::counter!("innkeeper_reply_tokens_total").increment(tokens);
        if self.live.text().trim().is_empty() {
            return Err(ProviderError::Empty.into());
        }
        Ok(finish)
    }

    fn note_first_token(&self, is_first: bool) {
        if is_first {
            metrics::histogram!("innkeeper_reply_first_token_seconds")
                .record(self.began.elapsed().as_secs_f64());
        }
    }

    async fn token(&self, text: String) {
        let (index, offset) = self.live.push(&text);
        if self.live.has_far_listeners() {
            self.send(index, 1, offset, text).await;
        } else if index == 0 {
            // Those who listen elsewhere hear that it has begun, and ask for what they missed.
            self.send(0, 0, 0, String::new()).await;
        }
    }

    /// Sends tokens out of this process. One that is lost is asked for by whoever misses it.
    async fn send(&self, index: u32, count: u32, offset: u32, text: String) {
        let (run, attempt) = (self.run, self.attempt);
        let message =
            TokenMessage { run, attempt, index: u64::from(index), count, offset: u64::from(offset), text };
        if let Err(error) = self.worker.tokens.publish(self.request.reply.uuid(), &message).await {
            tracing::debug!(error = &error as &dyn std::error::Error, "worker: a token was lost on the way");
        }
    }

    async fn complete(
        &self,
        provider: &str,
        model: Option<String>,
        prompt: PromptRecord,
        finish: Finish,
    ) -> Result<(), Trouble> {
        let took = self.began.elapsed();
        metrics::histogram!("innkeeper_reply_seconds").record(took.as_secs_f64());
        let command = CompleteReply {
            reply: self.request.reply,
            text: self.live.text(),
            attempt: self.attempt,
            run: self.run,
            prompt,
            provider: provider.to_owned(),
            model,
            finish: finish.reason,
            usage: finish.usage,
            took_ms: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
        };
        self.write("complete", &command).await
    }

    async fn fail(&self, refusal: &Refusal) -> Result<(), Trouble> {
        metrics::counter!("innkeeper_replies_failed_total", "reason" => refusal.slug()).increment(1);
        tracing::warn!(reason = refusal.slug(), "the reply failed");
        let command = FailReply {
            reply: self.request.reply,
            reason: refusal.slug().to_owned(),
            sentence: refusal.sentence(),
            partial: self.live.text(),
            attempt: self.attempt,
        };
        self.write("fail", &command).await
    }

    /// Writes the end of the reply. It must not be lost, so while the log is away it is tried again and again; that
    /// the reply has ended otherwise meanwhile is as good.
    async fn write<C>(&self, name: &str, command: &C) -> Result<(), Trouble>
    where
        C: Command<Conversation, Rejection = ConversationRejected>,
    {
        let mut envelope = Envelope::from_house(self.request.reply.derive::<CommandTag>(name));
        envelope.causation = Some(self.cause);
        envelope.correlation.clone_from(&self.trace);
        let mut waits = crate::backoff::patient();
        loop {
            let error = match self.worker.house.executor.execute(self.conversation, command, &envelope).await
            {
                // Also when whoever asked is forgotten: so is what would have been said.
                Ok(_)
                | Err(
                    ExecuteError::Rejected(ConversationRejected::ReplyOver)
                    | ExecuteError::Append(AppendError::Keys(KeyError::Destroyed)),
                ) => return Ok(()),
                Err(error @ ExecuteError::Rejected(_)) => return Err(error.into()),
                Err(error) => error,
            };
            tracing::warn!(error = &error as &dyn std::error::Error, "worker: the log is away; trying again");
            match waits.next() {
                Some(wait) => tokio::time::sleep(wait).await,
                None => return Err(error.into()),
            }
        }
    }
}

fn counted(usage: crate::provider::Usage) -> Usage {
    Usage {
        prompt: u32::try_from(usage.prompt_tokens).unwrap_or(u32::MAX),
        completion: u32::try_from(usage.completion_tokens).unwrap_or(u32::MAX),
    }
}
