//! What seals the few secrets that people entrust to the house (keys of their model providers) before they become
//! part of an event.
//!
//! AES-256-GCM under a key of the house; the owner's id is bound in, so that a sealed secret opens for nobody else.
//! Words in general are sealed by the journal, under keys of the people whom they are about.

use std::{fmt, sync::Arc};

use base64::{Engine, engine::general_purpose::STANDARD_NO_PAD as BASE64};
use domain::user::UserId;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};

use crate::stamp;

/// The length of the house's key in bytes.
pub const KEY_LENGTH: usize = 32;

/// Seals and opens secrets.
#[derive(Clone)]
pub struct Vault(Arc<LessSafeKey>);

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
        let key = UnboundKey::new(&AES_256_GCM, key).map_err(|_| VaultError::CannotSeal)?;
        Ok(Self(Arc::new(LessSafeKey::new(key))))
    }

    /// Seals a secret of a user.
    pub fn seal(&self, owner: UserId, secret: &str) -> Result<String, VaultError> {
        let (mut bytes, nonce) = (secret.as_bytes().to_vec(), stamp::secret::<NONCE_LEN>());
        self.0
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
        let opened = self.0.open_in_place(nonce, bound_to(owner), &mut bytes);
        let length = opened.map_err(|_| VaultError::DoesNotOpen)?.len();
        bytes.truncate(length);
        String::from_utf8(bytes).map_err(|_| VaultError::DoesNotOpen)
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
