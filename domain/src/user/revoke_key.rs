//! RevokeApiKey: a key opens the door no more.

use super::{ApiKeyRevoked, Key, KeyId, User, UserEvent};
use crate::{Command, Rejection, Why};

/// Take a key back.
#[derive(Debug, Clone)]
pub struct RevokeApiKey {
    /// Which one.
    pub key: KeyId,
}

/// Why a key cannot be taken back.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum RevokeApiKeyRejected {
    /// They have no such key.
    #[error("there is no such key")]
    UnknownKey,
}

impl Rejection for RevokeApiKeyRejected {
    fn slug(&self) -> &'static str {
        "key-not-found"
    }

    fn why(&self) -> Why {
        Why::NotFound
    }
}

impl Command<User> for RevokeApiKey {
    const NAME: &'static str = "revoke_api_key";

    type Rejection = RevokeApiKeyRejected;

    fn decide(&self, user: &User) -> Result<Vec<UserEvent>, RevokeApiKeyRejected> {
        match user.person().and_then(|person| person.keys.get(&self.key)) {
            None => Err(RevokeApiKeyRejected::UnknownKey),
            Some(Key::Revoked) => Ok(vec![]),
            Some(Key::Valid { .. }) => Ok(vec![ApiKeyRevoked { key: self.key }.into()]),
        }
    }
}

#[cfg(test)]
mod spec {
    use super::*;
    use crate::{
        spec::{given, id},
        user::{ApiKeyIssued, UserRegistered},
    };

    #[test]
    fn a_key_is_revoked_once() {
        let registered = UserRegistered { name: "Mira".into() };
        let rights = crate::user::Rights::default();
        let issued = ApiKeyIssued { key: id(1), hash: "aa".into(), label: "".into(), rights };
        let history: [UserEvent; 2] = [registered.into(), issued.into()];
        let revoked: UserEvent = ApiKeyRevoked { key: id(1) }.into();
        given::<User>(history.clone()).when(RevokeApiKey { key: id(1) }).then([revoked.clone()]);
        given::<User>(history.into_iter().chain([revoked])).when(RevokeApiKey { key: id(1) }).then_nothing();
    }

    #[test]
    fn a_key_that_was_never_issued_is_refused() {
        given::<User>([UserRegistered { name: "Mira".into() }.into()])
            .when(RevokeApiKey { key: id(1) })
            .then_rejected(RevokeApiKeyRejected::UnknownKey);
    }
}
