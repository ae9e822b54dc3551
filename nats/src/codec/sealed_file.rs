//! A file under a seal: the number of its key, then nonce, bytes and tag. Not compressed: pictures are already.

use aes_gcm::{AeadInOut, Tag};

use super::{EncodeError, seal::Nonce};
use crate::keys::DataKey;

/// By how many bytes a sealed file is longer.
pub(crate) const LONGER: usize = NUMBER + NONCE + TAG;

const NUMBER: usize = 4;
const NONCE: usize = 12;
const TAG: usize = 16;
/// Says what the rest means, so that nothing that is sealed for another purpose opens as this.
const WHAT: &[u8] = b"innkeeper: a file, 1: ";

/// Seals the bytes of a file that belongs to `place`.
pub(crate) fn seal(
    key: &DataKey,
    nonce: Nonce,
    place: &[u8],
    mut bytes: Vec<u8>,
) -> Result<Vec<u8>, EncodeError> {
    let place = [WHAT, place].concat();
    let tag = key
        .cipher
        .encrypt_inout_detached(&nonce.into(), &place, bytes.as_mut_slice().into())
        .map_err(|_| EncodeError::CannotSeal)?;
    Ok([key.number.to_be_bytes().as_slice(), &nonce, &bytes, &tag].concat())
}

/// Under which key of its owner a file was sealed.
pub(crate) fn key_number(sealed: &[u8]) -> Option<u32> {
    sealed.first_chunk::<NUMBER>().map(|number| u32::from_be_bytes(*number))
}

/// Opens a file that was sealed at this place.
pub(crate) fn open(key: &DataKey, place: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
    let (nonce, rest) = sealed.get(NUMBER..)?.split_first_chunk::<NONCE>()?;
    let (inside, tag) = rest.split_last_chunk::<TAG>()?;
    let (place, mut inside) = ([WHAT, place].concat(), inside.to_vec());
    let tag = Tag::from(*tag);
    key.cipher.decrypt_inout_detached(nonce.into(), &place, inside.as_mut_slice().into(), &tag).ok()?;
    Some(inside)
}

#[cfg(test)]
mod spec {
    use super::*;
    use crate::codec::by_chance;

    fn key() -> DataKey {
        DataKey::new(3, &[7; 32])
    }

    #[test]
    fn a_file_opens_where_it_belongs_and_is_longer_by_so_much() {
        for bytes in [vec![], b"a picture".to_vec(), vec![7; 100_000]] {
            let sealed = seal(&key(), by_chance(), b"mira/aa", bytes.clone()).unwrap();
            assert_eq!((sealed.len(), key_number(&sealed)), (bytes.len() + LONGER, Some(3)));
            assert_eq!(open(&key(), b"vlad/aa", &sealed), None);
            assert_eq!(open(&key(), b"mira/aa", &sealed), Some(bytes));
        }
    }

    #[test]
    fn a_changed_byte_and_a_part_do_not_open() {
        let sealed = seal(&key(), by_chance(), b"mira/aa", b"a picture".to_vec()).unwrap();
        for at in NUMBER..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert_eq!(open(&key(), b"mira/aa", &changed), None);
            assert_eq!(open(&key(), b"mira/aa", &sealed[..at]), None);
        }
    }
}
