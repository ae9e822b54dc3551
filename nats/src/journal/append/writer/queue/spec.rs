use std::sync::Arc;

use async_nats::HeaderMap;
use bytes::Bytes;
use tokio::sync::Semaphore;

use super::*;
use crate::journal::append::{record::Record, writer::entry::Ticket};

pub(super) fn entry(aggregate: u128, id: usize, expected: u64) -> (Entry, Ticket) {
    let record = Record {
        id: id.to_string(),
        subject: aggregate.to_string(),
        expected,
        headers: HeaderMap::new(),
        body: Bytes::from_static(b"body"),
    };
    let room = Arc::new(Semaphore::new(1)).try_acquire_owned().unwrap();
    Entry::new(Arc::new(record), Company::Any, room)
}

/// So many commits, each of an aggregate of its own.
fn crowd(size: usize) -> (Queue, Vec<Ticket>) {
    let mut queue = Queue::default();
    let tickets = (0..size).map(|number| {
        let (entry, ticket) = entry(number as u128, number, 0);
        queue.arrive(entry);
        ticket
    });
    let tickets = tickets.collect();
    (queue, tickets)
}

fn ids(entries: &[Entry]) -> Vec<usize> {
    entries.iter().map(|entry| entry.record.id.parse().unwrap()).collect()
}

const NOTHING: Aloft = Aloft { singly: 0, together: 0 };

#[test]
fn one_alone_leaves_at_once_and_by_itself() {
    let (mut queue, _tickets) = crowd(1);
    let departure = queue.depart(NOTHING, Batches::Taken);
    assert_eq!((ids(&departure.singly), ids(&departure.together)), (vec![0], vec![]));
}

#[test]
fn a_few_leave_singly_and_many_together() {
    for (size, singly, together) in [(WORTH - 1, WORTH - 1, 0), (WORTH, 0, WORTH), (MOST + 1, 0, MOST)] {
        let (mut queue, _tickets) = crowd(size);
        let departure = queue.depart(NOTHING, Batches::Taken);
        assert_eq!((departure.singly.len(), departure.together.len()), (singly, together));
    }
}

#[test]
fn while_a_batch_is_on_its_way_the_others_gather() {
    let (mut queue, _tickets) = crowd(MOST);
    let departure = queue.depart(Aloft { together: 1, ..NOTHING }, Batches::Taken);
    assert!(departure.singly.is_empty() && departure.together.is_empty());
    assert_eq!(queue.depart(NOTHING, Batches::Taken).together.len(), MOST);
}

#[test]
fn where_no_batches_are_taken_a_bounded_number_is_on_its_way() {
    let (mut queue, _tickets) = crowd(MOST);
    let departure = queue.depart(Aloft { singly: 3, together: 0 }, Batches::Refused);
    assert_eq!((departure.singly.len(), departure.together.len()), (MOST_SINGLY - 3, 0));
}

#[test]
fn a_batch_ends_where_its_bytes_do() {
    let mut queue = Queue::default();
    let long = Bytes::from(vec![0; MOST_BYTES / 4]);
    let tickets = (0..20).map(|number| {
        let (entry, _unused) = entry(number, 0, 0);
        let record = Arc::new(Record { body: long.clone(), ..Arc::try_unwrap(entry.record).unwrap() });
        let room = Arc::new(Semaphore::new(1)).try_acquire_owned().unwrap();
        let (entry, ticket) = Entry::new(record, Company::Any, room);
        queue.arrive(entry);
        ticket
    });
    let _tickets: Vec<_> = tickets.collect();
    assert_eq!(queue.depart(NOTHING, Batches::Taken).together.len(), 4);
}

#[test]
fn what_was_taken_back_does_not_leave_and_keeps_nobody_behind() {
    let mut queue = Queue::default();
    let (first, ticket) = entry(1, 1, 0);
    let (second, _stays) = entry(1, 2, 0);
    queue.arrive(first);
    queue.arrive(second);
    assert!(ticket.withdraw());
    assert_eq!(ids(&queue.depart(NOTHING, Batches::Taken).singly), [2]);
}

#[test]
fn what_has_left_cannot_be_taken_back() {
    let (mut queue, tickets) = crowd(1);
    let _departed = queue.depart(NOTHING, Batches::Taken);
    assert!(!tickets[0].withdraw());
}

#[test]
fn who_expects_what_is_gone_is_told_without_being_sent() {
    let mut queue = Queue::default();
    let (first, _first) = entry(1, 1, 0);
    let (stale, mut told) = entry(1, 2, 0);
    let (next, _next) = entry(1, 3, 7);
    let key = first.record.subject.clone();
    [first, stale, next].into_iter().for_each(|entry| queue.arrive(entry));
    assert_eq!(ids(&queue.depart(NOTHING, Batches::Taken).singly), [1]);
    queue.landed(&key, Some(7));
    assert!(matches!(told.answer.try_recv(), Ok(Answer::Unclear(_))));
    assert_eq!(ids(&queue.depart(NOTHING, Batches::Taken).singly), [3]);
}

#[test]
fn a_batch_that_came_apart_goes_singly_while_others_go_together() {
    let (mut queue, _tickets) = crowd(WORTH);
    let batch = queue.depart(NOTHING, Batches::Taken).together;
    batch.into_iter().for_each(|entry| queue.again(entry));
    let (_others, _theirs) = (0..WORTH)
        .map(|number| entry(1_000 + number as u128, 1_000 + number, 0))
        .map(|(entry, ticket)| (queue.arrive(entry), ticket))
        .collect::<(Vec<_>, Vec<_>)>();
    let departure = queue.depart(NOTHING, Batches::Taken);
    assert_eq!(ids(&departure.singly), (0..WORTH).collect::<Vec<_>>());
    assert_eq!(departure.together.len(), WORTH);
}
