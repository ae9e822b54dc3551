//! A log as a house writes it: many conversations of twenty messages, by many people at once.

use domain::conversation::Conversation;
use futures_util::{StreamExt, stream};
use innkeeper::{
    execute::{Envelope, Executor, Memory},
    stamp,
};

use crate::{
    ground::Ground,
    said::{MIRA, beginning, message},
};

/// How many messages a conversation has.
const LENGTH: usize = 20;
/// How many people talk at a time.
const PEOPLE: usize = 256;

/// Fills the log with about so many commits.
pub(crate) async fn fill(ground: &Ground, commits: usize) {
    let executor = Executor::new(ground.journal.clone(), Memory::none());
    stream::iter(0..commits.div_ceil(LENGTH + 1)).for_each_concurrent(PEOPLE, |_| talk(&executor)).await;
}

async fn talk(executor: &Executor) {
    let conversation = stamp::id::<Conversation>();
    executor.execute(conversation, &beginning(), &Envelope::from_user(MIRA)).await.unwrap();
    for _ in 0..LENGTH {
        executor.execute(conversation, &message(), &Envelope::from_user(MIRA)).await.unwrap();
    }
}
