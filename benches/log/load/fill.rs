//! A long conversation, its commits scattered among those of others.

use domain::{
    Id,
    commit::{Actor, AggregateKey, Commit, Kind, RecordedEvent},
    conversation::ConversationId,
    user::{UserEvent, UserRegistered},
};
use futures_util::future::{join, join_all};
use innkeeper::{
    execute::{Envelope, Executor},
    stamp,
};
use nats::Trace;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    ground::Ground,
    said::{MIRA, beginning, message, text},
};

pub(crate) struct Filling<'a> {
    pub(crate) ground: &'a Ground,
    pub(crate) executor: &'a Executor,
    pub(crate) commits: usize,
}

impl Filling<'_> {
    /// Says what there is to say, with commits of others between, and answers where.
    pub(crate) async fn fill(&self, others: usize) -> ConversationId {
        let (long, envelope) = (stamp::id(), || Envelope::from_user(MIRA));
        self.executor.execute(long, &beginning(), &envelope()).await.unwrap();
        let between = others / self.commits;
        for _ in 1..self.commits {
            let (message, envelope) = (message(), envelope());
            let own = self.executor.execute(long, &message, &envelope);
            let (own, _) = join(own, join_all((0..between).map(|_| self.other()))).await;
            own.unwrap();
        }
        long
    }

    async fn other(&self) {
        let key = AggregateKey { kind: Kind::User, id: stamp::id::<ConversationId>().uuid() };
        self.ground.journal.append(key, 0, &commit(key.id), &Trace::NONE).await.unwrap();
    }
}

/// As long as a message.
fn commit(aggregate: Uuid) -> Commit {
    let event = UserEvent::from(UserRegistered { name: text().into() }).into();
    Commit {
        id: stamp::id(),
        command: stamp::id(),
        fingerprint: None,
        at: OffsetDateTime::UNIX_EPOCH,
        actor: Actor::User(Id::new(aggregate)),
        correlation: None,
        causation: None,
        after: 0,
        prev: None,
        whose: Some(MIRA),
        events: vec![RecordedEvent { id: stamp::id(), event }],
    }
}
