//! IssueApiKey: a person gets a key, of which the house keeps only the hash.

use super::{ApiKeyIssued, Key, KeyId, Rights, User, UserEvent};
use crate::{
    Command, Rejection, Why,
    bounds::{self, OutOfBounds},
};

/// Give a person a key.
#[derive(Debug, Clone)]
pub struct IssueApiKey {
    /// Its id.
    pub key: KeyId,
    /// SHA-256 of the key, in hexadecimal.
    pub hash: String,
    /// What it is for.
    pub label: String,
    /// What it may do beside what every key may.
    pub rights: Rights,
}

/// Why no key is given.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum IssueApiKeyRejected {
    /// Nobody is registered under this id.
    #[error("there is no such user")]
    UnknownUser,
    /// The id of the key was used before.
    #[error("a key of this id was issued before")]
    KeyExists,
    /// Something is too long, or there are too many keys.
    #[error(transparent)]
    OutOfBounds(#[from] OutOfBounds),
}

impl Rejection for IssueApiKeyRejected {
    fn slug(&self) -> &'static str {
        match self {
            Self::UnknownUser => "user-not-found",
            Self::KeyExists => "key-exists",
            Self::OutOfBounds(_) => "out-of-bounds",
        }
    }

    fn why(&self) -> Why {
        match self {
            Self::UnknownUser => Why::NotFound,
            Self::KeyExists => Why::Conflict,
            Self::OutOfBounds(_) => Why::Invalid,
        }
    }
}

impl Command<User> for IssueApiKey {
    const NAME: &'static str = "issue_api_key";

    type Rejection = IssueApiKeyRejected;

    fn decide(&self, user: &User) -> Result<Vec<UserEvent>, IssueApiKeyRejected> {
        let Some(person) = user.person() else { return Err(IssueApiKeyRejected::UnknownUser) };
        bounds::text("the label", &self.label, bounds::NAME)?;
        match person.keys.get(&self.key) {
            Some(Key::Valid { hash, rights }) if *hash == self.hash && *rights == self.rights => Ok(vec![]),
            Some(_) => Err(IssueApiKeyRejected::KeyExists),
            None => {
                bounds::count("keys", person.keys.len() + 1, bounds::KEYS)?;
                let Self { key, hash, label, rights } = self.clone();
                Ok(vec![ApiKeyIssued { key, hash, label: label.into(), rights }.into()])
            }
        }
    }
}

#[cfg(test)]
mod spec {
    use super::*;
    use crate::{
        spec::{given, given_nothing, id},
        user::{ApiKeyRevoked, UserRegistered},
    };

    fn registered() -> UserEvent {
        UserRegistered { name: "Mira".into() }.into()
    }

    fn issued() -> UserEvent {
        ApiKeyIssued { key: id(1), hash: "aa".into(), label: "phone".into(), rights: Rights::default() }
            .into()
    }

    fn issue() -> IssueApiKey {
        IssueApiKey { key: id(1), hash: "aa".into(), label: "phone".into(), rights: Rights::default() }
    }

    #[test]
    fn a_registered_person_gets_a_key() {
        given::<User>([registered()]).when(issue()).then([issued()]);
    }

    #[test]
    fn the_same_key_twice_says_nothing() {
        given::<User>([registered(), issued()]).when(issue()).then_nothing();
    }

    #[test]
    fn a_key_does_not_gain_rights_by_being_issued_again() {
        let more = IssueApiKey { rights: Rights { audit: true, open: true }, ..issue() };
        given::<User>([registered(), issued()]).when(more).then_rejected(IssueApiKeyRejected::KeyExists);
    }

    #[test]
    fn a_revoked_key_never_comes_back() {
        given::<User>([registered(), issued(), ApiKeyRevoked { key: id(1) }.into()])
            .when(issue())
            .then_rejected(IssueApiKeyRejected::KeyExists);
    }

    #[test]
    fn nobody_gets_no_key() {
        given_nothing::<User>().when(issue()).then_rejected(IssueApiKeyRejected::UnknownUser);
    }
}
