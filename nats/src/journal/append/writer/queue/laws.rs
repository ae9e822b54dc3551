//! What holds for those who wait and who are on their way, whatever arrives, goes away and lands in whichever order.

use std::collections::HashSet;

use proptest::{prelude::*, sample::Index};

use super::{spec::entry, *};
use crate::journal::append::writer::entry::Ticket;

/// What the writer does, without its wires.
#[derive(Default)]
struct Writer {
    queue: Queue,
    together: Vec<Entry>,
    singly: VecDeque<Entry>,
    tickets: Vec<Ticket>,
    withdrawn: HashSet<usize>,
    /// The commits that are stored, as the log has them.
    log: Vec<(String, usize)>,
}

#[derive(Debug, Clone)]
enum Step {
    Arrives(u128),
    Withdraws(Index),
    Departs,
    BatchIsStored,
    BatchComesApart,
    OneIsStored,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        12 => (0..40_u128).prop_map(Step::Arrives),
        1 => any::<Index>().prop_map(Step::Withdraws),
        1 => Just(Step::Departs),
        1 => Just(Step::BatchIsStored),
        1 => Just(Step::BatchComesApart),
        1 => Just(Step::OneIsStored),
    ]
}

impl Writer {
    fn takes(&mut self, step: &Step) {
        match step {
            Step::Arrives(aggregate) => {
                let (entry, ticket) = entry(*aggregate, self.tickets.len(), 0);
                self.tickets.push(ticket);
                self.queue.arrive(entry);
            }
            Step::Withdraws(which) if !self.tickets.is_empty() => {
                let number = which.index(self.tickets.len());
                if self.tickets[number].withdraw() {
                    self.withdrawn.insert(number);
                }
            }
            Step::Withdraws(_) => {}
            Step::Departs => self.depart(),
            Step::BatchIsStored => {
                std::mem::take(&mut self.together).into_iter().for_each(|entry| self.store(entry));
            }
            Step::BatchComesApart => {
                std::mem::take(&mut self.together).into_iter().for_each(|entry| self.queue.again(entry));
            }
            Step::OneIsStored => {
                let landed = self.singly.pop_front();
                landed.into_iter().for_each(|entry| self.store(entry));
            }
        }
    }

    fn depart(&mut self) {
        let aloft = Aloft { singly: self.singly.len(), together: usize::from(!self.together.is_empty()) };
        let departure = self.queue.depart(aloft, Batches::Taken);
        self.singly.extend(departure.singly);
        self.together.extend(departure.together);
    }

    fn store(&mut self, entry: Entry) {
        let record = entry.record.clone();
        self.log.push((record.subject.clone(), record.id.parse().unwrap()));
        entry.answer(Answer::Stored(0));
        self.queue.landed(&record.subject, Some(0));
    }

    /// Of one aggregate, one commit at most is in the server's hands.
    fn is_in_order(&self) {
        let out: Vec<_> = self.together.iter().chain(&self.singly).collect();
        let aggregates: HashSet<_> = out.iter().map(|entry| &entry.record.subject).collect();
        assert_eq!(aggregates.len(), out.len(), "two of one aggregate are on their way");
        assert!(self.singly.len() <= MOST_SINGLY && self.together.len() <= MOST);
    }

    /// Until nobody waits any more.
    fn comes_to_rest(&mut self) {
        while !self.queue.lanes.is_empty() {
            self.depart();
            self.is_in_order();
            let stored =
                std::mem::take(&mut self.together).into_iter().chain(std::mem::take(&mut self.singly));
            stored.collect::<Vec<_>>().into_iter().for_each(|entry| self.store(entry));
        }
    }
}

proptest! {
    #[test]
    fn each_commit_is_stored_once_in_the_order_of_its_aggregate_unless_it_was_taken_back(
        steps in proptest::collection::vec(step(), 1..400)
    ) {
        let mut writer = Writer::default();
        for step in &steps {
            writer.takes(step);
            writer.is_in_order();
        }
        writer.comes_to_rest();
        let stored: HashSet<_> = writer.log.iter().map(|(_, number)| *number).collect();
        prop_assert_eq!(stored.len(), writer.log.len());
        let all = 0..writer.tickets.len();
        prop_assert!(all.into_iter().all(|one| stored.contains(&one) != writer.withdrawn.contains(&one)));
        for aggregate in 0..40 {
            let lane = writer.log.iter().filter(|(subject, _)| *subject == aggregate.to_string());
            prop_assert!(lane.map(|(_, number)| *number).is_sorted());
        }
    }
}
