//! What an aggregate and a command are: state folded from events, and a pure decision about the next ones.
//!
//! `decide` borrows the command, because it is asked again after a conflict; it is synchronous, because whoever needs
//! more information looks it up first and puts it in the command.

use std::fmt::Debug;

use time::OffsetDateTime;

use crate::{
    commit::{AggregateKey, Kind},
    event::EventBody,
    id::Id,
    user::UserId,
};

/// State that decisions need, folded from the events of one stream.
pub trait Aggregate: Default + Clone + Debug + Send + Sync + 'static {
    /// What can happen to it.
    type Event: EventBody;

    /// Its name in subjects and tables.
    const KIND: Kind;

    /// Whose it is: the person whose words its events hold. None before it began.
    fn whose(&self, id: Id<Self>) -> Option<UserId>;

    /// Takes an event in. Total: any event, in any state, with or without its private words, without failing.
    fn evolve(&mut self, event: &Self::Event);
}

impl<A: Aggregate> Id<A> {
    /// Which stream of the log holds this aggregate.
    pub fn key(self) -> AggregateKey {
        AggregateKey { kind: A::KIND, id: self.uuid() }
    }
}

/// Something that somebody wants to happen to an `A`.
pub trait Command<A: Aggregate>: Send + Sync {
    /// Its name in spans and logs.
    const NAME: &'static str;

    /// The reasons for which the business says no.
    type Rejection: Rejection;

    /// What happens because of this command; nothing if it has already happened.
    fn decide(&self, state: &A) -> Result<Vec<A::Event>, Self::Rejection>;
}

/// The business said no. Never a broken machine: that is an error.
pub trait Rejection: std::error::Error + PartialEq + Send + Sync + 'static {
    /// A stable name of the reason, in kebab-case: the end of a problem's `type`.
    fn slug(&self) -> &'static str;

    /// What sort of no it is, for whoever has to answer over a protocol.
    fn why(&self) -> Why;
}

/// The sorts of no.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// There is no such thing, or it is somebody else's, which is answered alike.
    NotFound,
    /// It is there, but not in a state in which this can happen.
    Conflict,
    /// What was asked for makes no sense or is out of bounds.
    Invalid,
}

/// When and where in the log an event happened.
#[derive(Debug, Clone, Copy)]
pub struct When {
    /// The sequence of the commit in the log.
    pub sequence: u64,
    /// The time that the edge stamped.
    pub at: OffsetDateTime,
}

/// Anything that is folded from the events of an aggregate: its own state, or a richer picture such as a transcript.
pub trait Fold: Default + Clone + Send + Sync + 'static {
    /// Whose events.
    type Of: Aggregate;

    /// Takes an event in. Total, like [`Aggregate::evolve`].
    fn fold(&mut self, event: &<Self::Of as Aggregate>::Event, when: When);
}

impl<A: Aggregate> Fold for A {
    type Of = A;

    fn fold(&mut self, event: &A::Event, _when: When) {
        self.evolve(event);
    }
}
