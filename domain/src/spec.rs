//! The vocabulary of the specs: given what happened, when a command comes, then this is decided.

use std::fmt::Debug;

use uuid::Uuid;

use crate::{Aggregate, Command, Id};

/// The history before the command.
pub(crate) struct Given<A: Aggregate>(A);

/// What the command decided.
pub(crate) struct Decided<A: Aggregate, R>(Result<Vec<A::Event>, R>);

pub(crate) fn given<A: Aggregate>(events: impl IntoIterator<Item = A::Event>) -> Given<A> {
    let mut state = A::default();
    events.into_iter().for_each(|event| state.evolve(&event));
    Given(state)
}

pub(crate) fn given_nothing<A: Aggregate>() -> Given<A> {
    Given(A::default())
}

/// A small, readable id.
pub(crate) fn id<Kind>(number: u128) -> Id<Kind> {
    Id::new(Uuid::from_u128(number))
}

impl<A: Aggregate> Given<A> {
    #[expect(clippy::needless_pass_by_value, reason = "a spec reads better so")]
    pub(crate) fn when<C: Command<A>>(&self, command: C) -> Decided<A, C::Rejection> {
        Decided(command.decide(&self.0))
    }
}

impl<A: Aggregate<Event: PartialEq>, R: PartialEq + Debug> Decided<A, R> {
    #[track_caller]
    pub(crate) fn then(self, expected: impl IntoIterator<Item = A::Event>) {
        assert_eq!(self.0, Ok(expected.into_iter().collect()));
    }

    #[track_caller]
    pub(crate) fn then_nothing(self) {
        assert_eq!(self.0, Ok(vec![]));
    }

    #[track_caller]
    pub(crate) fn then_rejected(self, expected: R) {
        assert_eq!(self.0, Err(expected));
    }
}
