//! Delivering to one hook: attempts beside each other, each with its own outcome.

use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBuilder};
use futures_util::{StreamExt, stream::FuturesUnordered};
use nats::{Delivery, Failed, HookError};
use tokio::time::sleep;
use uuid::Uuid;

use super::{
    Hook, State, hooks,
    send::{Sender, Sent, message_id},
};
use crate::{backoff, config::WebhooksConfig, house::House};

/// How many attempts at one hook are under way at once in this process.
const AT_ONCE: usize = 8;
/// How long it takes until an error is looked at again.
const PAUSE: Duration = Duration::from_secs(5);

/// The rounds to one hook.
pub(super) struct Rounds {
    house: House,
    sender: Sender,
    hook: Hook,
    revision: u64,
    /// The name under which events speak of the character that this is about.
    about: Option<String>,
}

/// Why the rounds end.
enum End {
    /// The receiver is gone.
    Gone,
    /// Something between the house and NATS.
    Trouble(nats::Cause),
}

impl Rounds {
    pub(super) fn new(house: &House, sender: &Sender, hook: Hook, revision: u64) -> Self {
        let about = hook.character.map(|character| house.pseudonyms.of(character.uuid()).to_string());
        Self { house: house.clone(), sender: sender.clone(), hook, revision, about }
    }

    /// Delivers until the receiver is gone or trouble comes up; then it is to be seen whether the hook is still there.
    pub(super) async fn run(self) {
        match self.go().await {
            End::Gone => self.leave_alone().await,
            End::Trouble(cause) => {
                tracing::debug!(webhook.id = %self.hook.id, cause, "webhooks: starting over");
                sleep(backoff::patient().next().unwrap_or(PAUSE)).await;
            }
        }
    }

    async fn go(&self) -> End {
        let opened = hooks(&self.house).deliveries(self.hook.id.uuid(), &self.hook.wants()).await;
        let mut deliveries = match opened {
            Ok(deliveries) => deliveries,
            Err(error) => return End::Trouble(error.into()),
        };
        let mut under_way = FuturesUnordered::new();
        loop {
            tokio::select! {
                Some(ended) = under_way.next() => {
                    if let Err(end) = ended {
                        return end;
                    }
                }
                delivery = deliveries.next(), if under_way.len() < AT_ONCE => match delivery {
                    Ok(delivery) => under_way.push(self.one(delivery)),
                    Err(cause) => return End::Trouble(cause),
                },
            }
        }
    }

    /// One event, one attempt.
    async fn one(&self, delivery: Delivery) -> Result<(), End> {
        let Some(id) = self.id_of(&delivery) else { return over(&delivery).await };
        match self.sender.send(&self.hook, id, delivery.body.clone()).await {
            Sent::Delivered => {
                count("delivered");
                over(&delivery).await
            }
            Sent::Gone => {
                // It comes again when there is somebody to take it.
                delivery.again_after(self.house.config.webhooks.first_wait).await.map_err(End::Trouble)?;
                Err(End::Gone)
            }
            Sent::Failed { reason, after } => {
                count("failed");
                match wait(&self.house.config.webhooks, delivery.attempt, after) {
                    Some(wait) => delivery.again_after(wait).await.map_err(End::Trouble),
                    None => self.give_up(id, &delivery, reason).await,
                }
            }
        }
    }

    /// By what its receiver knows it; none, if it is not for this hook.
    fn id_of(&self, delivery: &Delivery) -> Option<Uuid> {
        let text = std::str::from_utf8(&delivery.body).ok()?;
        let wanted = self.about.as_ref().is_none_or(|name| text.contains(name.as_str()));
        wanted.then(|| message_id(&delivery.body)).flatten()
    }

    async fn give_up(&self, id: Uuid, delivery: &Delivery, reason: String) -> Result<(), End> {
        count("undelivered");
        tracing::warn!(webhook.id = %self.hook.id, reason, "webhooks: an event is not delivered");
        let failed = Failed { sequence: 0, reason, attempts: delivery.attempt, body: delivery.body.clone() };
        let put = hooks(&self.house).undelivered(self.hook.id.uuid()).put(id, &failed).await;
        put.map_err(|error| End::Trouble(error.into()))?;
        over(delivery).await
    }

    /// Says of the hook that it is gone, unless somebody has changed it meanwhile.
    async fn leave_alone(&self) {
        tracing::warn!(webhook.id = %self.hook.id, "webhooks: a receiver is gone for good, and left alone");
        let gone = Hook { state: State::Gone, ..self.hook.clone() };
        let put = match gone.sealed(&self.house.vault) {
            Ok(sealed) => hooks(&self.house).put(gone.id.uuid(), sealed.into(), self.revision).await,
            Err(error) => Err(HookError::Unavailable { doing: "seal", source: error.into() }),
        };
        if let Err(error) = put {
            tracing::debug!(webhook.id = %gone.id, %error, "webhooks: it is not left alone");
        }
    }
}

async fn over(delivery: &Delivery) -> Result<(), End> {
    delivery.done().await.map_err(End::Trouble)
}

fn count(outcome: &'static str) {
    metrics::counter!("innkeeper_webhook_attempts_total", "outcome" => outcome).increment(1);
}

/// How long to wait after so many attempts; none, if there have been enough. A receiver may ask for more time.
fn wait(config: &WebhooksConfig, attempts: u32, after: Option<Duration>) -> Option<Duration> {
    if attempts >= config.attempts {
        return None;
    }
    let waits = ExponentialBuilder::default()
        .with_factor(4.0)
        .with_min_delay(config.first_wait)
        .with_max_delay(config.longest_wait)
        .with_jitter()
        .without_max_times()
        .build();
    let wait = waits.into_iter().nth(attempts.saturating_sub(1) as usize).unwrap_or(config.longest_wait);
    Some(wait.max(after.unwrap_or_default().min(config.longest_wait)))
}

#[cfg(test)]
mod spec {
    use super::*;

    #[test]
    fn waits_grow_to_a_bound_and_end() {
        let config = WebhooksConfig::default();
        let waits: Vec<_> = (1..config.attempts).filter_map(|count| wait(&config, count, None)).collect();
        assert_eq!(waits.len(), config.attempts as usize - 1);
        assert!(waits[0] >= config.first_wait && waits[0] <= config.first_wait * 2);
        assert!(waits.iter().all(|wait| *wait <= config.longest_wait * 2), "{waits:?}");
        let all: Duration = waits.iter().sum();
        assert!(all > Duration::from_secs(24 * 3600), "a receiver may be away for a day: {all:?}");
        assert_eq!(wait(&config, config.attempts, None), None);
    }

    #[test]
    fn a_receiver_may_ask_for_time_within_a_bound() {
        let config = WebhooksConfig::default();
        let asked = |seconds| wait(&config, 1, Some(Duration::from_secs(seconds)));
        assert_eq!(asked(3600), Some(Duration::from_secs(3600)));
        assert_eq!(asked(u64::MAX), Some(config.longest_wait));
    }
}
