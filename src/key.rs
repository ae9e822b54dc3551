//! The keys of people: `ink_` and, in base64url, whose it is and 32 bytes that nobody can guess.
//!
//! A key names its owner, so that it is checked against that person's own events and no table of keys is needed. The
//! house keeps only the SHA-256 of the whole key: it is random enough that nothing slower would make it safer.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use domain::user::UserId;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::{secret::Secret, stamp};

/// What every key begins with.
const PREFIX: &str = "ink_";
/// The bytes of an owner's id, and of the rest.
const OWNER: usize = 16;
const UNGUESSABLE: usize = 32;

/// A key that somebody shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// Whose it says that it is.
    pub user: UserId,
    /// SHA-256 of the key, in hexadecimal.
    pub hash: String,
}

/// The text does not look like a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a key of this house: a key begins with {PREFIX}")]
pub struct NotAKey;

/// A new key for somebody, and the hash by which the house will know it.
pub fn mint(user: UserId) -> (Secret, String) {
    let unguessable: [u8; UNGUESSABLE] = stamp::secret();
    let key =
        format!("{PREFIX}{}", BASE64.encode([user.uuid().as_bytes().as_slice(), &unguessable].concat()));
    let hash = hash(&key);
    (Secret::new(key), hash)
}

/// Whether somebody means this to be a key of ours.
pub fn looks_like_one(text: &str) -> bool {
    text.starts_with(PREFIX)
}

/// Reads a key that somebody shows. Whether it opens the door is in the owner's events.
pub fn parse(key: &str) -> Result<Shown, NotAKey> {
    let bytes = key.strip_prefix(PREFIX).and_then(|rest| BASE64.decode(rest).ok()).ok_or(NotAKey)?;
    let (owner, rest) = bytes.split_first_chunk::<OWNER>().ok_or(NotAKey)?;
    if rest.len() != UNGUESSABLE {
        return Err(NotAKey);
    }
    Ok(Shown { user: UserId::new(Uuid::from_bytes(*owner)), hash: hash(key) })
}

fn hash(key: &str) -> String {
    hex::encode(Sha256::digest(key.as_bytes()))
}

#[cfg(test)]
mod spec {
    use super::*;

    #[test]
    fn a_minted_key_names_its_owner_and_has_the_hash_that_is_kept() {
        let mira = stamp::id();
        let (key, hash) = mint(mira);
        assert_eq!(parse(key.expose()), Ok(Shown { user: mira, hash }));
        assert!(key.expose().starts_with("ink_") && key.expose().len() == 68);
    }

    #[test]
    fn no_two_keys_are_alike() {
        let mira = stamp::id();
        assert_ne!(mint(mira).1, mint(mira).1);
    }

    #[test]
    fn what_is_not_a_key_is_refused() {
        let (key, _) = mint(stamp::id());
        let long = format!("{}AAAA", key.expose());
        let twisted = key.expose().replace("ink_", "nk-");
        for text in ["", "ink_", "ink_%%%", &key.expose()[..60], &long, &twisted] {
            assert_eq!(parse(text), Err(NotAKey), "{text}");
        }
    }
}
