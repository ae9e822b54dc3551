//! Sessions: who somebody is, by which key, until when; sealed with HMAC-SHA-256 under a key that follows from the
//! house's. The token says nothing secret and cannot be made up.

use std::fmt;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use domain::user::{KeyId, UserId};
use ring::hmac;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::secret::Secret;

/// What the cookie of a session is called.
pub const COOKIE: &str = "ink_session";

/// What the key of sessions is derived for; another form of token gets another one.
const PURPOSE: &[u8] = b"innkeeper: sessions, 1";
const ID: usize = 16;
const UNTIL: usize = 8;
const SAID: usize = ID + ID + UNTIL;
const SEAL: usize = 32;

/// Somebody who came in by the door.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Session {
    /// Who.
    pub user: UserId,
    /// By which key.
    pub key: KeyId,
    /// Until when, to the second.
    pub until: OffsetDateTime,
}

/// Seals and opens sessions.
pub struct Sessions(hmac::Key);

impl fmt::Debug for Sessions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sessions(***)")
    }
}

impl Sessions {
    /// Under a key that follows from the house's: the same in every process of the house.
    pub fn new(house_key: &[u8]) -> Self {
        let house = hmac::Key::new(hmac::HMAC_SHA256, house_key);
        Self(hmac::Key::new(hmac::HMAC_SHA256, hmac::sign(&house, PURPOSE).as_ref()))
    }

    /// The token of a session.
    pub fn seal(&self, session: &Session) -> Secret {
        let mut token = Vec::with_capacity(SAID + SEAL);
        token.extend_from_slice(session.user.uuid().as_bytes());
        token.extend_from_slice(session.key.uuid().as_bytes());
        token.extend_from_slice(&session.until.unix_timestamp().to_be_bytes());
        let seal = hmac::sign(&self.0, &token);
        token.extend_from_slice(seal.as_ref());
        Secret::new(BASE64.encode(token))
    }

    /// The session of a token that was sealed here.
    pub fn open(&self, token: &str) -> Option<Session> {
        let bytes = BASE64.decode(token).ok().filter(|bytes| bytes.len() == SAID + SEAL)?;
        let (said, seal) = bytes.split_at(SAID);
        hmac::verify(&self.0, said, seal).ok()?;
        let (user, rest) = said.split_first_chunk::<ID>()?;
        let (key, until) = rest.split_first_chunk::<ID>()?;
        let until = i64::from_be_bytes(until.try_into().ok()?);
        Some(Session {
            user: UserId::new(Uuid::from_bytes(*user)),
            key: KeyId::new(Uuid::from_bytes(*key)),
            until: OffsetDateTime::from_unix_timestamp(until).ok()?,
        })
    }
}

#[cfg(test)]
mod spec {
    use super::*;
    use crate::stamp;

    fn session() -> Session {
        let until = OffsetDateTime::from_unix_timestamp(2_000_000_000).unwrap();
        Session { user: stamp::id(), key: stamp::id(), until }
    }

    #[test]
    fn a_session_is_known_in_every_process_of_the_house_and_in_no_other_house() {
        let session = session();
        let token = Sessions::new(b"ours").seal(&session);
        assert_eq!(Sessions::new(b"ours").open(token.expose()), Some(session));
        assert_eq!(Sessions::new(b"theirs").open(token.expose()), None);
    }

    #[test]
    fn a_token_that_was_changed_anywhere_is_none() {
        let sessions = Sessions::new(b"ours");
        let token = BASE64.decode(sessions.seal(&session()).expose()).unwrap();
        for at in 0..token.len() {
            let mut changed = token.clone();
            changed[at] ^= 1;
            assert_eq!(sessions.open(&BASE64.encode(changed)), None, "byte {at}");
        }
        for strange in ["", "a", "%%%", &BASE64.encode(&token[1..])] {
            assert_eq!(sessions.open(strange), None, "{strange}");
        }
    }
}
