//! Somebody who reads what happened, with an account on NATS and nothing else.

use std::time::Duration;

use async_nats::{
    ConnectOptions, HeaderMap,
    jetstream::{
        Context,
        consumer::{Consumer, DeliverPolicy, pull},
        context::ContextBuilder,
        stream::Stream,
    },
};
use futures_util::StreamExt;
use serde_json::Value;

use crate::servers::Place;

/// An event that takes longer than this is a fault.
/// So long it takes until another one of a team gets what one left lying.
const LEFT_LYING: Duration = Duration::from_secs(10);
const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) struct Analyst {
    pub(crate) jetstream: Context,
    pub(crate) client: async_nats::Client,
    prefix: String,
}

/// A message, as it was read.
#[derive(Clone, Debug)]
pub(crate) struct Told {
    pub(crate) subject: String,
    pub(crate) headers: HeaderMap,
    pub(crate) event: Value,
}

impl Told {
    pub(crate) fn r#type(&self) -> &str {
        self.event["type"].as_str().expect("a type").rsplit('.').next().expect("a name")
    }

    pub(crate) fn id(&self) -> String {
        self.event["id"].as_str().expect("an id").to_owned()
    }
}

impl Analyst {
    pub(crate) async fn at(place: &Place) -> Self {
        let (access, address) =
            place.analyst_url.trim_start_matches("nats://").split_once('@').expect("a password");
        let (user, password) = access.split_once(':').expect("a password");
        let options = ConnectOptions::with_user_and_password(user.to_owned(), password.to_owned());
        let client = options.connect(address).await.expect("analysts come in");
        // What they may not ask is not answered at all.
        let jetstream = ContextBuilder::new().timeout(Duration::from_secs(2)).build(client.clone());
        Self { jetstream, client, prefix: place.prefix.clone() }
    }

    pub(crate) fn stream_name(&self) -> String {
        format!("{}_EVENTS", self.prefix.to_ascii_uppercase())
    }

    pub(crate) fn subject(&self, rest: &str) -> String {
        format!("{}.event.{rest}", self.prefix)
    }

    /// The stream, once a publisher has made it.
    pub(crate) async fn stream(&self) -> Stream {
        let look = async {
            loop {
                match self.jetstream.get_stream(self.stream_name()).await {
                    Ok(stream) => return stream,
                    Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
                }
            }
        };
        tokio::time::timeout(PATIENCE, look).await.expect("there is a stream")
    }

    /// A consumer that many share, if it has a name, of what these filters let through.
    pub(crate) async fn consumer(
        &self,
        name: Option<&str>,
        filters: &[&str],
        from: DeliverPolicy,
    ) -> Consumer<pull::Config> {
        let config = pull::Config {
            durable_name: name.map(str::to_owned),
            filter_subjects: filters.iter().map(|rest| self.subject(rest)).collect(),
            deliver_policy: from,
            ack_wait: if name.is_some() { LEFT_LYING } else { Duration::ZERO },
            ..pull::Config::default()
        };
        self.stream().await.create_consumer(config).await.expect("a consumer")
    }

    /// Reads everything from the beginning, up to an event that `last` is content with.
    pub(crate) async fn reads_until(&self, last: impl Fn(&Told) -> bool) -> Vec<Told> {
        let consumer = self.consumer(None, &[">"], DeliverPolicy::All).await;
        reads(&consumer, last).await
    }
}

/// Reads up to an event that `last` is content with.
pub(crate) async fn reads(consumer: &Consumer<pull::Config>, last: impl Fn(&Told) -> bool) -> Vec<Told> {
    let mut messages = consumer.messages().await.expect("messages");
    let mut all = vec![];
    loop {
        let next = tokio::time::timeout(PATIENCE, messages.next()).await;
        let message = next.unwrap_or_else(|_| panic!("nothing more comes: {all:#?}"));
        let message = message.expect("a stream without end").expect("a message");
        message.ack().await.expect("analysts acknowledge");
        let told = Told {
            subject: message.subject.to_string(),
            headers: message.headers.clone().unwrap_or_default(),
            event: serde_json::from_slice(&message.payload).expect("JSON"),
        };
        let done = last(&told);
        all.push(told);
        if done {
            return all;
        }
    }
}
