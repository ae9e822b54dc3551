//! The signature by which a receiver knows that an event is from this house, whole and of now: Standard Webhooks 1.0,
//! symmetric (`v1`), HMAC-SHA-256 over `<id>.<seconds>.<body>`.

use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use ring::hmac;
use zeroize::Zeroizing;

use crate::{secret::Secret, stamp};

/// The length of a key in bytes.
pub(super) const LENGTH: usize = 32;

/// What a hook and its receiver share. It prints as `***`.
#[derive(Clone)]
pub struct SigningKey(Zeroizing<[u8; LENGTH]>);

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(crate::secret::MASK)
    }
}

impl SigningKey {
    /// One that nobody can guess.
    pub(super) fn mint() -> Self {
        Self(Zeroizing::new(stamp::secret()))
    }

    /// One that was kept.
    pub(super) fn kept(hex: &str) -> Option<Self> {
        let mut key = Zeroizing::new([0; LENGTH]);
        hex::decode_to_slice(hex, &mut key[..]).ok()?;
        Some(Self(key))
    }

    /// As it is kept, to be sealed.
    pub(super) fn to_keep(&self) -> String {
        hex::encode(&self.0[..])
    }

    /// As its receiver is told it, once.
    pub fn shown(&self) -> Secret {
        Secret::new(format!("whsec_{}", BASE64.encode(&self.0[..])))
    }

    /// The value of `webhook-signature`.
    pub(super) fn sign(&self, id: &str, seconds: i64, body: &[u8]) -> String {
        let mut signed = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, &self.0[..]));
        signed.update(format!("{id}.{seconds}.").as_bytes());
        signed.update(body);
        format!("v1,{}", BASE64.encode(signed.sign()))
    }
}

#[cfg(test)]
mod spec {
    use super::*;

    #[test]
    fn a_key_is_never_printed_and_is_the_same_when_it_was_kept() {
        let key = SigningKey::mint();
        assert_eq!(format!("{key:?} {}", key.shown()), "*** ***");
        let again = SigningKey::kept(&key.to_keep()).unwrap();
        assert_eq!(again.sign("id", 7, b"{}"), key.sign("id", 7, b"{}"));
        assert!(SigningKey::kept("abc").is_none());
    }

    /// The library of the people who wrote Standard Webhooks is the judge; it wants a time that is near.
    #[test]
    fn its_receiver_can_tell_what_is_ours_and_whole() {
        let (key, now) = (SigningKey::mint(), stamp::now().unix_timestamp());
        let judge = standardwebhooks::Webhook::new(key.shown().expose()).unwrap();
        let mut headers = axum::http::HeaderMap::new();
        for (name, value) in [
            ("webhook-id", "evt_1".to_owned()),
            ("webhook-timestamp", now.to_string()),
            ("webhook-signature", key.sign("evt_1", now, b"{\"a\":1}")),
        ] {
            headers.insert(name, value.parse().unwrap());
        }
        judge.verify(b"{\"a\":1}", &headers).unwrap();
        judge.verify(b"{\"a\":2}", &headers).unwrap_err();
    }
}
