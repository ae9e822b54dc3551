//! The ordered consumer of the client library, which decodes nothing and proves nothing.

use async_nats::{
    Client,
    jetstream::{self, consumer::pull::OrderedConfig},
};
use futures_util::StreamExt;

/// Reads the log up to this message.
pub(crate) async fn read(client: &Client, last: u64) {
    let stream = jetstream::new(client.clone()).get_stream("INK_LOG").await.unwrap();
    let consumer = stream.create_consumer(OrderedConfig::default()).await.unwrap();
    let mut messages = consumer.messages().await.unwrap();
    while messages.next().await.unwrap().unwrap().info().unwrap().stream_sequence < last {}
}
