//! Messages of a pull consumer, until anything goes wrong.
//!
//! The client library would ride out a lost connection by itself, but slowly, and an ordered consumer of its making
//! replays the whole log if it had not heard anything yet. So a tap simply ends, at once when the link is lost, and
//! whoever holds it opens another where it stopped.

use std::time::Duration;

use async_nats::jetstream::{
    Message,
    consumer::{Consumer, pull},
};
use futures_util::{FutureExt, StreamExt, future::BoxFuture};

use crate::{Cause, Nats};

/// Two missed heartbeats end a tap.
const HEARTBEAT: Duration = Duration::from_secs(5);
/// How long the server keeps one request for messages. They come as soon as they are there, so this is no delay.
const EXPIRES: Duration = Duration::from_secs(30);

pub(crate) struct Tap {
    messages: pull::Stream,
    interrupted: BoxFuture<'static, ()>,
}

impl Tap {
    pub(crate) async fn open(
        nats: &Nats,
        consumer: &Consumer<pull::Config>,
        batch: usize,
    ) -> Result<Self, Cause> {
        let interrupted = nats.interrupted().boxed();
        let messages = consumer
            .stream()
            .max_messages_per_batch(batch)
            .heartbeat(HEARTBEAT)
            .expires(EXPIRES)
            .messages()
            .await?;
        Ok(Self { messages, interrupted })
    }

    /// A message that is here already.
    pub(crate) fn ready(&mut self) -> Option<Result<Message, Cause>> {
        let message = self.messages.next().now_or_never()??;
        Some(message.map_err(Into::into))
    }

    pub(crate) async fn next(&mut self) -> Result<Message, Cause> {
        tokio::select! {
            biased;
            message = self.messages.next() => match message {
                Some(message) => message.map_err(Into::into),
                None => Err("the consumer ended".into()),
            },
            () = &mut self.interrupted => Err("the connection was lost".into()),
        }
    }
}
