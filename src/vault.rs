//! What seals the few secrets that people entrust to the house (keys of their model providers) before they become
//! part of an event, and what makes fingerprints of requests that tell nobody what was in them.
//!
//! AES-256-GCM under a key of the house; the owner's id is bound in, so that a sealed secret opens for nobody else.
//! Words in general are sealed by the journal, under keys of the people whom they are about.

use std::{fmt, sync::Arc};

use base64::{Engine, engine::general_purpose::STANDARD_NO_PAD as BASE64};
use domain::user::UserId;
use ring::{
    aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    hmac,
};

use crate::stamp;

/// The length of the house's key in bytes.
pub const KEY_LENGTH: usize = 32;
/// What the key of fingerprints is derived for.
const FINGERPRINTS: &[u8] = b"innkeeper: fingerprints of requests";

/// Seals and opens secrets.
#[derive(Clone)]
pub struct Vault(Arc<Keys>);

struct Keys {
    seal: LessSafeKey,
    fingerprint: hmac::Key,
}

/// Why a secret cannot be sealed or opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum VaultError {
    /// It was sealed under another key, for somebody else, or was changed.
    #[error("a sealed secret does not open: was the house's key (secrets.key) replaced?")]
    DoesNotOpen,
    /// The library refused to seal.
    #[error("a secret cannot be sealed")]
    CannotSeal,
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Vault(***)")
    }
}

impl Vault {
    /// A vault that opens with this key.
    pub fn new(key: &[u8; KEY_LENGTH]) -> Result<Self, VaultError> {
        let house = hmac::Key::new(hmac::HMAC_SHA256, key);
        let fingerprint = hmac::Key::new(hmac::HMAC_SHA256, hmac::sign(&house, FINGERPRINTS).as_ref());
        let key = UnboundKey::new(&AES_256_GCM, key).map_err(|_| VaultError::CannotSeal)?;
        Ok(Self(Arc::new(Keys { seal: LessSafeKey::new(key), fingerprint })))
    }

    /// Seals a secret of a user.
    pub fn seal(&self, owner: UserId, secret: &str) -> Result<String, VaultError> {
        let (mut bytes, nonce) = (secret.as_bytes().to_vec(), stamp::secret::<NONCE_LEN>());
        self.0
            .seal
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), bound_to(owner), &mut bytes)
            .map_err(|_| VaultError::CannotSeal)?;
        Ok(BASE64.encode([nonce.as_slice(), &bytes].concat()))
    }

    /// Opens a secret of a user.
    pub fn open(&self, owner: UserId, sealed: &str) -> Result<String, VaultError> {
        let bytes = BASE64.decode(sealed).map_err(|_| VaultError::DoesNotOpen)?;
        let (nonce, sealed) = bytes.split_first_chunk::<NONCE_LEN>().ok_or(VaultError::DoesNotOpen)?;
        let mut bytes = sealed.to_vec();
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let opened = self.0.seal.open_in_place(nonce, bound_to(owner), &mut bytes);
        let length = opened.map_err(|_| VaultError::DoesNotOpen)?.len();
        bytes.truncate(length);
        String::from_utf8(bytes).map_err(|_| VaultError::DoesNotOpen)
    }

    /// By which a request is known again. It stands in the log in clear, so from the request alone nobody can find it: a
    /// short one could be guessed.
    pub fn fingerprint(&self, owner: UserId, digest: &str) -> String {
        let mut signed = hmac::Context::with_key(&self.0.fingerprint);
        signed.update(owner.uuid().as_bytes());
        signed.update(digest.as_bytes());
        hex::encode(signed.sign())
    }
}

fn bound_to(owner: UserId) -> Aad<[u8; 16]> {
    Aad::from(owner.uuid().into_bytes())
}

#[cfg(test)]
mod spec {
    use super::*;

    #[test]
    fn a_secret_opens_for_its_owner_and_for_nobody_else() {
        let vault = Vault::new(&stamp::secret()).unwrap();
        let (mira, vlad) = (stamp::id(), stamp::id());
        let sealed = vault.seal(mira, "sk-1234").unwrap();
        assert!(!sealed.contains("sk-1234"));
        assert_eq!(vault.open(mira, &sealed).as_deref(), Ok("sk-1234"));
        assert_eq!(vault.open(vlad, &sealed), Err(VaultError::DoesNotOpen));
    }

    #[test]
    fn a_fingerprint_is_of_one_request_of_one_person_in_one_house() {
        let (here, there) = (Vault::new(&stamp::secret()).unwrap(), Vault::new(&stamp::secret()).unwrap());
        let (mira, vlad) = (stamp::id(), stamp::id());
        let print = here.fingerprint(mira, "aa");
        assert_eq!(here.fingerprint(mira, "aa"), print);
        for other in
            [here.fingerprint(mira, "ab"), here.fingerprint(vlad, "aa"), there.fingerprint(mira, "aa")]
        {
            assert_ne!(other, print);
        }
    }

    #[test]
    fn what_was_changed_or_sealed_elsewhere_does_not_open() {
        let (here, there) = (Vault::new(&stamp::secret()).unwrap(), Vault::new(&stamp::secret()).unwrap());
        let mira = stamp::id();
        let sealed = here.seal(mira, "sk-1234").unwrap();
        assert_eq!(there.open(mira, &sealed), Err(VaultError::DoesNotOpen));
        for broken in ["", "AAAA", "%%%", &sealed[1..]] {
            assert_eq!(here.open(mira, broken), Err(VaultError::DoesNotOpen));
        }
    }
}
