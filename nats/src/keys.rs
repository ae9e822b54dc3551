//! The keys under which people's words are sealed in the log.
//!
//! Every person has a key of their own, so that their words can be forgotten by destroying it: what is in the log stays
//! there, and nobody can read it. A person may have had several keys, one after the other, each with a number; the words
//! of a commit name the one that they were sealed under.
//!
//! Where keys are kept is up to the house ([`KeyRing`]). [`Pocket`] keeps them in memory, for those who need no more.

mod pocket;

use std::{collections::HashMap, fmt, sync::Arc};

use aes_gcm::{Aes256Gcm, KeyInit};
use domain::user::UserId;
use futures_util::future::BoxFuture;
use hmac::{Hmac, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

pub use self::pocket::Pocket;
use crate::Cause;

/// The length of a key in bytes.
pub const KEY_LENGTH: usize = 32;

/// Which key: a person's, and which of theirs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct KeyName {
    /// Whose.
    pub person: UserId,
    /// Which, from 1.
    pub number: u32,
}

/// The number of the key by which things are known again ([`DataKey::mark`]): the first, because it stays when others come.
const FIRST: u32 = 1;
/// A key as HMAC-SHA-256 takes it: with zeros behind it.
const BLOCK: usize = 64;

/// A key that seals words. It is wiped from memory when nobody needs it any more.
#[derive(Clone)]
pub struct DataKey {
    pub(crate) number: u32,
    pub(crate) cipher: Aes256Gcm,
    marks: Zeroizing<[u8; BLOCK]>,
}

impl DataKey {
    /// The key of this number.
    pub fn new(number: u32, key: &[u8; KEY_LENGTH]) -> Self {
        let mut marks = Zeroizing::new([0; BLOCK]);
        marks[..KEY_LENGTH].copy_from_slice(key);
        Self { number, cipher: Aes256Gcm::new(key.into()), marks }
    }

    /// By which something of this person is known again, for this purpose: HMAC-SHA-256, in hexadecimal. It may stand in
    /// clear, because without the key nobody can tell what it is, however easily that is guessed.
    pub fn mark(&self, purpose: &'static str, what: &str) -> String {
        let mark = <Hmac<Sha256> as KeyInit>::new((&*self.marks).into());
        let mark = mark.chain_update("innkeeper: ").chain_update(purpose).chain_update(": ");
        hex::encode(mark.chain_update(what).finalize().into_bytes())
    }
}

impl fmt::Debug for DataKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DataKey({}, ***)", self.number)
    }
}

/// What became of a key.
#[derive(Debug, Clone)]
pub enum Held {
    /// It is here.
    Key(Arc<DataKey>),
    /// It was destroyed: what it sealed is forgotten.
    Destroyed,
}

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The person was forgotten; no key is ever made for them again.
    #[error("the keys of this person were destroyed")]
    Destroyed,
    /// The place where keys are kept cannot be reached. It may be back soon.
    #[error("the keys cannot be reached")]
    Unavailable(#[source] Cause),
    /// A key is there and cannot be used.
    #[error("the keys cannot be used")]
    Unusable(#[source] Cause),
}

/// Where keys are kept.
pub trait KeyRing: fmt::Debug + Send + Sync + 'static {
    /// The key under which a person's words are sealed from now on; one is made for somebody who has none.
    fn current(&self, person: UserId) -> BoxFuture<'_, Result<Arc<DataKey>, KeyError>>;

    /// What is known of this key without asking anybody.
    fn at_hand(&self, name: KeyName) -> Option<Held>;

    /// What became of these keys. One that was never made is left out.
    fn find<'a>(&'a self, names: &'a [KeyName]) -> BoxFuture<'a, Result<HashMap<KeyName, Held>, KeyError>>;
}

/// The key by which things of a person are known again ([`DataKey::mark`]); one is made for somebody who has none.
pub async fn marking(ring: &dyn KeyRing, person: UserId) -> Result<Arc<DataKey>, KeyError> {
    let name = KeyName { person, number: FIRST };
    let held = match ring.at_hand(name) {
        Some(held) => Some(held),
        None => ring.find(&[name]).await?.remove(&name),
    };
    match held {
        Some(Held::Key(key)) => Ok(key),
        Some(Held::Destroyed) => Err(KeyError::Destroyed),
        // The first one that is made is the first.
        None => ring.current(person).await,
    }
}

#[cfg(test)]
mod spec {
    use super::*;

    #[test]
    fn a_mark_is_of_one_thing_for_one_purpose_under_one_key() {
        let (key, other) = (DataKey::new(1, &[7; KEY_LENGTH]), DataKey::new(1, &[8; KEY_LENGTH]));
        let mark = key.mark("names", "yes");
        assert_eq!(DataKey::new(2, &[7; KEY_LENGTH]).mark("names", "yes"), mark);
        for different in [key.mark("names", "no"), key.mark("prints", "yes"), other.mark("names", "yes")] {
            assert_ne!(different, mark);
        }
    }

    #[tokio::test]
    async fn marks_stay_when_keys_are_made_anew_and_end_when_they_are_destroyed() {
        let (pocket, mira) = (Pocket::default(), domain::Id::new(uuid::Uuid::from_u128(1)));
        let mark = async || Ok::<_, KeyError>(marking(&pocket, mira).await?.mark("names", "yes"));
        let before = mark().await.unwrap();
        pocket.rotate(mira);
        assert_eq!(mark().await.unwrap(), before);
        pocket.destroy(mira);
        assert!(matches!(mark().await, Err(KeyError::Destroyed)));
    }
}
