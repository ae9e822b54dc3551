//! The raw publish, and Innkeeper.

use async_nats::{
    HeaderMap,
    header::{NATS_EXPECTED_LAST_SUBJECT_SEQUENCE, NATS_MESSAGE_ID},
    jetstream::{self, Context},
};
use bytes::Bytes;
use domain::{
    Command,
    conversation::{Conversation, ConversationId},
};
use innkeeper::{
    execute::{Envelope, Executor, Memory},
    stamp,
};
use nats::{Prefix, Snapshots, Subjects};
use tokio::sync::Mutex;

use crate::{
    ground::Ground,
    said::{MIRA, beginning, message},
    writers::{Place, Way},
};

/// The whole write path.
#[derive(Clone)]
pub(crate) struct Executing {
    executor: Executor,
}

impl Executing {
    pub(crate) fn on(ground: &Ground) -> Self {
        let memory = Memory::of(Snapshots::of(&ground.nats, &ground.journal));
        Self { executor: Executor::new(ground.journal.clone(), memory) }
    }

    async fn execute(&self, conversation: ConversationId, command: impl Command<Conversation>) {
        self.executor.execute(conversation, &command, &Envelope::from_user(MIRA)).await.unwrap();
    }

    /// What is stored of one message.
    pub(crate) async fn one_body(&self, ground: &Ground) -> Bytes {
        let place = Place { conversation: stamp::id(), last: Mutex::default() };
        self.begins(&place).await;
        self.says(&place).await;
        let log = jetstream::new(ground.raw().await).get_stream("INK_LOG").await.unwrap();
        log.get_last_raw_message_by_subject(&subject(&place)).await.unwrap().payload
    }
}

impl Way for Executing {
    async fn begins(&self, place: &Place) {
        self.execute(place.conversation, beginning()).await;
    }

    async fn says(&self, place: &Place) {
        self.execute(place.conversation, message()).await;
    }
}

/// The client library's publish.
#[derive(Clone)]
pub(crate) struct Publishing {
    jetstream: Context,
    body: Bytes,
}

impl Publishing {
    pub(crate) async fn on(ground: &Ground, body: Bytes) -> Self {
        Self { jetstream: jetstream::new(ground.raw().await), body }
    }
}

impl Way for Publishing {
    async fn begins(&self, place: &Place) {
        self.says(place).await;
    }

    async fn says(&self, place: &Place) {
        let mut last = place.last.lock().await;
        let mut headers = HeaderMap::new();
        headers.insert(NATS_MESSAGE_ID, stamp::id::<Conversation>().to_string());
        headers.insert(NATS_EXPECTED_LAST_SUBJECT_SEQUENCE, last.to_string());
        headers.insert("Ink-Types", "MessageSent");
        let publish = self.jetstream.publish_with_headers(subject(place), headers, self.body.clone());
        *last = publish.await.unwrap().await.unwrap().sequence;
    }
}

fn subject(place: &Place) -> String {
    Subjects::new(Prefix::default()).log(place.conversation.key())
}
