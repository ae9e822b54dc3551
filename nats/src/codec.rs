//! A commit as bytes and back: MessagePack, as maps by name, with ids and times as text.
//!
//! By name, because a struct written as an array shifts its values when a field is added. As text, because every
//! MessagePack library can then read the log without knowing our types. Stored forms are for ever (law 8), so a reader
//! ignores fields that it does not know and carries events that it does not know.
//!
//! What is private in an event stands sealed beside it, under a key of the person whose it is ([`crate::keys`]). Keys are
//! fetched by whoever calls, for many commits at once: so writing is `Draft` then `Draft::seal`, and reading is
//! `Letter` then `Letter::open`.
//!
//! `pack` and `unpack` are the only places of the house that call the encoder; clippy denies its shortcuts.

mod letter;
mod part;
mod place;
mod raw;
mod seal;
pub(crate) mod sealed_file;
mod upcast;
mod wire;

use bytes::Bytes;
use domain::commit::{AggregateKey, Commit};
use rand::Rng;
use serde::{Serialize, de::DeserializeOwned};

pub(crate) use self::{
    letter::Letter,
    seal::{open, seal},
    wire::Draft,
};
use crate::keys::{DataKey, Held, KeyName};

/// The version of the form.
pub const VERSION: u16 = 2;

/// The longest body of a commit. The server takes 1 MiB; half of it leaves room for headers and for batches.
pub const MAX_BODY: usize = 512 * 1024;

/// The deepest nesting that is read. The deepest that we write is a card inside an event.
const MAX_DEPTH: usize = 128;

/// Why a commit could not be written.
#[derive(Debug, thiserror::Error)]
pub enum EncodeError {
    /// It is too long for the log.
    #[error("the commit is {size} bytes long, and the log takes {MAX_BODY}")]
    TooLarge {
        /// How long it is.
        size: usize,
    },
    /// It has no stored form.
    #[error("the commit has no stored form")]
    Body(#[source] rmp_serde::encode::Error),
    /// It holds words, and does not say whose they are.
    #[error("the commit holds private words and does not say whose")]
    Nobodys,
    /// Its words are to be sealed, and there is no key.
    #[error("the words of the commit cannot be sealed")]
    CannotSeal,
    /// Something private is `None`, which is how what is forgotten is told.
    #[error("nothing cannot be private: what may be absent is an option of something private")]
    NothingPrivate,
}

/// Why bytes could not be read as a commit.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    /// They are longer than any commit that we write.
    #[error("{size} bytes are no commit: the longest has {MAX_BODY}")]
    TooLarge {
        /// How many bytes there are.
        size: usize,
    },
    /// They were written in another version of the form.
    #[error("written in version {found} of the form; this house reads version {VERSION}")]
    Version {
        /// Which version.
        found: u16,
    },
    /// They are not a commit.
    #[error("not a commit: {why}")]
    Malformed {
        /// What is wrong, without any of the words in it.
        why: String,
    },
    /// Something follows the commit.
    #[error("{count} bytes follow the commit")]
    Trailing {
        /// How many bytes.
        count: usize,
    },
    /// Its words are sealed under a key that was never made here.
    #[error(
        "its words are sealed under a key that is not known: is the database of keys the one of this log?"
    )]
    NoSuchKey,
    /// Its words do not open: they, or where they stand, were changed.
    #[error("its words do not open: they, or what stands around them, were changed")]
    DoesNotOpen,
}

impl DecodeError {
    fn malformed(why: &str) -> Self {
        Self::Malformed { why: why.to_owned() }
    }
}

/// The stored form of a commit; its words, if it holds any, are sealed under this key.
pub fn encode(aggregate: AggregateKey, commit: &Commit, key: Option<&DataKey>) -> Result<Bytes, EncodeError> {
    Draft::of(aggregate, commit)?.seal(key, by_chance)
}

/// The commit in a stored form, for whoever has the keys at hand.
pub fn decode(
    aggregate: AggregateKey,
    body: &[u8],
    keys: impl Fn(KeyName) -> Option<Held>,
) -> Result<Commit, DecodeError> {
    let letter = Letter::read(body)?;
    let held = letter.key().and_then(keys);
    letter.open(aggregate, held.as_ref())
}

/// Chance that is used once.
pub(crate) fn by_chance() -> seal::Nonce {
    let mut nonce = seal::Nonce::default();
    rand::rng().fill_bytes(&mut nonce);
    nonce
}

/// What is wrong. The decoder's own message often quotes what it read, and that may be somebody's words.
fn wordless(error: &rmp_serde::decode::Error) -> String {
    use rmp_serde::decode::Error;
    match error {
        Error::InvalidMarkerRead(_) | Error::InvalidDataRead(_) => "it is cut off".to_owned(),
        Error::DepthLimitExceeded => "it is nested too deep".to_owned(),
        Error::Syntax(message) if message.starts_with("missing field") => message.clone(),
        Error::Syntax(_) => "a field holds something that it cannot hold".to_owned(),
        _ => "a field is of another type".to_owned(),
    }
}

/// Writes a value as a map by name, with ids and times as text.
pub(crate) fn pack<T: Serialize>(value: &T) -> Result<Vec<u8>, rmp_serde::encode::Error> {
    let mut bytes = Vec::with_capacity(512);
    value.serialize(&mut rmp_serde::Serializer::new(&mut bytes).with_struct_map().with_human_readable())?;
    Ok(bytes)
}

/// The same, behind what is written already.
fn pack_into<T: Serialize + ?Sized>(value: &T, bytes: &mut Vec<u8>) -> Result<(), EncodeError> {
    let mut writer = rmp_serde::Serializer::new(bytes).with_struct_map().with_human_readable();
    value.serialize(&mut writer).map_err(EncodeError::Body)
}

/// Reads a value, and gives back what follows it.
pub(crate) fn unpack<T: DeserializeOwned>(bytes: &[u8]) -> Result<(T, &[u8]), rmp_serde::decode::Error> {
    let mut rest = bytes;
    let value = T::deserialize(&mut reader(&mut rest))?;
    Ok((value, rest))
}

/// Reads a value of a field.
fn typed<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, DecodeError> {
    unpack(bytes).map(|(value, _)| value).map_err(|error| DecodeError::Malformed { why: wordless(&error) })
}

type Reader<'r, 'b> = rmp_serde::Deserializer<
    rmp_serde::decode::ReadReader<&'r mut &'b [u8]>,
    rmp_serde::config::HumanReadableConfig<rmp_serde::config::DefaultConfig>,
>;

fn reader<'r, 'b>(bytes: &'r mut &'b [u8]) -> Reader<'r, 'b> {
    let mut reader = rmp_serde::Deserializer::new(bytes).with_human_readable();
    reader.set_max_depth(MAX_DEPTH);
    reader
}

#[cfg(test)]
mod golden_spec;
#[cfg(test)]
mod lore_spec;
#[cfg(test)]
mod seal_spec;
#[cfg(test)]
mod spec;
