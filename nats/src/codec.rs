//! A commit as bytes and back: MessagePack, as maps by name, with ids and times as text.
//!
//! By name, because a struct written as an array shifts its values when a field is added. As text, because every
//! MessagePack library can then read the log without knowing our types. Stored forms are for ever (law 8), so a reader
//! ignores fields that it does not know and carries events that it does not know.
//!
//! `pack` and `unpack` are the only places of the house that call the encoder; clippy denies its shortcuts.

mod wire;

use bytes::Bytes;
use domain::commit::Commit;
use serde::{Serialize, de::DeserializeOwned};

use self::wire::{BACKWARDS, CommitRead, CommitWritten, VersionRead};

/// The version of the form.
pub const VERSION: u16 = 1;

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
}

/// The stored form of a commit.
pub fn encode(commit: &Commit) -> Result<Bytes, EncodeError> {
    let body = pack(&CommitWritten::of(commit)).map_err(EncodeError::Body)?;
    if body.len() > MAX_BODY {
        return Err(EncodeError::TooLarge { size: body.len() });
    }
    Ok(body.into())
}

/// The commit in a stored form.
pub fn decode(body: &[u8]) -> Result<Commit, DecodeError> {
    if body.len() > MAX_BODY {
        return Err(DecodeError::TooLarge { size: body.len() });
    }
    let (read, rest) = unpack::<CommitRead>(body).map_err(|error| why_not(body, &error))?;
    if read.version() != VERSION {
        return Err(DecodeError::Version { found: read.version() });
    }
    if !rest.is_empty() {
        return Err(DecodeError::Trailing { count: rest.len() });
    }
    Ok(read.into_commit())
}

/// A form of another version most likely fails to read as ours; then the version is the better answer.
fn why_not(body: &[u8], error: &rmp_serde::decode::Error) -> DecodeError {
    match unpack::<VersionRead>(body) {
        Ok((VersionRead { v }, _)) if v != VERSION => DecodeError::Version { found: v },
        _ => DecodeError::Malformed { why: wordless(error) },
    }
}

/// What is wrong. The decoder's own message often quotes what it read, and that may be somebody's words.
fn wordless(error: &rmp_serde::decode::Error) -> String {
    use rmp_serde::decode::Error;
    match error {
        Error::InvalidMarkerRead(_) | Error::InvalidDataRead(_) => "it is cut off".to_owned(),
        Error::DepthLimitExceeded => "it is nested too deep".to_owned(),
        Error::Syntax(message) if message.starts_with("missing field") || message == BACKWARDS => {
            message.clone()
        }
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

/// Reads a value, and gives back what follows it.
pub(crate) fn unpack<T: DeserializeOwned>(bytes: &[u8]) -> Result<(T, &[u8]), rmp_serde::decode::Error> {
    let mut rest = bytes;
    let mut reader = rmp_serde::Deserializer::new(&mut rest).with_human_readable();
    reader.set_max_depth(MAX_DEPTH);
    let value = T::deserialize(&mut reader)?;
    Ok((value, rest))
}

#[cfg(test)]
mod lore_spec;
#[cfg(test)]
mod spec;
