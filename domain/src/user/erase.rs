//! EraseUser: a person is forgotten, for ever.
//!
//! What they said stays in the log, sealed under their key, and the key is destroyed: that is the house's to do as soon as
//! it hears of it. Here a person only stops being one. There is no way back, so whoever asks says once more what they are
//! called.

use super::{User, UserErased, UserEvent};
use crate::{Command, Rejection, Why};

/// Forget a person.
#[derive(Debug, Clone)]
pub struct EraseUser {
    /// What they are called, as they say it once more.
    pub name: String,
}

/// Why a person is not forgotten.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum EraseUserRejected {
    /// Nobody is registered under this id.
    #[error("there is no such user")]
    UnknownUser,
    /// It is not sure that they mean it.
    #[error("to be erased, say what you are called: it cannot be undone")]
    NotConfirmed,
}

impl Rejection for EraseUserRejected {
    fn slug(&self) -> &'static str {
        match self {
            Self::UnknownUser => "user-not-found",
            Self::NotConfirmed => "not-confirmed",
        }
    }

    fn why(&self) -> Why {
        match self {
            Self::UnknownUser => Why::NotFound,
            Self::NotConfirmed => Why::Invalid,
        }
    }
}

impl Command<User> for EraseUser {
    const NAME: &'static str = "erase_user";

    type Rejection = EraseUserRejected;

    fn decide(&self, user: &User) -> Result<Vec<UserEvent>, EraseUserRejected> {
        match user {
            User::Unknown => Err(EraseUserRejected::UnknownUser),
            User::Registered(person) if person.name != self.name => Err(EraseUserRejected::NotConfirmed),
            User::Registered(_) => Ok(vec![UserErased {}.into()]),
            User::Erased => Ok(vec![]),
        }
    }
}

#[cfg(test)]
mod spec {
    use super::*;
    use crate::{
        spec::{given, given_nothing, id},
        user::{
            ApiKeyIssued, ApiKeyRevoked, ChooseUserProvider, ChooseUserProviderRejected, IssueApiKey,
            IssueApiKeyRejected, RegisterUser, RegisterUserRejected, RevokeApiKey, RevokeApiKeyRejected,
            Rights, UserRegistered,
        },
    };

    fn erase() -> EraseUser {
        EraseUser { name: "Mira".into() }
    }

    fn here() -> [UserEvent; 2] {
        let issued =
            ApiKeyIssued { key: id(1), hash: "aa".into(), label: "phone".into(), rights: Rights::default() };
        [UserRegistered { name: "Mira".into() }.into(), issued.into()]
    }

    fn gone() -> impl Iterator<Item = UserEvent> {
        here().into_iter().chain([UserErased {}.into()])
    }

    #[test]
    fn a_person_is_erased_once() {
        given::<User>(here()).when(erase()).then([UserErased {}.into()]);
        given::<User>(gone()).when(erase()).then_nothing();
    }

    #[test]
    fn nobody_is_erased_by_mistake() {
        given::<User>(here())
            .when(EraseUser { name: "Vlad".into() })
            .then_rejected(EraseUserRejected::NotConfirmed);
        given_nothing::<User>().when(erase()).then_rejected(EraseUserRejected::UnknownUser);
    }

    #[test]
    fn of_who_was_erased_nothing_is_known_and_no_key_opens_for_them() {
        let mut user = User::default();
        gone().for_each(|event| crate::Aggregate::evolve(&mut user, &event));
        assert_eq!(user, User::Erased);
        assert_eq!((user.person(), user.key_of("aa")), (None, None));
    }

    #[test]
    fn who_was_erased_neither_comes_back_nor_gets_anything() {
        let gone = || given::<User>(gone());
        gone().when(RegisterUser { name: "Mira".into() }).then_rejected(RegisterUserRejected::Erased);
        gone()
            .when(IssueApiKey {
                key: id(2),
                hash: "bb".into(),
                label: String::new(),
                rights: Rights::default(),
            })
            .then_rejected(IssueApiKeyRejected::UnknownUser);
        gone().when(RevokeApiKey { key: id(1) }).then_rejected(RevokeApiKeyRejected::UnknownKey);
        gone()
            .when(ChooseUserProvider { provider: Default::default() })
            .then_rejected(ChooseUserProviderRejected::UnknownUser);
    }

    #[test]
    fn what_comes_behind_changes_nothing() {
        let late = [UserRegistered { name: "Mira".into() }.into(), ApiKeyRevoked { key: id(1) }.into()];
        given::<User>(gone().chain(late)).when(erase()).then_nothing();
    }
}
