//! Aggregates of the crate `cqrs-es` on this journal, unchanged.
//!
//! All events of one command are one commit: one message on the literal subject of the aggregate, guarded by its last
//! sequence, exactly as our own. They are stored as MessagePack, by name, with their type and version beside them.
//!
//! Their subjects are apart from those of the house (`<prefix>.log.cqrs-<type>.<id>`), so that nobody takes one for
//! the other; give them a prefix, and so a log, of their own all the same. There are no snapshots and no upcasters.

use std::{collections::HashMap, marker::PhantomData};

use cqrs_es::{
    Aggregate, AggregateContext, AggregateError, DomainEvent, EventEnvelope, EventStore,
    persist::PersistenceError,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{AppendError, Journal, append::Record, load::Stored};
use crate::codec::{self, MAX_BODY, VERSION};

/// A journal as the event store of a `cqrs-es` framework.
///
/// ```no_run
/// use cqrs_es::{Aggregate, CqrsFramework, DomainEvent, event_sink::EventSink};
/// use nats::{CqrsStore, Journal, JournalOptions, NatsOptions, connect, ensure, keys::Pocket};
/// use serde::{Deserialize, Serialize};
/// use std::sync::Arc;
///
/// #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
/// enum CounterEvent {
///     Counted { by: u64 },
/// }
///
/// impl DomainEvent for CounterEvent {
///     fn event_type(&self) -> String {
///         "Counted".to_owned()
///     }
///
///     fn event_version(&self) -> String {
///         "1".to_owned()
///     }
/// }
///
/// #[derive(Debug, Default, Serialize, Deserialize)]
/// struct Counter {
///     total: u64,
/// }
///
/// impl Aggregate for Counter {
///     const TYPE: &'static str = "counter";
///     type Command = u64;
///     type Event = CounterEvent;
///     type Error = std::fmt::Error;
///     type Services = ();
///
///     async fn handle(&mut self, by: u64, _: &(), sink: &EventSink<Self>) -> Result<(), Self::Error> {
///         sink.write(CounterEvent::Counted { by }, self).await;
///         Ok(())
///     }
///
///     fn apply(&mut self, CounterEvent::Counted { by }: CounterEvent) {
///         self.total += by;
///     }
/// }
///
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let nats = connect(&NatsOptions { prefix: "counters".parse()?, ..NatsOptions::new("nats://127.0.0.1:4222") }).await?;
/// ensure(&nats, domain::commit::Epoch::new(1)).await?;
/// let journal = Journal::open(&nats, Arc::new(Pocket::default()), JournalOptions::default()).await?;
/// let counters = CqrsFramework::new(CqrsStore::<Counter>::new(journal), vec![], ());
/// counters.execute("visitors", 3).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct CqrsStore<A> {
    journal: Journal,
    aggregate: PhantomData<fn() -> A>,
}

/// A loaded aggregate, and where it stands.
#[derive(Debug)]
pub struct CqrsContext<A> {
    id: String,
    aggregate: A,
    /// How many events it has had.
    count: usize,
    /// The sequence of its last commit.
    last: u64,
}

#[derive(Serialize)]
struct Written<'a, E> {
    v: u16,
    /// The number of the first event, counted from 1 over all of the aggregate's.
    first: usize,
    metadata: &'a HashMap<String, String>,
    events: &'a [EventWritten<'a, E>],
}

#[derive(Serialize)]
struct EventWritten<'a, E> {
    r#type: String,
    version: String,
    payload: &'a E,
}

#[derive(Deserialize)]
struct Read<E> {
    first: usize,
    metadata: HashMap<String, String>,
    events: Vec<EventRead<E>>,
}

#[derive(Deserialize)]
struct EventRead<E> {
    payload: E,
}

impl<A> CqrsStore<A> {
    /// The aggregates in this journal.
    pub const fn new(journal: Journal) -> Self {
        Self { journal, aggregate: PhantomData }
    }
}

impl<A: Aggregate> AggregateContext<A> for CqrsContext<A> {
    fn aggregate(&mut self) -> &mut A {
        &mut self.aggregate
    }
}

impl<A: Aggregate> EventStore<A> for CqrsStore<A> {
    type AC = CqrsContext<A>;

    async fn load_events(&self, id: &str) -> Result<Vec<EventEnvelope<A>>, AggregateError<A::Error>> {
        let messages = self.load(id).await?;
        let commits = messages.iter().map(|message| read::<A>(id, message)).collect::<Result<Vec<_>, _>>()?;
        Ok(commits.concat())
    }

    async fn load_aggregate(&self, id: &str) -> Result<CqrsContext<A>, AggregateError<A::Error>> {
        let mut context = CqrsContext { id: id.to_owned(), aggregate: A::default(), count: 0, last: 0 };
        for message in self.load(id).await? {
            for event in read::<A>(id, &message)? {
                context.count = event.sequence;
                context.aggregate.apply(event.payload);
            }
            context.last = message.sequence;
        }
        Ok(context)
    }

    async fn commit(
        &self,
        events: Vec<A::Event>,
        context: CqrsContext<A>,
        metadata: HashMap<String, String>,
    ) -> Result<Vec<EventEnvelope<A>>, AggregateError<A::Error>> {
        if !events.is_empty() {
            let record = self.record(&events, &context, &metadata)?;
            self.journal.append_record(record).await.map_err(not_appended)?;
        }
        Ok(envelopes(&context.id, context.count + 1, &metadata, events))
    }
}

impl<A: Aggregate> CqrsStore<A> {
    fn subject(&self, id: &str) -> Result<String, PersistenceError> {
        self.journal.nats.subjects.cqrs_log(A::TYPE, id).ok_or_else(|| {
            let why =
                format!("{}/{id} cannot stand in a subject: at most 128 of a-z, A-Z, 0-9, `_`, `-`", A::TYPE);
            PersistenceError::UnknownError(why.into())
        })
    }

    async fn load(&self, id: &str) -> Result<Vec<Stored>, PersistenceError> {
        let loaded = self.journal.load_messages(&self.subject(id)?, 0, 0).await;
        loaded.map_err(|error| PersistenceError::ConnectionError(error.into()))
    }

    fn record(
        &self,
        events: &[A::Event],
        context: &CqrsContext<A>,
        metadata: &HashMap<String, String>,
    ) -> Result<Record, PersistenceError> {
        let written = |payload| EventWritten::<A::Event> {
            r#type: DomainEvent::event_type(payload),
            version: DomainEvent::event_version(payload),
            payload,
        };
        let events: Vec<_> = events.iter().map(written).collect();
        let body = codec::pack(&Written { v: VERSION, first: context.count + 1, metadata, events: &events })
            .map_err(|error| PersistenceError::UnknownError(error.into()))?;
        if body.len() > MAX_BODY {
            return Err(not_appended(AppendError::TooLarge { size: body.len(), limit: MAX_BODY }));
        }
        let types = events.iter().map(|event| event.r#type.as_str());
        Ok(Record::new(fresh(), self.subject(&context.id)?, context.last, types, body.into()))
    }
}

/// The id of a commit.
#[expect(clippy::disallowed_methods, reason = "commands of cqrs-es bring no id from an edge")]
fn fresh() -> String {
    Uuid::now_v7().to_string()
}

fn read<A: Aggregate>(id: &str, message: &Stored) -> Result<Vec<EventEnvelope<A>>, PersistenceError> {
    let (read, _rest) = codec::unpack::<Read<A::Event>>(&message.body)
        .map_err(|error| PersistenceError::DeserializationError(error.into()))?;
    let events = read.events.into_iter().map(|event| event.payload).collect();
    Ok(envelopes(id, read.first, &read.metadata, events))
}

fn envelopes<A: Aggregate>(
    id: &str,
    first: usize,
    metadata: &HashMap<String, String>,
    events: Vec<A::Event>,
) -> Vec<EventEnvelope<A>> {
    let envelope = |(payload, sequence)| EventEnvelope {
        aggregate_id: id.to_owned(),
        sequence,
        payload,
        metadata: metadata.clone(),
    };
    events.into_iter().zip(first..).map(envelope).collect()
}

fn not_appended(error: AppendError) -> PersistenceError {
    match error {
        AppendError::Conflict => PersistenceError::OptimisticLockError,
        AppendError::Unavailable(_) | AppendError::Unknown(_) | AppendError::Full(_) => {
            PersistenceError::ConnectionError(error.into())
        }
        AppendError::TooLarge { .. }
        | AppendError::Unwritable(_)
        | AppendError::Keys(_)
        | AppendError::Refused(_) => PersistenceError::UnknownError(error.into()),
    }
}
