//! What analysts can read, as an AsyncAPI 3 document that is made from the types of the events.

use domain::public::{Described, describe, described};
use nats::Subjects;
use serde_json::{Map, Value, json};

use super::cloud_event::{CloudEvent, RESTARTED, Restarted, schema_id, type_of};

const ABOUT: &str = "Everything that happens in the house, one message an event, in order, without anybody's words: what \
    a type marks as private is not here. Ids are names that follow from the house's own under a key: the same thing has \
    the same name everywhere, and nobody without the key can tell what it is called inside. Every message is a \
    CloudEvent 1.0 in JSON; `source` and `id` together are unique for ever, so keep them to take each event once. A field \
    without a value is left out. New fields and new types come; none goes or changes.";

/// The document.
pub fn document(subjects: &Subjects) -> Value {
    let (mut channels, mut operations, mut messages) = (Map::new(), Map::new(), Map::new());
    for event in described().iter().map(Listed::of).chain([Listed::restarted()]) {
        let Listed { name, kind, .. } = &event;
        let reference = json!({ "$ref": format!("#/channels/{name}/messages/{name}") });
        channels.insert(name.clone(), channel(subjects, name, kind));
        operations.insert(
            format!("tell{name}"),
            json!({ "action": "send", "channel": { "$ref": format!("#/channels/{name}") }, "messages": [reference] }),
        );
        messages.insert(name.clone(), event.message());
    }
    json!({
        "asyncapi": "3.0.0",
        "info": { "title": "Innkeeper", "version": env!("CARGO_PKG_VERSION"), "description": ABOUT },
        "defaultContentType": "application/cloudevents+json",
        "channels": channels,
        "operations": operations,
        "components": { "messages": messages },
    })
}

/// An event, as the document has it.
struct Listed {
    name: String,
    kind: String,
    r#type: String,
    version: u16,
    data: Value,
}

impl Listed {
    fn of(event: &Described) -> Self {
        Self {
            name: event.name.to_owned(),
            kind: event.kind.name().to_owned(),
            r#type: type_of(event.kind, event.name),
            version: event.version,
            data: event.schema.clone(),
        }
    }

    fn restarted() -> Self {
        Self {
            name: "Restarted".to_owned(),
            kind: "stream".to_owned(),
            r#type: RESTARTED.to_owned(),
            version: 1,
            data: describe::<Restarted>(),
        }
    }

    fn message(self) -> Value {
        let summary = self.data.get("description").cloned().unwrap_or_default();
        let mut payload = describe::<CloudEvent>();
        let schema = schema_id(&self.name, self.version);
        for (attribute, schema) in [
            ("specversion", json!({ "const": "1.0" })),
            ("type", json!({ "const": self.r#type })),
            ("dataschema", json!({ "const": schema })),
            ("time", json!({ "type": "string", "format": "date-time" })),
            ("data", self.data),
        ] {
            put(&mut payload["properties"][attribute], schema);
        }
        json!({
            "name": self.r#type,
            "title": self.name,
            "summary": summary,
            "contentType": "application/cloudevents+json",
            "headers": headers(),
            "payload": payload,
        })
    }
}

/// What is said of the attribute in general, and of this one.
fn put(attribute: &mut Value, schema: Value) {
    let description = attribute["description"].take();
    *attribute = schema;
    if attribute.get("description").is_none() {
        attribute["description"] = description;
    }
}

fn channel(subjects: &Subjects, name: &str, kind: &str) -> Value {
    json!({
        "address": format!("{}.event.{kind}.{name}.{{id}}", subjects.prefix()),
        "parameters": { "id": { "description": "The name of what it happened to, the same in all its events." } },
        "messages": { name: { "$ref": format!("#/components/messages/{name}") } },
    })
}

fn headers() -> Value {
    json!({
        "type": "object",
        "properties": {
            "Nats-Msg-Id": { "type": "string", "description": "`<generation>.<sequence>.<index>`." },
            "Ink-Position": { "type": "string", "description": "The position of the commit in the log." },
            "Ink-Index": { "type": "string", "description": "Which event of the commit, from 0." },
            "Ink-Generation": { "type": "string", "description": "With which message of the stream it began." },
        },
    })
}
