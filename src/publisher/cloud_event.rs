//! An event as analysts read it: a CloudEvent 1.0 in JSON, in structured mode.
//!
//! `source` and `id` together name an event of this log for ever, however often it is told; they are what a consumer keeps
//! to take everything once. Attributes of our own say where in the log it stands, who did it and whose it is.

use domain::{
    Event,
    commit::{Actor, Kind, Recorded},
    user::UserId,
};
use nats::{Prefix, Source};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use uuid::Uuid;

use crate::house::House;

/// What surrounds an event: CloudEvents 1.0, https://cloudevents.io.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct CloudEvent {
    /// The version of CloudEvents.
    specversion: &'static str,
    /// Where in the log it stands, `<sequence>.<index>`; with `source` it is unique for ever.
    id: String,
    /// The log: `urn:innkeeper:<prefix>:<epoch>`.
    source: String,
    /// What happened: `innkeeper.<aggregate>.<EventType>`.
    r#type: String,
    /// To what: `<aggregate>/<name>`.
    subject: String,
    /// When the house took the command in, in UTC; the order is that of the stream, not of this.
    time: String,
    /// What `data` is.
    datacontenttype: &'static str,
    /// Which version of which type `data` is: `urn:innkeeper:event:<EventType>:<version>`.
    dataschema: String,
    /// The position of the commit in the log, as commands answer it.
    #[serde(skip_serializing_if = "Option::is_none")]
    position: Option<String>,
    /// Which event of the commit, from 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    index: Option<u32>,
    /// Who gave the command: the name of a person, or `house`.
    #[serde(skip_serializing_if = "Option::is_none")]
    actor: Option<String>,
    /// Whose it is: the name of a person.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<UserId>")]
    owner: Option<Uuid>,
    /// What others may see of it.
    data: Map<String, Value>,
}

/// The stream begins anew: all events that are kept follow once more. Their ids are the old ones.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Restarted {
    /// The sequence of this message in the stream.
    generation: u64,
}

pub(super) fn written(
    house: &House,
    recorded: &Recorded,
    source: Source,
    event: &Event,
    data: Map<String, Value>,
) -> Vec<u8> {
    let (kind, names) = (recorded.aggregate.kind, &house.pseudonyms);
    let actor = match recorded.commit.actor {
        Actor::User(user) => names.of(user.uuid()).to_string(),
        Actor::House => "house".to_owned(),
    };
    json(&CloudEvent {
        position: Some(source.position.to_string()),
        index: Some(source.index),
        actor: Some(actor),
        owner: recorded.commit.whose.map(|owner| names.of(owner.uuid())),
        ..CloudEvent {
            id: format!("{}.{}", source.position.sequence, source.index),
            subject: format!("{}/{}", kind.name(), names.of(recorded.aggregate.id)),
            dataschema: schema_id(event.name(), event.schema()),
            ..envelope(house, type_of(kind, event.name()), recorded.commit.at, data)
        }
    })
}

/// The word that the stream begins anew.
pub(super) fn restarted(house: &House, generation: u64, at: OffsetDateTime) -> Vec<u8> {
    let data = Map::from_iter([("generation".to_owned(), generation.into())]);
    json(&CloudEvent {
        id: format!("restarted.{generation}"),
        subject: format!("stream/{generation}"),
        dataschema: schema_id("Restarted", 1),
        ..envelope(house, RESTARTED.to_owned(), at, data)
    })
}

/// The type of the word that the stream begins anew.
pub(super) const RESTARTED: &str = "innkeeper.stream.Restarted";

/// The type of an event, as it stands in CloudEvents.
pub(super) fn type_of(kind: Kind, name: &str) -> String {
    format!("innkeeper.{}.{name}", kind.name())
}

/// By what a version of an event is known.
pub(super) fn schema_id(name: &str, version: u16) -> String {
    format!("urn:innkeeper:event:{name}:{version}")
}

fn envelope(house: &House, r#type: String, at: OffsetDateTime, data: Map<String, Value>) -> CloudEvent {
    CloudEvent {
        specversion: "1.0",
        id: String::new(),
        source: source_of(house),
        r#type,
        subject: String::new(),
        time: at.format(&Rfc3339).unwrap_or_default(),
        datacontenttype: "application/json",
        dataschema: String::new(),
        position: None,
        index: None,
        actor: None,
        owner: None,
        data,
    }
}

fn source_of(house: &House) -> String {
    let prefix: &Prefix = house.analysts.subjects().prefix();
    format!("urn:innkeeper:{prefix}:{}", house.journal().epoch())
}

fn json(event: &CloudEvent) -> Vec<u8> {
    // Texts, numbers and maps with texts as keys: there is nothing in it that could not be written.
    serde_json::to_vec(event).unwrap_or_default()
}
