//! RegisterUser: somebody comes into the house.

use super::{User, UserEvent, UserRegistered};
use crate::{
    Command, Rejection, Why,
    bounds::{self, OutOfBounds},
};

/// Take a person into the house.
#[derive(Debug, Clone)]
pub struct RegisterUser {
    /// What they are called.
    pub name: String,
}

/// Why somebody cannot be registered.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum RegisterUserRejected {
    /// The id is somebody else's.
    #[error("this user is already registered under another name")]
    AlreadyRegistered,
    /// They were erased.
    #[error("this user was erased, and cannot come back under this id")]
    Erased,
    /// The name is out of bounds.
    #[error(transparent)]
    OutOfBounds(#[from] OutOfBounds),
}

impl Rejection for RegisterUserRejected {
    fn slug(&self) -> &'static str {
        match self {
            Self::AlreadyRegistered => "user-already-registered",
            Self::Erased => "user-erased",
            Self::OutOfBounds(_) => "out-of-bounds",
        }
    }

    fn why(&self) -> Why {
        match self {
            Self::AlreadyRegistered | Self::Erased => Why::Conflict,
            Self::OutOfBounds(_) => Why::Invalid,
        }
    }
}

impl Command<User> for RegisterUser {
    const NAME: &'static str = "register_user";

    type Rejection = RegisterUserRejected;

    fn decide(&self, user: &User) -> Result<Vec<UserEvent>, RegisterUserRejected> {
        bounds::spoken("the name", &self.name, bounds::NAME)?;
        match user {
            User::Unknown => Ok(vec![UserRegistered { name: self.name.clone().into() }.into()]),
            User::Registered(person) if person.name == self.name => Ok(vec![]),
            User::Registered(_) => Err(RegisterUserRejected::AlreadyRegistered),
            User::Erased => Err(RegisterUserRejected::Erased),
        }
    }
}

#[cfg(test)]
mod spec {
    use super::*;
    use crate::spec::{given, given_nothing};

    fn mira() -> RegisterUser {
        RegisterUser { name: "Mira".into() }
    }

    #[test]
    fn a_person_is_registered() {
        given_nothing::<User>().when(mira()).then([UserRegistered { name: "Mira".into() }.into()]);
    }

    #[test]
    fn the_same_person_twice_says_nothing() {
        given::<User>([UserRegistered { name: "Mira".into() }.into()]).when(mira()).then_nothing();
    }

    #[test]
    fn somebody_elses_id_is_refused() {
        given::<User>([UserRegistered { name: "Vlad".into() }.into()])
            .when(mira())
            .then_rejected(RegisterUserRejected::AlreadyRegistered);
    }

    #[test]
    fn a_name_must_say_something() {
        given_nothing::<User>()
            .when(RegisterUser { name: "  ".into() })
            .then_rejected(OutOfBounds::Empty { what: "the name" }.into());
    }
}
