//! The door: how people come in whose browser cannot show a key with every request.
//!
//! Somebody who shows a key once, or follows a link that opens once, gets a [`Session`]: a token that names them and
//! their key, sealed by the house, which the browser keeps as a cookie. Nothing is stored here for a session, so any
//! process of the house knows it, and it ends by itself, or as soon as the key behind it is revoked.
//! What is deliberately absent: a list of sessions; the key itself in the browser.

mod device;
mod link;
mod patience;
mod session;

use std::{net::IpAddr, time::Duration};

use domain::user::{KeyId, UserId};
use time::PrimitiveDateTime;

pub use device::Device;
pub use link::Links;
pub use patience::{Patience, TooMany};
pub use session::{COOKIE, Session, Sessions};

use crate::{secret::Secret, stamp};

/// The door of this process.
#[derive(Debug)]
pub struct Door {
    sessions: Sessions,
    links: Links,
    patience: Patience,
    lasts: Duration,
}

impl Door {
    /// A door whose sessions are sealed under the house's key and last this long.
    pub fn new(house_key: &[u8], lasts: Duration) -> Self {
        Self {
            sessions: Sessions::new(house_key),
            links: Links::default(),
            patience: Patience::default(),
            lasts,
        }
    }

    /// How long a session lasts.
    pub fn lasts(&self) -> Duration {
        self.lasts
    }

    /// A session of somebody who showed this key, as its token.
    pub fn welcome(&self, user: UserId, key: KeyId) -> Secret {
        let until =
            time::Duration::try_from(self.lasts).ok().and_then(|lasts| stamp::now().checked_add(lasts));
        // Longer than there are dates is for ever.
        let until = until.unwrap_or(PrimitiveDateTime::MAX.assume_utc());
        self.sessions.seal(&Session { user, key, until })
    }

    /// The session of this token, if it is one of ours and not over. Whether its key still holds is not known here.
    pub fn recognise(&self, token: &str) -> Option<Session> {
        self.sessions.open(token).filter(|session| session.until > stamp::now())
    }

    /// A word that opens the door once, for whoever has this key.
    pub fn link(&self, user: UserId, key: KeyId) -> Secret {
        self.links.make(user, key)
    }

    /// Who may come in by this word, which opens the door no more after it.
    pub fn follow(&self, word: &str) -> Option<(UserId, KeyId)> {
        self.links.spend(word)
    }

    /// Lets go of the links of a person.
    pub fn forget(&self, user: UserId) {
        self.links.forget(user);
    }

    /// Whether a key from there is looked at now; it counts as wrong until [`Self::was_right`].
    pub fn may_try(&self, from: IpAddr) -> Result<(), TooMany> {
        self.patience.try_now(from)
    }

    /// The key that was shown from there was right.
    pub fn was_right(&self, from: IpAddr) {
        self.patience.was_right(from);
    }
}

#[cfg(test)]
mod spec {
    use super::*;

    #[test]
    fn a_session_lasts_as_long_as_it_is_set_to() {
        let lasting = |lasts| {
            let door = Door::new(b"ours", lasts);
            let (user, key) = (stamp::id(), stamp::id());
            let token = door.welcome(user, key);
            door.recognise(token.expose()).map(|session| (session.user, session.key)) == Some((user, key))
        };
        assert!(lasting(Duration::from_secs(60)) && lasting(Duration::MAX));
        assert!(!lasting(Duration::ZERO));
    }
}
