//! What is to be delivered to one hook: a durable consumer that every process shares which delivers.
//!
//! Nothing is in order here, and something may come twice: what failed comes again when its time has come, while others go
//! on. The server counts the attempts, so a process that dies takes no count with it. So many may wait at most; when they
//! do, the hook stands still until one of them is done with, and the stream keeps the rest.

use std::time::Duration;

use async_nats::jetstream::{
    AckKind, Message,
    consumer::{AckPolicy, DeliverPolicy, pull},
};
use bytes::Bytes;
use tokio::time::timeout;

use super::Wants;
use crate::{Cause, Nats, tap::Tap};

/// How many one process takes at a time.
const BATCH: usize = 8;
/// How many may be tried, or wait to be tried again, in all processes together.
const UNDER_WAY: i64 = 1_000;
/// When another process tries, if one says nothing.
const ACK_WAIT: Duration = Duration::from_secs(90);
/// Sending an answer waits for the socket only.
const ANSWER: Duration = Duration::from_secs(2);

/// What is to be delivered, as it comes.
pub struct Deliveries {
    tap: Tap,
}

impl std::fmt::Debug for Deliveries {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Deliveries").finish_non_exhaustive()
    }
}

/// An event that is to be delivered.
#[derive(Debug)]
pub struct Delivery {
    /// The event, as analysts read it.
    pub body: Bytes,
    /// Which attempt this is, from 1.
    pub attempt: u32,
    message: Message,
}

impl Deliveries {
    pub(super) async fn open(nats: &Nats, durable: &str, wants: &Wants) -> Result<Self, Cause> {
        let subjects = nats.subjects();
        let filter_subjects = if wants.types.is_empty() {
            vec![subjects.all_events()]
        } else {
            wants.types.iter().map(|name| subjects.events_of(name)).collect()
        };
        let config = pull::Config {
            durable_name: Some(durable.to_owned()),
            description: Some("delivers to a webhook".to_owned()),
            deliver_policy: DeliverPolicy::ByStartTime { start_time: wants.since },
            ack_policy: AckPolicy::Explicit,
            ack_wait: ACK_WAIT,
            max_ack_pending: UNDER_WAY,
            filter_subjects,
            ..pull::Config::default()
        };
        nats.connected().await;
        let stream = nats.jetstream.get_stream_no_info(subjects.event_stream()).await?;
        let consumer = stream.create_consumer(config).await?;
        Ok(Self { tap: Tap::open(nats, &consumer, BATCH).await? })
    }

    /// The next one. After an error nothing more comes, and they have to be opened again.
    pub async fn next(&mut self) -> Result<Delivery, Cause> {
        let message = self.tap.next().await?;
        let attempt = u32::try_from(message.info()?.delivered).unwrap_or(u32::MAX);
        Ok(Delivery { body: message.payload.clone(), attempt, message })
    }
}

impl Delivery {
    /// It is over with: delivered, or put with what was not.
    pub async fn done(&self) -> Result<(), Cause> {
        self.answer(AckKind::Ack).await
    }

    /// It shall come again after this time.
    pub async fn again_after(&self, wait: Duration) -> Result<(), Cause> {
        self.answer(AckKind::Nak(Some(wait))).await
    }

    async fn answer(&self, kind: AckKind) -> Result<(), Cause> {
        timeout(ANSWER, self.message.ack_with(kind)).await?
    }
}
