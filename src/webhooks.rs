//! Webhooks: what analysts read, told over HTTP to those who have no NATS.
//!
//! ```text
//! INK_EVENTS ──► a durable consumer a hook ──► an attempt ──► delivered
//!                        ▲                        │
//!                        └── later and later ◄────┤ failed
//!                                                 └──► too often: kept among the undelivered, until somebody retries
//! ```
//!
//! Every publisher delivers, and they share the work; how far a hook is and how often an event was tried, NATS keeps. So an
//! event is delivered at least once, perhaps twice, and not in order: `webhook-id` tells a repetition, the events' own
//! ids their order. A hook whose receiver answers 410 is left alone, with all that it has not heard waiting.
//!
//! Whose hooks these are is no question: only the owner of the house has any, and no words are told. Who reads where
//! analysts do can take a hook's consumer away, and then it hears everything again; they never see where it goes.

pub mod book;
mod hook;
mod rounds;
mod send;
mod signature;
mod target;

use std::{collections::HashMap, time::Duration};

use nats::{HookError, Hooks, KeptHook, Mark};
use tokio::{
    task::{AbortHandle, JoinSet},
    time::sleep,
};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

pub use self::{
    hook::{Hook, State, WebhookId},
    signature::SigningKey,
    target::{Reach, TargetRejected},
};
use self::{rounds::Rounds, send::Sender};
use crate::{backoff, house::House};

/// How often it is looked whether hooks have changed.
const LOOK: Duration = Duration::from_secs(1);

/// Delivers until it is told to stop.
pub async fn run(house: House, stop: CancellationToken) {
    if !house.config.events.publish {
        return stop.cancelled().await;
    }
    tokio::select! {
        () = stop.cancelled() => {}
        () = deliver(&house) => {}
    }
}

async fn deliver(house: &House) {
    let mut waits = backoff::patient();
    let sender = loop {
        match Sender::new(&house.config.webhooks) {
            Ok(sender) => break sender,
            Err(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, "webhooks: no HTTP client");
                sleep(waits.next().unwrap_or(LOOK)).await;
            }
        }
    };
    let mut running = Running::new(house, sender);
    loop {
        if let Err(error) = running.look().await {
            tracing::warn!(error = &error as &dyn std::error::Error, "webhooks: cannot look");
        }
        sleep(LOOK).await;
    }
}

/// The hooks of a house.
pub(crate) fn hooks(house: &House) -> Hooks {
    Hooks::new(&house.nats, &house.analysts)
}

/// The hooks that are delivered to here, each by a task of its own.
struct Running<'a> {
    house: &'a House,
    sender: Sender,
    tasks: JoinSet<()>,
    by_id: HashMap<Uuid, (u64, AbortHandle)>,
    seen: Option<Mark>,
}

impl<'a> Running<'a> {
    fn new(house: &'a House, sender: Sender) -> Self {
        Self { house, sender, tasks: JoinSet::new(), by_id: HashMap::new(), seen: None }
    }

    /// Begins with those that are new, and ends with those that have gone.
    async fn look(&mut self) -> Result<(), HookError> {
        let hooks = hooks(self.house);
        if self.seen.is_none() {
            hooks.ensure().await?;
        }
        self.bury();
        let mark = hooks.mark().await?;
        if self.seen == Some(mark) {
            return Ok(());
        }
        let kept = hooks.all().await?;
        self.by_id.retain(|id, (revision, task)| {
            let stays = kept.iter().any(|kept| kept.id == *id && kept.revision == *revision);
            if !stays {
                task.abort();
            }
            stays
        });
        for kept in &kept {
            self.begin(kept);
        }
        // A replica that lags behind may have told too little; then it is asked again.
        self.seen = mark.counts(kept.len()).then_some(mark);
        Ok(())
    }

    fn begin(&mut self, kept: &KeptHook) {
        if self.by_id.contains_key(&kept.id) {
            return;
        }
        let hook = match Hook::open(&self.house.vault, kept) {
            Ok(hook) => hook,
            Err(error) => {
                tracing::error!(webhook.id = %kept.id, %error, "webhooks: one cannot be read");
                return;
            }
        };
        if hook.state == State::Active {
            let rounds = Rounds::new(self.house, &self.sender, hook, kept.revision);
            self.by_id.insert(kept.id, (kept.revision, self.tasks.spawn(rounds.run())));
        }
    }

    /// Those that ended by themselves are looked at again.
    fn bury(&mut self) {
        while self.tasks.try_join_next().is_some() {}
        let before = self.by_id.len();
        self.by_id.retain(|_, (_, task)| !task.is_finished());
        if self.by_id.len() < before {
            self.seen = None;
        }
    }
}
