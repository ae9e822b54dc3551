//! The one writer of the log: commits that come while others are on their way leave together.
//!
//! With `sync_interval: always` a publish costs an fsync, and a batch of many costs one too. So whoever appends hands
//! the commit to this task, unless nobody else is here. While few are on their way, it leaves at once; while a batch is,
//! it waits for that, and then all that wait leave together. A batch does not wait for company that nobody promised: only
//! the commits before it make it wait, which would keep the server busy anyway, and those who were in the last one, for a
//! moment, if they have come back so far.
//!
//! Whoever hands in waits for room first, in the order of coming, so thousands of callers cost bounded memory. A caller
//! that goes away while its commit waits takes it back; once sent, it is stored or not, and nobody else notices.

mod entry;
mod habit;
mod queue;

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use async_nats::Client;
use futures_util::{FutureExt, StreamExt, future::BoxFuture, stream::FuturesUnordered};
use tokio::{
    sync::{Semaphore, mpsc},
    task::yield_now,
    time::{Instant, timeout_at},
};

pub(super) use self::{entry::Company, queue::Batches};
use self::{
    entry::Entry,
    habit::Habit,
    queue::{Aloft, Departure, Queue},
};
use super::{
    batch::Outcome,
    publish::{Answer, Wire},
    record::Record,
};

/// How many bytes of commits may wait or be on their way.
const ROOM: usize = 32 * 1024 * 1024;
/// The room of the smallest commit, which bounds their count too.
const UNIT: usize = 4 * 1024;

/// The way to the writer, cheap to clone. The writer ends with the last of them.
#[derive(Debug, Clone)]
pub(in super::super) struct Writer {
    wire: Wire,
    arrivals: mpsc::UnboundedSender<Entry>,
    room: Arc<Semaphore>,
    /// How many callers are here.
    callers: Arc<AtomicUsize>,
}

/// A caller, until it has its answer or goes away.
struct Caller<'a>(&'a AtomicUsize);

impl<'a> Caller<'a> {
    /// Comes in, and answers how many were here before.
    fn enter(callers: &'a AtomicUsize) -> (Self, usize) {
        let before = callers.fetch_add(1, Ordering::AcqRel);
        (Self(callers), before)
    }
}

impl Drop for Caller<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

impl Writer {
    pub(super) fn start(wire: Wire, batches: Batches) -> Self {
        let (sender, arrivals) = mpsc::unbounded_channel();
        let names = Names::of(&wire.nats.client);
        let (queue, aloft, flights) = (Queue::default(), Aloft::default(), FuturesUnordered::new());
        let habit = Habit::default();
        tokio::spawn(
            Desk { wire: wire.clone(), batches, names, queue, arrivals, flights, aloft, habit }.run(),
        );
        let (room, callers) = (Arc::new(Semaphore::new(ROOM / UNIT)), Arc::default());
        Self { wire, arrivals: sender, room, callers }
    }

    /// Publishes the record, with others if that is faster, and answers as if it had been alone.
    pub(super) async fn publish(&self, record: Arc<Record>, company: Company, deadline: Instant) -> Answer {
        let (_caller, others) = Caller::enter(&self.callers);
        if others > 0 {
            return self.hand_in(record, company, deadline).await;
        }
        // Nobody to gather with: the way over the desk would only cost time.
        let answer = timeout_at(deadline, self.wire.publish(&record)).await;
        answer.unwrap_or_else(|_elapsed| Answer::Unclear("no answer in time".into()))
    }

    async fn hand_in(&self, record: Arc<Record>, company: Company, deadline: Instant) -> Answer {
        let units = u32::try_from(record.body.len() / UNIT + 1).unwrap_or(u32::MAX);
        let room = timeout_at(deadline, self.room.clone().acquire_many_owned(units)).await;
        let Ok(Ok(room)) = room else { return Answer::NotTaken("too many commits wait for the log".into()) };
        let (entry, mut ticket) = Entry::new(record, company, room);
        if self.arrivals.send(entry).is_err() {
            return Answer::NotTaken("the writer of the log has ended".into());
        }
        match timeout_at(deadline, &mut ticket.answer).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(_ended)) => Answer::Unclear("the writer of the log has ended".into()),
            Err(_elapsed) if ticket.withdraw() => {
                Answer::NotTaken("too many commits wait for the log".into())
            }
            Err(_elapsed) => Answer::Unclear("no answer in time".into()),
        }
    }
}

struct Desk {
    wire: Wire,
    batches: Batches,
    names: Names,
    queue: Queue,
    arrivals: mpsc::UnboundedReceiver<Entry>,
    flights: FuturesUnordered<BoxFuture<'static, Landed>>,
    /// How many of the flights are of one commit each, and how many of several.
    aloft: Aloft,
    habit: Habit,
}

/// Commits that have come to the end of their way.
enum Landed {
    Alone(Entry, Answer),
    Together(Vec<Entry>, Outcome, Duration),
}

impl Desk {
    async fn run(mut self) {
        loop {
            tokio::select! {
                biased;
                Some(landed) = self.flights.next() => self.land(landed).await,
                Some(entry) = self.arrivals.recv() => self.queue.arrive(entry),
                else => return,
            }
            while let Ok(entry) = self.arrivals.try_recv() {
                self.queue.arrive(entry);
            }
            self.depart();
        }
    }

    fn depart(&mut self) {
        let Departure { singly, together } = self.queue.depart(self.aloft, self.batches);
        self.aloft.singly += singly.len();
        self.aloft.together += usize::from(!together.is_empty());
        for entry in singly {
            let wire = self.wire.clone();
            let flight = async move {
                let answer = wire.publish(&entry.record).await;
                Landed::Alone(entry, answer)
            };
            self.flights.push(flight.boxed());
        }
        if !together.is_empty() {
            let (wire, name) = (self.wire.clone(), self.names.next());
            let flight = async move {
                let records: Vec<_> = together.iter().map(|entry| &*entry.record).collect();
                let begun = Instant::now();
                let outcome = wire.publish_together(&name, &records).await;
                Landed::Together(together, outcome, begun.elapsed())
            };
            self.flights.push(flight.boxed());
        }
    }

    async fn land(&mut self, landed: Landed) {
        match landed {
            Landed::Alone(entry, answer) => {
                self.aloft.singly -= 1;
                self.close(entry, answer);
            }
            Landed::Together(entries, outcome, took) => {
                self.aloft.together -= 1;
                let heard = entries.len();
                self.land_together(entries, outcome);
                return self.gather(heard, took).await;
            }
        }
        // Whoever has just heard may have more to say.
        yield_now().await;
    }

    /// Those who have just heard what became of a batch are waited for, for a moment that is short beside it: if they
    /// came too late, they and the others would go in turns, in batches half as long that cost as much.
    async fn gather(&mut self, heard: usize, took: Duration) {
        let (begun, moment, mut back) = (Instant::now(), self.habit.moment(took), 0);
        loop {
            yield_now().await;
            while let Ok(entry) = self.arrivals.try_recv() {
                self.queue.arrive(entry);
                back += 1;
            }
            if back >= heard || begun.elapsed() >= moment {
                return self.habit.saw(back, heard);
            }
        }
    }

    fn land_together(&mut self, entries: Vec<Entry>, outcome: Outcome) {
        match outcome {
            Outcome::Stored(first) => {
                let places = entries.into_iter().zip(first..);
                places.for_each(|(entry, sequence)| self.close(entry, Answer::Stored(sequence)));
            }
            Outcome::Unclear(why) => {
                entries.into_iter().for_each(|entry| self.close(entry, Answer::Unclear(why.clone().into())));
            }
            Outcome::Apart(why) => {
                tracing::debug!(why, "nats: {} commits go singly, because their batch failed", entries.len());
                entries.into_iter().for_each(|entry| self.queue.again(entry));
            }
            Outcome::Never => {
                self.batches = Batches::Refused;
                entries.into_iter().for_each(|entry| self.queue.again(entry));
            }
        }
    }

    fn close(&mut self, entry: Entry, answer: Answer) {
        let stored = match &answer {
            Answer::Stored(sequence) => Some(*sequence),
            Answer::NotTaken(_) | Answer::Unclear(_) | Answer::Refused(_) => None,
        };
        let record = entry.record.clone();
        entry.answer(answer);
        self.queue.landed(&record.subject, stored);
    }
}

/// The names of batches: the writer's own, which no other has, and a count.
struct Names {
    writer: String,
    count: u64,
}

impl Names {
    fn of(client: &Client) -> Self {
        let inbox = client.new_inbox();
        Self { writer: inbox.rsplit('.').next().unwrap_or_default().to_owned(), count: 0 }
    }

    fn next(&mut self) -> String {
        self.count += 1;
        format!("{}-{}", self.writer, self.count)
    }
}
