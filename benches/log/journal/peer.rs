//! The same conversation as an aggregate of the crate cqrs-es, on postgres-es and on our journal.
//!
//! It is our own aggregate in that crate's clothes: the same state, the same rules, the same events.

use cqrs_es::{Aggregate, AggregateError, CqrsFramework, DomainEvent, EventStore, event_sink::EventSink};
use domain::{
    Aggregate as _, Command as _,
    conversation::{
        Conversation, ConversationEvent, ConversationRejected, ConversationStarted, MessageSent, SendMessage,
        StartConversation,
    },
};
use nats::CqrsStore;
use postgres_es::{PostgresCqrs, postgres_cqrs};
use serde::{Deserialize, Serialize};
use sqlx_of_postgres_es::{Executor as _, postgres::PgPoolOptions};
use std::sync::Arc;

use crate::{
    ground::Ground,
    said::{beginning, message},
    writers::{Place, Way},
};

/// How many connections the peer has. Its own default of ten made it slower.
const CONNECTIONS: u32 = 32;

/// The peer's own table.
const TABLE: &str = "
    create table events (
        aggregate_type text                         not null,
        aggregate_id   text                         not null,
        sequence       bigint check (sequence >= 0) not null,
        event_type     text                         not null,
        event_version  text                         not null,
        payload        json                         not null,
        metadata       json                         not null,
        primary key (aggregate_type, aggregate_id, sequence)
    )";

#[derive(Debug, Default, Clone, Serialize, Deserialize)]
struct Talk(Conversation);

enum TalkCommand {
    Start(StartConversation),
    Send(SendMessage),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum TalkEvent {
    Started(ConversationStarted),
    Sent(MessageSent),
}

impl DomainEvent for TalkEvent {
    fn event_type(&self) -> String {
        match self {
            Self::Started(_) => "ConversationStarted".to_owned(),
            Self::Sent(_) => "MessageSent".to_owned(),
        }
    }

    fn event_version(&self) -> String {
        "1".to_owned()
    }
}

impl TalkEvent {
    /// The events that this bench can lead to.
    fn of(event: ConversationEvent) -> Option<Self> {
        match event {
            ConversationEvent::ConversationStarted(event) => Some(Self::Started(event)),
            ConversationEvent::MessageSent(event) => Some(Self::Sent(event)),
            _ => None,
        }
    }

    fn into_ours(self) -> ConversationEvent {
        match self {
            Self::Started(event) => event.into(),
            Self::Sent(event) => event.into(),
        }
    }
}

impl Aggregate for Talk {
    const TYPE: &'static str = "talk";
    type Command = TalkCommand;
    type Event = TalkEvent;
    type Error = ConversationRejected;
    type Services = ();

    async fn handle(
        &mut self,
        command: TalkCommand,
        _: &(),
        sink: &EventSink<Self>,
    ) -> Result<(), ConversationRejected> {
        let events = match command {
            TalkCommand::Start(command) => command.decide(&self.0)?,
            TalkCommand::Send(command) => command.decide(&self.0)?,
        };
        for event in events.into_iter().filter_map(TalkEvent::of) {
            sink.write(event, self).await;
        }
        Ok(())
    }

    fn apply(&mut self, event: TalkEvent) {
        self.0.evolve(&event.into_ours());
    }
}

/// On postgres-es.
#[derive(Clone)]
pub(crate) struct OnPostgres(Arc<PostgresCqrs<Talk>>);

impl OnPostgres {
    pub(crate) async fn open(url: &str) -> Self {
        let pool = PgPoolOptions::new().max_connections(CONNECTIONS).connect(url).await.unwrap();
        pool.execute(TABLE).await.unwrap();
        Self(Arc::new(postgres_cqrs(pool, vec![], ())))
    }
}

/// On our journal.
#[derive(Clone)]
pub(crate) struct OnJournal(Arc<CqrsFramework<Talk, CqrsStore<Talk>>>);

impl OnJournal {
    pub(crate) fn on(ground: &Ground) -> Self {
        Self(Arc::new(CqrsFramework::new(CqrsStore::new(ground.journal.clone()), vec![], ())))
    }
}

impl Way for OnPostgres {
    async fn begins(&self, place: &Place) {
        carry_out(&self.0, place, || TalkCommand::Start(beginning())).await;
    }

    async fn says(&self, place: &Place) {
        carry_out(&self.0, place, || TalkCommand::Send(message())).await;
    }
}

impl Way for OnJournal {
    async fn begins(&self, place: &Place) {
        carry_out(&self.0, place, || TalkCommand::Start(beginning())).await;
    }

    async fn says(&self, place: &Place) {
        carry_out(&self.0, place, || TalkCommand::Send(message())).await;
    }
}

/// Whoever loses a race has to try again: the peer leaves that to its caller.
async fn carry_out<S: EventStore<Talk>>(
    framework: &CqrsFramework<Talk, S>,
    place: &Place,
    command: impl Fn() -> TalkCommand,
) {
    let id = place.conversation.to_string();
    while let Err(error) = framework.execute(&id, command()).await {
        assert!(matches!(error, AggregateError::AggregateConflict), "{error:?}");
    }
}
