//! A commit in the hands of the writer, and the caller who waits for what becomes of it.

use std::sync::{Arc, OnceLock};

use tokio::sync::{OwnedSemaphorePermit, oneshot};

use super::super::{publish::Answer, record::Record};

/// Whether a commit may share a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Company {
    /// With others, if there are any.
    Any,
    /// By itself, because a batch with it has failed.
    Alone,
}

/// What was settled about a commit that waited: whoever is first, settles it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Sent,
    Withdrawn,
}

/// A commit that waits to be sent, or for its answer.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) record: Arc<Record>,
    pub(super) company: Company,
    fate: Arc<OnceLock<Fate>>,
    answer: oneshot::Sender<Answer>,
    /// The room that it takes, until it is answered.
    _room: OwnedSemaphorePermit,
}

/// What its caller keeps.
#[derive(Debug)]
pub(super) struct Ticket {
    pub(super) answer: oneshot::Receiver<Answer>,
    fate: Arc<OnceLock<Fate>>,
}

impl Entry {
    pub(super) fn new(record: Arc<Record>, company: Company, room: OwnedSemaphorePermit) -> (Self, Ticket) {
        let (sender, receiver) = oneshot::channel();
        let fate = Arc::new(OnceLock::new());
        let ticket = Ticket { answer: receiver, fate: fate.clone() };
        (Self { record, company, fate, answer: sender, _room: room }, ticket)
    }

    /// Whether it is to be sent: not if its caller has gone away.
    pub(super) fn embarks(&self) -> bool {
        !self.answer.is_closed() && *self.fate.get_or_init(|| Fate::Sent) == Fate::Sent
    }

    pub(super) fn answer(self, answer: Answer) {
        // A caller that has gone away wants no answer.
        drop(self.answer.send(answer));
    }
}

impl Ticket {
    /// Takes the commit back. False: it has been sent.
    pub(super) fn withdraw(&self) -> bool {
        *self.fate.get_or_init(|| Fate::Withdrawn) == Fate::Withdrawn
    }
}
