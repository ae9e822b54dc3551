//! Who is sent next, and with whom: the order of the commits that wait, without any wires.
//!
//! Each aggregate has a lane. The first of a lane is ready or on its way, and the others wait behind it; so no two
//! commits of one aggregate leave here at once, let alone in one batch. What is ready leaves in the order in
//! which it came, and the next of a lane queues up at the end: a busy aggregate keeps nobody waiting but itself.
//!
//! When a commit is stored, those of its lane that expect something older cannot be: they need not be sent to learn it.

use std::collections::{HashMap, VecDeque};

use super::{
    super::publish::Answer,
    entry::{Company, Entry},
};

/// From how many on a batch is cheaper than single publishes. On 2.15.1 it has a price of its own, six syncs for the
/// files in which it is staged and some 30 µs a commit, where a single publish costs one sync.
const WORTH: usize = 16;
/// How many commits a batch has at most. The server takes 1,000; this many bring its own price to nearly nothing.
const MOST: usize = 500;
/// How many bytes a batch has at most, so that it is sent and stored well within its time.
const MOST_BYTES: usize = 4 * 1024 * 1024;
/// How many commits are on their way by themselves at most: where more wait, they are worth a batch.
const MOST_SINGLY: usize = WORTH;

/// Whether the stream takes batches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Batches {
    Taken,
    Refused,
}

/// What is on its way.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Aloft {
    pub(super) singly: usize,
    pub(super) together: usize,
}

/// What leaves at once: some by themselves, some as one batch.
#[derive(Debug, Default)]
pub(super) struct Departure {
    pub(super) singly: Vec<Entry>,
    pub(super) together: Vec<Entry>,
}

/// All commits that wait.
#[derive(Debug, Default)]
pub(super) struct Queue {
    ready: VecDeque<Entry>,
    alone: VecDeque<Entry>,
    lanes: HashMap<String, VecDeque<Entry>>,
}

impl Queue {
    /// A commit was handed in.
    pub(super) fn arrive(&mut self, entry: Entry) {
        match self.lanes.get_mut(&entry.record.subject) {
            Some(lane) => lane.push_back(entry),
            None => {
                self.lanes.insert(entry.record.subject.clone(), VecDeque::new());
                self.is_next(entry);
            }
        }
    }

    /// A commit that was on its way in a batch is to be sent once more, by itself.
    pub(super) fn again(&mut self, entry: Entry) {
        self.alone.push_back(entry);
    }

    /// The commit of the aggregate at this subject that was on its way is answered; if it is stored, there.
    pub(super) fn landed(&mut self, subject: &str, stored: Option<u64>) {
        while let Some(next) = self.lanes.get_mut(subject).and_then(VecDeque::pop_front) {
            match stored {
                Some(sequence) if next.record.expected < sequence => next.answer(beaten()),
                Some(_) | None => return self.is_next(next),
            }
        }
        self.lanes.remove(subject);
    }

    /// Takes out what leaves now, behind what is aloft. While a batch is, the others gather for the next.
    pub(super) fn depart(&mut self, aloft: Aloft, batches: Batches) -> Departure {
        let (mut singly, mut together) = (Vec::new(), Vec::new());
        let most = MOST_SINGLY.saturating_sub(aloft.singly);
        self.embark(&mut singly, most, |queue| &mut queue.alone);
        if aloft.together > 0 {
            return Departure { singly, together };
        }
        if batches == Batches::Taken && self.ready.len() >= WORTH {
            self.embark(&mut together, MOST, |queue| &mut queue.ready);
        } else {
            self.embark(&mut singly, most, |queue| &mut queue.ready);
        }
        Departure { singly, together }
    }

    fn is_next(&mut self, entry: Entry) {
        match entry.company {
            Company::Any => self.ready.push_back(entry),
            Company::Alone => self.alone.push_back(entry),
        }
    }

    /// Moves commits out of a queue of ours, as many as may be, without those whose callers have gone away.
    fn embark(&mut self, to: &mut Vec<Entry>, most: usize, from: impl Fn(&mut Self) -> &mut VecDeque<Entry>) {
        let mut bytes = 0;
        while to.len() < most && bytes < MOST_BYTES {
            let Some(entry) = from(self).pop_front() else { return };
            if entry.embarks() {
                bytes += entry.record.body.len();
                to.push(entry);
            } else {
                self.landed(&entry.record.subject, None);
            }
        }
    }
}

/// Whoever hears this looks into the log: what is stored may be the same commit, handed in twice.
fn beaten() -> Answer {
    Answer::Unclear("a commit behind the same one was first".into())
}

#[cfg(test)]
mod laws;
#[cfg(test)]
mod spec;
