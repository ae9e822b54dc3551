//! What happened to one aggregate, commit by commit: with its words, or as it will read when they are forgotten.

use domain::{
    audit::Words,
    commit::{AggregateKey, Recorded, RecordedEvent},
};
use futures_util::{Stream, StreamExt, TryStreamExt, stream};
use nats::LoadError;
use serde_json::{Value, json};
use time::format_description::well_known::Rfc3339;

use super::AuditError;
use crate::house::House;

/// How many commits are in memory at a time.
const PAGE: usize = 200;

/// One aggregate, and how it is read.
#[derive(Debug, Clone, Copy)]
pub struct Wanted {
    /// Which one.
    pub aggregate: AggregateKey,
    /// Whether its private words are opened.
    pub words: Words,
}

impl Wanted {
    /// Its commits, in order.
    pub fn commits(self, house: &House) -> impl Stream<Item = Result<Recorded, LoadError>> + use<> {
        let journal = match self.words {
            Words::Opened => house.journal().clone(),
            Words::Sealed => house.journal().blindfolded(),
        };
        let pages = stream::try_unfold(Some(0), move |after| {
            let journal = journal.clone();
            async move {
                let Some(after) = after else { return Ok(None) };
                let (commits, left) = journal.next_after(self.aggregate, after, PAGE).await?;
                let last = commits.last().map(|recorded| recorded.position.sequence);
                Ok(Some((commits, last.filter(|_| left > 0))))
            }
        });
        pages.map_ok(|commits| stream::iter(commits).map(Ok)).try_flatten()
    }

    /// Fails if nothing was ever written about it.
    pub async fn is_known(self, house: &House) -> Result<(), AuditError> {
        match house.journal().last_of(self.aggregate).await? {
            0 => Err(AuditError::Unknown(self.aggregate)),
            _ => Ok(()),
        }
    }
}

/// A commit as JSON, with what is known of its words.
pub fn shown(recorded: &Recorded) -> Value {
    let commit = &recorded.commit;
    let events: Vec<_> = commit.events.iter().map(event).collect();
    json!({
        "position": recorded.position.to_string(),
        "aggregate": recorded.aggregate.to_string(),
        "commit": commit.id,
        "command": commit.command,
        "at": commit.at.format(&Rfc3339).unwrap_or_default(),
        "actor": commit.actor,
        "events": events,
    })
}

fn event(recorded: &RecordedEvent) -> Value {
    let event = &recorded.event;
    let body = event.serialize_body(serde_json::value::Serializer).unwrap_or(Value::Null);
    json!({ "id": recorded.id, "type": event.name(), "schema": event.schema(), "body": body })
}
