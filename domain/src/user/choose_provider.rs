//! ChooseUserProvider: a person says which model answers them.

use super::{User, UserEvent, UserProviderChosen};
use crate::{Command, Rejection, Why, bounds::OutOfBounds, provider::ProviderChoice};

/// Let this model answer, whatever the house's own settings say.
#[derive(Debug, Clone)]
pub struct ChooseUserProvider {
    /// The settings; empty to go back to the house's.
    pub provider: ProviderChoice,
}

/// Why the choice is not taken.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ChooseUserProviderRejected {
    /// Nobody is registered under this id.
    #[error("there is no such user")]
    UnknownUser,
    /// A setting is too long, or there are too many.
    #[error(transparent)]
    OutOfBounds(#[from] OutOfBounds),
}

impl Rejection for ChooseUserProviderRejected {
    fn slug(&self) -> &'static str {
        match self {
            Self::UnknownUser => "user-not-found",
            Self::OutOfBounds(_) => "out-of-bounds",
        }
    }

    fn why(&self) -> Why {
        match self {
            Self::UnknownUser => Why::NotFound,
            Self::OutOfBounds(_) => Why::Invalid,
        }
    }
}

impl Command<User> for ChooseUserProvider {
    const NAME: &'static str = "choose_user_provider";

    type Rejection = ChooseUserProviderRejected;

    fn decide(&self, user: &User) -> Result<Vec<UserEvent>, ChooseUserProviderRejected> {
        let Some(person) = user.person() else { return Err(ChooseUserProviderRejected::UnknownUser) };
        self.provider.check()?;
        if person.provider == self.provider {
            return Ok(vec![]);
        }
        Ok(vec![UserProviderChosen { provider: self.provider.clone().into() }.into()])
    }
}

#[cfg(test)]
mod spec {
    use super::*;
    use crate::{
        spec::{given, given_nothing},
        user::UserRegistered,
    };

    fn demo() -> ProviderChoice {
        ProviderChoice { settings: [("kind".to_owned(), "demo".to_owned())].into(), sealed: None }
    }

    #[test]
    fn a_choice_is_taken_once() {
        let registered: UserEvent = UserRegistered { name: "Mira".into() }.into();
        let chosen: UserEvent = UserProviderChosen { provider: demo().into() }.into();
        given::<User>([registered.clone()])
            .when(ChooseUserProvider { provider: demo() })
            .then([chosen.clone()]);
        given::<User>([registered, chosen]).when(ChooseUserProvider { provider: demo() }).then_nothing();
    }

    #[test]
    fn nobody_chooses_nothing() {
        given_nothing::<User>()
            .when(ChooseUserProvider { provider: demo() })
            .then_rejected(ChooseUserProviderRejected::UnknownUser);
    }
}
