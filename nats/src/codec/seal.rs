//! Seals bytes under a key, bound to where they belong, and opens them.
//!
//! ```text
//! nonce (12 bytes) ┃ AES-256-GCM of: how (1 byte) ┃ the bytes, plain or as zstd   ┃ tag (16 bytes)
//! ```
//!
//! They are compressed first, because nothing can be won of what is sealed. Short ones are not: there is nothing to win,
//! and the contexts of the compressor, which are kept by every thread, take time.

use std::cell::RefCell;

use aes_gcm::{AeadInOut, Tag};
use zstd::bulk::{Compressor, Decompressor};

use super::{DecodeError, EncodeError, MAX_BODY};
use crate::keys::DataKey;

/// Chance that is used once: two things that are sealed under one key must never share it.
pub(crate) type Nonce = [u8; 12];

const TAG: usize = 16;
const PLAIN: u8 = 0;
const ZSTD: u8 = 1;
/// From how many bytes on it is tried to make them fewer.
const WORTH_IT: usize = 256;
const LEVEL: i32 = 1;

thread_local! {
    static COMPRESSOR: RefCell<Option<Compressor<'static>>> = const { RefCell::new(None) };
    static DECOMPRESSOR: RefCell<Option<Decompressor<'static>>> = const { RefCell::new(None) };
}

/// Seals bytes that belong to `place`.
pub(crate) fn seal(key: &DataKey, nonce: Nonce, place: &[u8], bytes: &[u8]) -> Result<Vec<u8>, EncodeError> {
    if bytes.len() > MAX_BODY {
        return Err(EncodeError::TooLarge { size: bytes.len() });
    }
    let mut sealed = Vec::with_capacity(nonce.len() + 1 + bytes.len() + TAG);
    sealed.extend_from_slice(&nonce);
    match compressed(bytes) {
        Some(fewer) => {
            sealed.push(ZSTD);
            sealed.extend_from_slice(&fewer);
        }
        None => {
            sealed.push(PLAIN);
            sealed.extend_from_slice(bytes);
        }
    }
    let tag = key
        .cipher
        .encrypt_inout_detached(&nonce.into(), place, (&mut sealed[nonce.len()..]).into())
        .map_err(|_| EncodeError::CannotSeal)?;
    sealed.extend_from_slice(&tag);
    Ok(sealed)
}

/// The bytes as zstd, if they are fewer.
fn compressed(bytes: &[u8]) -> Option<Vec<u8>> {
    if bytes.len() < WORTH_IT {
        return None;
    }
    COMPRESSOR.with_borrow_mut(|kept| {
        let compressor = match kept {
            Some(compressor) => compressor,
            none => none.insert(Compressor::new(LEVEL).ok()?),
        };
        compressor.compress(bytes).ok().filter(|fewer| fewer.len() < bytes.len())
    })
}

/// Opens what was sealed at this place.
pub(crate) fn open(key: &DataKey, place: &[u8], sealed: &[u8]) -> Result<Vec<u8>, DecodeError> {
    let shut = || DecodeError::DoesNotOpen;
    let (nonce, rest) = sealed.split_first_chunk::<12>().ok_or_else(shut)?;
    let (inside, tag) = rest.split_last_chunk::<TAG>().ok_or_else(shut)?;
    let mut inside = inside.to_vec();
    key.cipher
        .decrypt_inout_detached(nonce.into(), place, inside.as_mut_slice().into(), &Tag::from(*tag))
        .map_err(|_| shut())?;
    match inside.split_first() {
        Some((&PLAIN, _)) => {
            inside.remove(0);
            Ok(inside)
        }
        Some((&ZSTD, fewer)) => decompressed(fewer),
        Some(_) | None => Err(DecodeError::malformed("it is packed in a way that this house does not know")),
    }
}

/// Whoever has the key may pack anything into few bytes, so there is an end to what comes out.
fn decompressed(bytes: &[u8]) -> Result<Vec<u8>, DecodeError> {
    DECOMPRESSOR.with_borrow_mut(|kept| {
        let decompressor = match kept {
            Some(decompressor) => decompressor,
            none => none.insert(
                Decompressor::new().map_err(|_| DecodeError::malformed("there is no room to unpack it"))?,
            ),
        };
        let room = Decompressor::upper_bound(bytes).unwrap_or(MAX_BODY).min(MAX_BODY);
        decompressor.decompress(bytes, room).map_err(|_| DecodeError::malformed("it does not unpack"))
    })
}
