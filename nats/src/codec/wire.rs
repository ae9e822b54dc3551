//! A commit on its way into the log: the fields in the order in which they are written.
//!
//! ```text
//! { v, commit, command, fingerprint?, at, actor, correlation?, causation?, after, prev?, whose?, key?,
//!   events: [ { id, type, schema, open, sealed? } ] }
//! ```
//!
//! `open` holds ids, counts and kinds as a map; `sealed` holds the private half of the same event as bytes, under the key
//! of the person `whose` number is `key`. Both stand once, with the commit: all of it is one decision about one aggregate,
//! and that belongs to one person.

use bytes::Bytes;
use domain::{
    Event,
    commit::{AggregateKey, Commit, Digest, RecordedEvent},
    user::UserId,
};
use serde::{Deserialize, Serialize, Serializer};
use serde_bytes::Bytes as ByteString;
use time::OffsetDateTime;

use super::{
    EncodeError, MAX_BODY, VERSION,
    part::{Parted, part},
    place::Place,
    raw::{self, Map},
    seal::{self, Nonce},
};
use crate::keys::{DataKey, KeyName};

/// A time as text.
#[derive(Serialize, Deserialize)]
pub(super) struct At(#[serde(with = "time::serde::rfc3339")] pub(super) OffsetDateTime);

/// A digest as text.
pub(super) fn digest_as_text(digest: Digest) -> String {
    hex::encode(digest.bytes())
}

/// The body of an event.
struct Body<'a>(&'a Event);

impl Serialize for Body<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize_body(serializer)
    }
}

/// A commit whose events are parted and not sealed yet.
pub(crate) struct Draft<'a> {
    aggregate: AggregateKey,
    commit: &'a Commit,
    parts: Vec<Parted>,
}

impl<'a> Draft<'a> {
    /// Parts what is private from what is not.
    pub(crate) fn of(aggregate: AggregateKey, commit: &'a Commit) -> Result<Self, EncodeError> {
        let parts = commit.events.iter().map(|recorded| part(&Body(&recorded.event)));
        Ok(Self { aggregate, commit, parts: parts.collect::<Result<_, _>>()? })
    }

    /// Whose key it needs; nobody's, if it holds no words.
    pub(crate) fn person(&self) -> Result<Option<UserId>, EncodeError> {
        if self.parts.iter().all(|part| part.private.is_none()) {
            return Ok(None);
        }
        self.commit.whose.map(Some).ok_or(EncodeError::Nobodys)
    }

    /// The stored form.
    pub(crate) fn seal(
        &self,
        key: Option<&DataKey>,
        mut nonces: impl FnMut() -> Nonce,
    ) -> Result<Bytes, EncodeError> {
        let person = self.person()?;
        let key = match (person, key) {
            (None, _) => None,
            (Some(person), Some(key)) => Some((KeyName { person, number: key.number }, key)),
            (Some(_), None) => return Err(EncodeError::CannotSeal),
        };
        let events = self.commit.events.iter().zip(&self.parts).enumerate();
        let events = events.map(|(index, (recorded, part))| self.event(index, recorded, part, key, nonces()));
        let events = raw::array(&events.collect::<Result<Vec<_>, _>>()?);
        let body = self.head(key.map(|(name, _)| name))?.written("events", &events)?.finish();
        if body.len() > MAX_BODY {
            return Err(EncodeError::TooLarge { size: body.len() });
        }
        Ok(body.into())
    }

    fn head(&self, key: Option<KeyName>) -> Result<Map, EncodeError> {
        let commit = self.commit;
        Map::default()
            .field("v", &VERSION)?
            .field("commit", &commit.id)?
            .field("command", &commit.command)?
            .maybe("fingerprint", commit.fingerprint.as_deref())?
            .field("at", &At(commit.at))?
            .field("actor", &commit.actor)?
            .maybe("correlation", commit.correlation.as_deref())?
            .maybe("causation", commit.causation)?
            .field("after", &commit.after)?
            .maybe("prev", commit.prev.map(digest_as_text))?
            .maybe("whose", commit.whose)?
            .maybe("key", key.map(|key| key.number))
    }

    fn event(
        &self,
        index: usize,
        recorded: &RecordedEvent,
        part: &Parted,
        key: Option<(KeyName, &DataKey)>,
        nonce: Nonce,
    ) -> Result<Vec<u8>, EncodeError> {
        let (event, name) = (&recorded.event, recorded.event.name());
        let map = Map::default()
            .field("id", &recorded.id)?
            .field("type", &name)?
            .field("schema", &event.schema())?
            .written("open", &part.open)?;
        let (Some(private), Some((key_name, key))) = (&part.private, key) else { return Ok(map.finish()) };
        let place = Place {
            aggregate: self.aggregate,
            commit: self.commit.id,
            key: key_name,
            index,
            event: recorded.id,
            name,
            schema: event.schema(),
            open: &part.open,
        };
        let sealed = seal::seal(key, nonce, &place.to_bytes(), private)?;
        Ok(map.field("sealed", ByteString::new(&sealed))?.finish())
    }
}
