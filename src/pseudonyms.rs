//! The names under which analysts know people, characters, conversations and everything else that has an id.
//!
//! A name follows from the id and a key of the house, so the same id has the same name in every event, for ever, and what
//! belongs together can be joined; but nobody without the key can tell whose a name is, or find the name of somebody
//! whose id they know. Every id is renamed and not only those of people: some ids follow from a person's, and an id that
//! somebody knows from elsewhere would lead to its owner.

use ring::hmac;
use uuid::Uuid;

use crate::vault::KEY_LENGTH;

/// What the key of the names is derived for: the house's key serves for other things too.
const PURPOSE: &[u8] = b"innkeeper: names of ids, for analysts";

/// Gives ids other names.
#[derive(Clone)]
pub struct Pseudonyms {
    key: hmac::Key,
    fingerprint: String,
}

impl std::fmt::Debug for Pseudonyms {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pseudonyms").field("fingerprint", &self.fingerprint).finish_non_exhaustive()
    }
}

impl Pseudonyms {
    /// Names that follow from the house's key.
    pub fn new(key: &[u8; KEY_LENGTH]) -> Self {
        let derived = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), PURPOSE);
        let key = hmac::Key::new(hmac::HMAC_SHA256, derived.as_ref());
        let fingerprint = hex::encode(&hmac::sign(&key, b"fingerprint").as_ref()[..8]);
        Self { key, fingerprint }
    }

    /// The name of an id: a UUID of version 8, which says that it is nobody's standard.
    pub fn of(&self, id: Uuid) -> Uuid {
        let tag = hmac::sign(&self.key, id.as_bytes());
        let mut name = [0; 16];
        name.copy_from_slice(&tag.as_ref()[..16]);
        uuid::Builder::from_custom_bytes(name).into_uuid()
    }

    /// By which one key is told from another; nothing follows from it.
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }
}

#[cfg(test)]
mod spec {
    use super::*;
    use crate::stamp;

    #[test]
    fn an_id_has_one_name_under_one_key_and_another_under_another() {
        let (key, id) = (stamp::secret(), Uuid::from_u128(7));
        let (here, again, there) =
            (Pseudonyms::new(&key), Pseudonyms::new(&key), Pseudonyms::new(&stamp::secret()));
        assert_eq!(here.of(id), again.of(id));
        assert_ne!(here.of(id), there.of(id));
        assert_ne!(here.of(id), here.of(Uuid::from_u128(8)));
        assert_eq!(here.of(id).get_version_num(), 8);
        assert_ne!(here.fingerprint(), there.fingerprint());
    }

    #[test]
    fn a_name_is_for_ever() {
        let name = Pseudonyms::new(&[7; KEY_LENGTH]).of(Uuid::from_u128(7));
        assert_eq!(name.to_string(), "b058ee28-3cf9-8cd1-9526-149a490b9a51");
    }
}
