//! The fields of a commit on the wire, in the order in which they are written.

use std::fmt;

use domain::{
    Event,
    commit::{Actor, CommandId, Commit, CommitId, EventId, RecordedEvent},
};
use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{DeserializeSeed, Error, IgnoredAny, MapAccess, Visitor},
};
use time::OffsetDateTime;

/// A body cannot be read before it is known what it is.
pub(super) const BACKWARDS: &str = "`open` stands before `type` and `schema`";

#[derive(Serialize)]
pub(super) struct CommitWritten<'a> {
    v: u16,
    commit: CommitId,
    command: CommandId,
    #[serde(skip_serializing_if = "Option::is_none")]
    fingerprint: Option<&'a str>,
    #[serde(with = "time::serde::rfc3339")]
    at: OffsetDateTime,
    actor: Actor,
    #[serde(skip_serializing_if = "Option::is_none")]
    correlation: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    causation: Option<CommitId>,
    after: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    prev: Option<&'a str>,
    events: Vec<EventWritten<'a>>,
}

impl<'a> CommitWritten<'a> {
    pub(super) fn of(commit: &'a Commit) -> Self {
        Self {
            v: super::VERSION,
            commit: commit.id,
            command: commit.command,
            fingerprint: commit.fingerprint.as_deref(),
            at: commit.at,
            actor: commit.actor,
            correlation: commit.correlation.as_deref(),
            causation: commit.causation,
            after: commit.after,
            prev: commit.prev.as_deref(),
            events: commit.events.iter().map(EventWritten::of).collect(),
        }
    }
}

/// An event. Its type and schema come before its body, because whoever reads the body must know them.
///
/// The seam for `sealed` (issue 5): the private fields of a body go into a second field here, compressed and encrypted,
/// and come back in [`EventRead`] below.
#[derive(Serialize)]
struct EventWritten<'a> {
    id: EventId,
    r#type: &'a str,
    schema: u16,
    open: Open<'a>,
}

impl<'a> EventWritten<'a> {
    fn of(recorded: &'a RecordedEvent) -> Self {
        let event = &recorded.event;
        Self { id: recorded.id, r#type: event.name(), schema: event.schema(), open: Open(event) }
    }
}

/// The body of an event, written in place.
struct Open<'a>(&'a Event);

impl Serialize for Open<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize_body(serializer)
    }
}

/// Only the version, of whatever else there is.
#[derive(Deserialize)]
pub(super) struct VersionRead {
    pub(super) v: u16,
}

#[derive(Deserialize)]
pub(super) struct CommitRead {
    v: u16,
    commit: CommitId,
    command: CommandId,
    #[serde(default)]
    fingerprint: Option<String>,
    #[serde(with = "time::serde::rfc3339")]
    at: OffsetDateTime,
    actor: Actor,
    #[serde(default)]
    correlation: Option<String>,
    #[serde(default)]
    causation: Option<CommitId>,
    #[serde(default)]
    after: u64,
    #[serde(default)]
    prev: Option<String>,
    events: Vec<EventRead>,
}

impl CommitRead {
    pub(super) const fn version(&self) -> u16 {
        self.v
    }

    pub(super) fn into_commit(self) -> Commit {
        Commit {
            id: self.commit,
            command: self.command,
            fingerprint: self.fingerprint,
            at: self.at,
            actor: self.actor,
            correlation: self.correlation,
            causation: self.causation,
            after: self.after,
            prev: self.prev,
            events: self.events.into_iter().map(|EventRead(recorded)| recorded).collect(),
        }
    }
}

struct EventRead(RecordedEvent);

impl<'de> Deserialize<'de> for EventRead {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(EventVisitor).map(Self)
    }
}

#[derive(Deserialize)]
#[serde(field_identifier, rename_all = "lowercase")]
enum Field {
    Id,
    Type,
    Schema,
    Open,
    #[serde(other)]
    Other,
}

struct EventVisitor;

impl<'de> Visitor<'de> for EventVisitor {
    type Value = RecordedEvent;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an event: a map of id, type, schema and open")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<RecordedEvent, A::Error> {
        let (mut id, mut name, mut schema, mut event) = (None, None::<String>, None, None);
        while let Some(field) = map.next_key()? {
            match field {
                Field::Id => id = Some(map.next_value()?),
                Field::Type => name = Some(map.next_value()?),
                Field::Schema => schema = Some(map.next_value()?),
                Field::Open => {
                    let (Some(name), Some(schema)) = (&name, schema) else {
                        return Err(A::Error::custom(BACKWARDS));
                    };
                    event = Some(map.next_value_seed(Body { name, schema })?);
                }
                Field::Other => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(RecordedEvent {
            id: id.ok_or_else(|| A::Error::missing_field("id"))?,
            event: event.ok_or_else(|| A::Error::missing_field("open"))?,
        })
    }
}

/// Reads the body of the event of this type and schema.
struct Body<'a> {
    name: &'a str,
    schema: u16,
}

impl<'de> DeserializeSeed<'de> for Body<'_> {
    type Value = Event;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Event, D::Error> {
        Event::deserialize_body(self.name, self.schema, deserializer)
    }
}
