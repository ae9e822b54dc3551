//! EraseAgain: an old backup came back, and somebody in it was erased since.
//!
//! They confirmed it then, and nobody asks them twice. It is the house's own command: there is no way to it from outside.

use super::{User, UserErased, UserEvent};
use crate::{Command, Rejection, Why};

/// Forget a person who was forgotten before.
#[derive(Debug, Clone)]
pub struct EraseAgain {}

/// There is no reason against it.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum EraseAgainRejected {}

impl Rejection for EraseAgainRejected {
    fn slug(&self) -> &'static str {
        match *self {}
    }

    fn why(&self) -> Why {
        match *self {}
    }
}

impl Command<User> for EraseAgain {
    const NAME: &'static str = "erase_again";

    type Rejection = EraseAgainRejected;

    fn decide(&self, user: &User) -> Result<Vec<UserEvent>, EraseAgainRejected> {
        Ok(match user {
            User::Registered(_) => vec![UserErased {}.into()],
            User::Unknown | User::Erased => vec![],
        })
    }
}

#[cfg(test)]
mod spec {
    use super::*;
    use crate::{
        spec::{given, given_nothing},
        user::UserRegistered,
    };

    #[test]
    fn who_is_in_the_ledger_is_erased_if_they_are_here_and_only_then() {
        let here = [UserRegistered { name: "Mira".into() }.into()];
        given::<User>(here.clone()).when(EraseAgain {}).then([UserErased {}.into()]);
        let gone = here.into_iter().chain([UserErased {}.into()]);
        given::<User>(gone).when(EraseAgain {}).then_nothing();
        given_nothing::<User>().when(EraseAgain {}).then_nothing();
    }
}
