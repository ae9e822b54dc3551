//! Links that open the door once: the word in each is known here by its digest, for a day, and forgotten with the
//! process. Whoever needs one later has a key.

use std::time::Duration;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use domain::user::{KeyId, UserId};
use moka::sync::Cache;
use sha2::{Digest, Sha256};

use crate::{secret::Secret, stamp};

/// How many are open at most, and for how long.
const OPEN: u64 = 64;
const LASTS: Duration = Duration::from_secs(24 * 60 * 60);

/// The links that are open.
#[derive(Debug)]
pub struct Links(Cache<[u8; 32], (UserId, KeyId)>);

impl Default for Links {
    fn default() -> Self {
        Self(Cache::builder().max_capacity(OPEN).time_to_live(LASTS).build())
    }
}

impl Links {
    /// Another one, for whoever has this key.
    pub fn make(&self, user: UserId, key: KeyId) -> Secret {
        let word = BASE64.encode(stamp::secret::<24>());
        self.0.insert(digest(&word), (user, key));
        Secret::new(word)
    }

    /// Whose it is. Two who come at once are not both let in: only one of them takes it away.
    pub fn spend(&self, word: &str) -> Option<(UserId, KeyId)> {
        self.0.remove(&digest(word))
    }

    /// Takes all of a person away.
    pub fn forget(&self, user: UserId) {
        let theirs = self.0.iter().filter(|(_, (whose, _))| *whose == user).map(|(word, _)| *word);
        theirs.collect::<Vec<_>>().iter().for_each(|word| self.0.invalidate(word));
    }
}

fn digest(word: &str) -> [u8; 32] {
    Sha256::digest(word.as_bytes()).into()
}

#[cfg(test)]
mod spec {
    use super::*;

    #[test]
    fn a_link_opens_once() {
        let (links, mira, key) = (Links::default(), stamp::id(), stamp::id());
        let word = links.make(mira, key);
        assert_eq!(links.spend("made up"), None);
        assert_eq!(links.spend(word.expose()), Some((mira, key)));
        assert_eq!(links.spend(word.expose()), None);
    }

    #[test]
    fn who_is_forgotten_has_no_link_and_others_do() {
        let (links, mira, vlad, key) = (Links::default(), stamp::id(), stamp::id(), stamp::id());
        let (hers, his) = (links.make(mira, key), links.make(vlad, key));
        links.forget(mira);
        assert_eq!(links.spend(hers.expose()), None);
        assert_eq!(links.spend(his.expose()), Some((vlad, key)));
    }
}
