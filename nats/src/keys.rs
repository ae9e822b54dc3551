//! The keys under which people's words are sealed in the log.
//!
//! Every person has a key of their own, so that their words can be forgotten by destroying it: what is in the log stays
//! there, and nobody can read it. A person may have had several keys, one after the other, each with a number; the words
//! of a commit name the one that they were sealed under.
//!
//! Where keys are kept is up to the house ([`KeyRing`]). [`Pocket`] keeps them in memory, for those who need no more.

mod blindfold;
mod pocket;

use std::{collections::HashMap, fmt, sync::Arc};

use aes_gcm::{Aes256Gcm, KeyInit};
use domain::user::UserId;
use futures_util::future::BoxFuture;

pub use self::{blindfold::Blindfold, pocket::Pocket};
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

/// A key that seals words. It is wiped from memory when nobody needs it any more.
#[derive(Clone)]
pub struct DataKey {
    pub(crate) number: u32,
    pub(crate) cipher: Aes256Gcm,
}

impl DataKey {
    /// The key of this number.
    pub fn new(number: u32, key: &[u8; KEY_LENGTH]) -> Self {
        Self { number, cipher: Aes256Gcm::new(key.into()) }
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
