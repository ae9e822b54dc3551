//! The laws that hold for every history, whatever was decided in it, and the forms of the events, which are for ever.
//!
//! The histories are random and their ids few, so that what should be different is often the same: a repeated message,
//! a reply into a message that was deleted, two people in one room.

mod agreement;
mod conversations;
mod golden;
mod lorebooks;
mod personas;
mod public;
mod remembering;
mod repetition;
mod totality;

use proptest::prelude::*;

use crate::{Aggregate, Command, Fold, Id, When, spec::id};

/// One of so many ids, which begin at this number.
fn one_of<Kind: 'static>(first: u128, count: u128) -> impl Strategy<Value = Id<Kind>> {
    (first..first + count).prop_map(id)
}

/// When all of it happens.
fn now() -> When {
    When { sequence: 1, at: time::OffsetDateTime::UNIX_EPOCH }
}

/// An aggregate, and something else that is folded from its events.
#[derive(Debug, Default)]
struct Past<A, F = A> {
    state: A,
    picture: F,
}

impl<A: Aggregate, F: Fold<Of = A>> Past<A, F> {
    fn happens(&mut self, event: &A::Event) {
        self.state.evolve(event);
        self.picture.fold(event, now());
    }

    /// Takes what the command decides in. The law of repetition: at once asked again, a command that decided something
    /// decides nothing or is rejected.
    fn obeys<C: Command<A>>(&mut self, command: &C) -> Result<(), TestCaseError> {
        let Ok(events) = command.decide(&self.state) else { return Ok(()) };
        if events.is_empty() {
            return Ok(());
        }
        events.iter().for_each(|event| self.happens(event));
        let again = command.decide(&self.state).unwrap_or_default();
        prop_assert!(again.is_empty(), "{} decided twice: {:?}", C::NAME, again);
        Ok(())
    }
}
