//! A commit out of the log, as it came: everything around the events is read, they themselves are not yet opened.
//!
//! The order of fields does not matter, and those that are not known here are passed over.

use domain::{
    Event,
    commit::{Actor, AggregateKey, CommandId, Commit, CommitId, Digest, EventId, RecordedEvent},
    user::UserId,
};
use serde::de::DeserializeOwned;

use super::{DecodeError, MAX_BODY, VERSION, part, place::Place, raw, seal, typed, upcast, wire::At};
use crate::keys::{DataKey, Held, KeyName};

/// A commit that is not opened yet.
#[derive(Debug)]
pub(crate) struct Letter<'a> {
    id: CommitId,
    command: CommandId,
    fingerprint: Option<String>,
    at: time::OffsetDateTime,
    actor: Actor,
    correlation: Option<String>,
    causation: Option<CommitId>,
    after: u64,
    prev: Option<Digest>,
    whose: Option<UserId>,
    key: Option<u32>,
    events: Vec<Closed<'a>>,
}

/// An event that is not opened yet.
#[derive(Debug)]
struct Closed<'a> {
    id: EventId,
    name: String,
    schema: u16,
    open: &'a [u8],
    sealed: Option<&'a [u8]>,
}

/// The fields of a map by their names.
struct Fields<'a>(Vec<(&'a str, &'a [u8])>);

impl<'a> Fields<'a> {
    fn find(&self, name: &str) -> Option<&'a [u8]> {
        self.0.iter().find(|(known, _)| *known == name).map(|(_, value)| *value)
    }

    fn bytes(&self, name: &str) -> Result<&'a [u8], DecodeError> {
        self.find(name).ok_or_else(|| DecodeError::Malformed { why: format!("missing field `{name}`") })
    }

    fn value<T: DeserializeOwned>(&self, name: &str) -> Result<T, DecodeError> {
        typed(self.bytes(name)?)
    }

    fn maybe<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, DecodeError> {
        self.find(name).map(typed).transpose()
    }
}

impl<'a> Letter<'a> {
    /// Reads what stands around the events.
    pub(crate) fn read(body: &'a [u8]) -> Result<Self, DecodeError> {
        if body.len() > MAX_BODY {
            return Err(DecodeError::TooLarge { size: body.len() });
        }
        let (map, rest) = raw::split(body)?;
        let fields = Fields(raw::fields(map)?);
        let version = fields.value("v")?;
        if version != VERSION {
            return Err(DecodeError::Version { found: version });
        }
        if !rest.is_empty() {
            return Err(DecodeError::Trailing { count: rest.len() });
        }
        Ok(Self {
            id: fields.value("commit")?,
            command: fields.value("command")?,
            fingerprint: fields.maybe("fingerprint")?,
            at: fields.value::<At>("at")?.0,
            actor: fields.value("actor")?,
            correlation: fields.maybe("correlation")?,
            causation: fields.maybe("causation")?,
            after: fields.maybe("after")?.unwrap_or(0),
            prev: fields.maybe::<String>("prev")?.map(|text| digest(&text)).transpose()?,
            whose: fields.maybe("whose")?,
            key: fields.maybe("key")?,
            events: raw::values(fields.bytes("events")?)?
                .into_iter()
                .map(Closed::read)
                .collect::<Result<_, _>>()?,
        })
    }

    /// The key that opens it, if anything in it is sealed.
    pub(crate) fn key(&self) -> Option<KeyName> {
        Some(KeyName { person: self.whose?, number: self.key? })
    }

    /// Whose words it holds, if it holds any.
    pub(crate) fn whose(&self) -> Option<UserId> {
        self.whose
    }

    /// How many of its events hold words.
    pub(crate) fn sealed(&self) -> usize {
        self.events.iter().filter(|event| event.sealed.is_some()).count()
    }

    /// How many of these open with this key.
    pub(crate) fn opened(&self, aggregate: AggregateKey, key: &DataKey) -> usize {
        let Some(name) = self.key() else { return 0 };
        let opens = |(index, event): &(usize, &Closed<'_>)| {
            let place = event.place(aggregate, self.id, name, *index);
            event.sealed.is_some_and(|sealed| seal::open(key, &place.to_bytes(), sealed).is_ok())
        };
        self.events.iter().enumerate().filter(opens).count()
    }

    /// The commit, opened by what is held of its key: with its words, or without them if the key was destroyed.
    pub(crate) fn open(self, aggregate: AggregateKey, held: Option<&Held>) -> Result<Commit, DecodeError> {
        let key = self.key();
        let events = self.events.iter().enumerate().map(|(index, event)| {
            let event_opened = match (event.sealed, key) {
                (None, _) => event.read_as(event.open)?,
                (Some(sealed), Some(key)) => {
                    event.unsealed(sealed, &event.place(aggregate, self.id, key, index), held)?
                }
                (Some(_), None) => return Err(DecodeError::malformed("its words name no key")),
            };
            Ok(RecordedEvent { id: event.id, event: event_opened })
        });
        Ok(Commit {
            events: events.collect::<Result<_, _>>()?,
            id: self.id,
            command: self.command,
            fingerprint: self.fingerprint,
            at: self.at,
            actor: self.actor,
            correlation: self.correlation,
            causation: self.causation,
            after: self.after,
            prev: self.prev,
            whose: self.whose,
        })
    }
}

impl<'a> Closed<'a> {
    fn read(map: &'a [u8]) -> Result<Self, DecodeError> {
        let fields = Fields(raw::fields(map)?);
        Ok(Self {
            id: fields.value("id")?,
            name: fields.value("type")?,
            schema: fields.value("schema")?,
            open: fields.bytes("open")?,
            sealed: fields.find("sealed").map(raw::bytes).transpose()?,
        })
    }

    fn place(&self, aggregate: AggregateKey, commit: CommitId, key: KeyName, index: usize) -> Place<'_> {
        let Self { id: event, ref name, schema, open, .. } = *self;
        Place { aggregate, commit, key, index, event, name, schema, open }
    }

    fn unsealed(&self, sealed: &[u8], place: &Place<'_>, held: Option<&Held>) -> Result<Event, DecodeError> {
        match held {
            Some(Held::Key(key)) => {
                let private = seal::open(key, &place.to_bytes(), sealed)?;
                self.read_as(&part::join(self.open, &private)?)
            }
            Some(Held::Destroyed) => self.read_as(self.open),
            None => Err(DecodeError::NoSuchKey),
        }
    }

    /// The event of this type and schema in a whole body, as it is today.
    fn read_as(&self, body: &[u8]) -> Result<Event, DecodeError> {
        upcast::read(upcast::OURS, &self.name, self.schema, body)
    }
}

fn digest(text: &str) -> Result<Digest, DecodeError> {
    let mut bytes = [0; 32];
    hex::decode_to_slice(text, &mut bytes)
        .map_err(|_| DecodeError::malformed("`prev` is no SHA-256 in hexadecimal"))?;
    Ok(Digest::new(bytes))
}
