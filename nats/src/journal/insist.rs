//! Asks the log until it answers, or patience is over: a server that restarts or elects a leader is soon back.

use std::time::Duration;

use tokio::time::{Instant, sleep, timeout_at};

use super::{Journal, LoadError};
use crate::{Cause, backoff};

/// How long one question may take before it is asked again.
const ATTEMPT: Duration = Duration::from_secs(2);

impl Journal {
    /// When the patience of a question that is asked now is over.
    pub(super) fn deadline(&self) -> Instant {
        Instant::now() + self.options.patience
    }

    pub(super) async fn insist<T, F>(&self, deadline: Instant, ask: impl Fn() -> F) -> Result<T, LoadError>
    where
        F: Future<Output = Result<T, Cause>>,
    {
        let mut cause: Cause = "the server is away".into();
        for wait in backoff::patient() {
            if timeout_at(deadline, self.nats.connected()).await.is_err() {
                break;
            }
            match timeout_at(deadline.min(Instant::now() + ATTEMPT), ask()).await {
                Ok(Ok(answer)) => return Ok(answer),
                Ok(Err(why)) => cause = why,
                Err(_elapsed) => cause = "no answer in time".into(),
            }
            if Instant::now() + wait >= deadline {
                break;
            }
            sleep(wait).await;
        }
        Err(LoadError::Unavailable(cause))
    }
}
