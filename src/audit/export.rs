//! Lets the log out as lines of JSON: sealed, as it is stored and as an offline verifier reads it; or opened, for people
//! who may read it.

use domain::audit::Words;
use futures_util::{Stream, StreamExt};
use serde_json::{Value, json};
use time::format_description::well_known::Rfc3339;

use super::{AuditError, message, of_replay};
use crate::house::House;

/// The commits of a stretch, a line each, until the first thing that is wrong.
pub fn lines(
    house: &House,
    from: u64,
    to: u64,
    words: Words,
) -> impl Stream<Item = Result<String, AuditError>> + use<> {
    let after = from.saturating_sub(1);
    let house = house.clone();
    house.journal().replay(after, to).then(move |stored| {
        let house = house.clone();
        async move {
            let stored = stored.map_err(|error| of_replay(error, to))?;
            Ok(match words {
                Words::Sealed => proofs::to_line(&message(&stored)),
                Words::Opened => opened(&house, &stored).await,
            })
        }
    })
}

/// The commit as it reads. One that cannot be read says so, and the others go on.
async fn opened(house: &House, stored: &nats::Stored) -> String {
    let position = house.journal().at(stored.sequence).to_string();
    let line = match house.journal().open_stored(stored).await {
        Ok(recorded) => {
            let commit = &recorded.commit;
            let events: Vec<_> = commit.events.iter().map(event).collect();
            json!({
                "position": position,
                "aggregate": recorded.aggregate.to_string(),
                "commit": commit.id,
                "command": commit.command,
                "at": commit.at.format(&Rfc3339).unwrap_or_default(),
                "actor": commit.actor,
                "events": events,
            })
        }
        Err(error) => json!({ "position": position, "subject": stored.subject, "error": error.to_string() }),
    };
    line.to_string()
}

fn event(recorded: &domain::commit::RecordedEvent) -> Value {
    let event = &recorded.event;
    let body = event.serialize_body(serde_json::value::Serializer).unwrap_or(Value::Null);
    json!({ "id": recorded.id, "type": event.name(), "schema": event.schema(), "body": body })
}
