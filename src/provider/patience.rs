//! How long we wait for a model, and how often we ask again.
//!
//! Only before the first token: what a client has seen cannot be taken back, so a reply that breaks off later fails and
//! the worker decides. Until then faults that may pass are tried again, with growing and jittered pauses or as long as
//! the other side asked for, up to a number and up to a total. Reasoning counts as a token here: it proves that the
//! model is at work. Keep-alive comments do not, for a proxy sends them on behalf of a dead model too.

use std::sync::Arc;
use std::time::{Duration, Instant};

use backon::{BackoffBuilder, ExponentialBuilder, Retryable};
use futures_util::future::{BoxFuture, FutureExt};
use futures_util::stream::{self, StreamExt};
use metrics::{Unit, counter, describe_counter, describe_histogram, histogram};
use serde::{Deserialize, Serialize};
use tokio::time::{Instant as Clock, timeout_at};

use super::breaker::{Breaker, Verdict};
use super::error::{Phase, ProviderError};
use super::{Generation, Piece, Pieces, Provider};

/// A check is for somebody who waits for it.
const CHECK: Duration = Duration::from_secs(10);

/// All durations are written in seconds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Patience {
    /// From asking (login to SillyTavern included) to the first token, each time that we ask.
    #[serde(with = "seconds")]
    pub first_token: Duration,
    /// From one token to the next. When the line between SillyTavern and the model breaks, SillyTavern leaves ours open
    /// in silence: then this is how long the person waits to be told.
    #[serde(with = "seconds")]
    pub between_tokens: Duration,
    /// From the first token to the end.
    #[serde(with = "seconds")]
    pub whole_reply: Duration,
    /// How often we ask again after the first time.
    pub retries: usize,
    #[serde(with = "seconds")]
    pub first_pause: Duration,
    #[serde(with = "seconds")]
    pub longest_pause: Duration,
    /// No new attempt begins later than this after the first one.
    #[serde(with = "seconds")]
    pub give_up_after: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            first_token: Duration::from_secs(90),
            between_tokens: Duration::from_secs(30),
            whole_reply: Duration::from_secs(900),
            retries: 3,
            first_pause: Duration::from_millis(400),
            longest_pause: Duration::from_secs(8),
            give_up_after: Duration::from_secs(60),
        }
    }
}

impl Patience {
    fn pauses(&self) -> impl BackoffBuilder {
        ExponentialBuilder::default()
            .with_min_delay(self.first_pause)
            .with_max_delay(self.longest_pause)
            .with_max_times(self.retries)
            .with_jitter()
    }

    /// The pause that an error asks for, or none where waiting so long would be beyond us.
    fn pause(&self, error: &ProviderError, proposed: Option<Duration>, began: Instant) -> Option<Duration> {
        let pause = proposed?.max(error.retry_after().unwrap_or_default());
        (began.elapsed() + pause <= self.give_up_after).then_some(pause)
    }
}

/// A back end that is asked patiently.
pub struct Patient {
    inner: Arc<dyn Provider>,
    patience: Patience,
    breaker: Arc<Breaker>,
}

impl Patient {
    pub fn new(inner: Arc<dyn Provider>, patience: Patience, breaker: Arc<Breaker>) -> Self {
        Self { inner, patience, breaker }
    }

    async fn ask_until_it_speaks(&self, generation: &Generation) -> Result<Pieces, ProviderError> {
        let began = Instant::now();
        (|| self.ask_once(generation))
            .retry(self.patience.pauses())
            .when(|error| error.is_transient() && !matches!(error, ProviderError::CircuitOpen { .. }))
            .adjust(|error, pause| self.patience.pause(error, pause, began))
            .notify(|error, pause| {
                tracing::info!(
                    provider = self.name(),
                    error = error.slug(),
                    ?pause,
                    "asking the model again"
                );
                counter!("innkeeper_provider_retries_total", "provider" => self.name()).increment(1);
            })
            .await
    }

    /// One attempt, which succeeds with the first token.
    async fn ask_once(&self, generation: &Generation) -> Result<Pieces, ProviderError> {
        let permit = self.breaker.permit(Instant::now())?;
        let began = Instant::now();
        let answer = self.first_token(generation).await;
        let outcome = answer.as_ref().map_or_else(ProviderError::slug, |_| "began");
        counter!("innkeeper_provider_attempts_total", "provider" => self.name(), "outcome" => outcome)
            .increment(1);
        match &answer {
            Err(error) if error.is_fault_of_endpoint() => {
                if permit.failed(Instant::now()) == Verdict::Opened {
                    tracing::warn!(
                        provider = self.name(),
                        error = error.slug(),
                        "the endpoint keeps failing, it rests"
                    );
                    counter!("innkeeper_provider_circuits_opened_total", "provider" => self.name())
                        .increment(1);
                }
            }
            Err(_) => permit.worked(),
            Ok(_) => {
                permit.worked();
                histogram!("innkeeper_provider_first_token_seconds", "provider" => self.name())
                    .record(began.elapsed());
            }
        }
        answer
    }

    async fn first_token(&self, generation: &Generation) -> Result<Pieces, ProviderError> {
        let deadline = Clock::now() + self.patience.first_token;
        let too_late = |_| ProviderError::TimedOut(Phase::FirstToken);
        let mut pieces = timeout_at(deadline, self.inner.generate(generation)).await.map_err(too_late)??;
        let first =
            timeout_at(deadline, pieces.next()).await.map_err(too_late)?.ok_or(ProviderError::Cut)??;
        Ok(Watched::new(first, pieces, &self.patience, self.name()).into_pieces())
    }
}

impl Provider for Patient {
    fn name(&self) -> &'static str {
        self.inner.name()
    }

    fn generate<'a>(&'a self, generation: &'a Generation) -> BoxFuture<'a, Result<Pieces, ProviderError>> {
        self.ask_until_it_speaks(generation).boxed()
    }

    fn check(&self) -> BoxFuture<'_, Result<(), ProviderError>> {
        async {
            let looked = tokio::time::timeout(CHECK, self.inner.check()).await;
            looked.unwrap_or(Err(ProviderError::TimedOut(Phase::Connect)))
        }
        .boxed()
    }
}

/// Tells the exporter what our metrics mean. Once, after it is installed.
pub fn describe_metrics() {
    describe_counter!("innkeeper_provider_attempts_total", "Requests to a model, by how they began");
    describe_counter!(
        "innkeeper_provider_retries_total",
        "Requests that were made again before a first token"
    );
    describe_counter!("innkeeper_provider_replies_total", "Replies that had begun, by how they ended");
    describe_counter!(
        "innkeeper_provider_circuits_opened_total",
        "Times that a failing endpoint was left in peace"
    );
    describe_histogram!(
        "innkeeper_provider_first_token_seconds",
        Unit::Seconds,
        "From asking a model to its first token"
    );
}

/// A reply that has begun, with a clock beside it.
struct Watched {
    first: Option<Piece>,
    /// None once it has ended: the connection is let go at that moment, not when the reader looks away.
    rest: Option<Pieces>,
    between_tokens: Duration,
    end_by: Clock,
    provider: &'static str,
}

impl Watched {
    fn new(first: Piece, rest: Pieces, patience: &Patience, provider: &'static str) -> Self {
        let end_by = Clock::now() + patience.whole_reply;
        Self {
            first: Some(first),
            rest: Some(rest),
            between_tokens: patience.between_tokens,
            end_by,
            provider,
        }
    }

    fn into_pieces(self) -> Pieces {
        stream::unfold(self, |mut reply| async move { Some((reply.next().await?, reply)) }).boxed()
    }

    async fn next(&mut self) -> Option<Result<Piece, ProviderError>> {
        let piece = match self.first.take() {
            Some(first) => Ok(first),
            None => self.wait().await?,
        };
        match &piece {
            Ok(Piece::Text(_) | Piece::Reasoning(_)) => {}
            Ok(Piece::Finish { .. }) => self.end("finished"),
            Err(error) => self.end(error.slug()),
        }
        Some(piece)
    }

    async fn wait(&mut self) -> Option<Result<Piece, ProviderError>> {
        let rest = self.rest.as_mut()?;
        let next_by = Clock::now() + self.between_tokens;
        match timeout_at(next_by.min(self.end_by), rest.next()).await {
            Ok(Some(piece)) => Some(piece),
            Ok(None) => Some(Err(ProviderError::Cut)),
            Err(_) if next_by < self.end_by => Some(Err(ProviderError::TimedOut(Phase::BetweenTokens))),
            Err(_) => Some(Err(ProviderError::TimedOut(Phase::WholeReply))),
        }
    }

    fn end(&mut self, outcome: &'static str) {
        self.rest = None;
        counter!("innkeeper_provider_replies_total", "provider" => self.provider, "outcome" => outcome)
            .increment(1);
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        if self.rest.is_some() {
            self.end("abandoned");
        }
    }
}

/// Durations as a number of seconds, fractions allowed.
mod seconds {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(duration.as_secs_f64())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
        let seconds = f64::deserialize(deserializer)?;
        Duration::try_from_secs_f64(seconds)
            .map_err(|_| D::Error::custom("a duration is a number of seconds from 0 on"))
    }
}

#[cfg(test)]
mod spec;
