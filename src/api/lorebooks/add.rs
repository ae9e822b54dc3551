//! `POST /lorebooks/{id}/entries`: a lorebook knows more.
//!
//! An entry that comes without a number gets one that follows from the order, so that a repeated order adds nothing
//! twice, and two that come at once do not get the same.

use axum::extract::State;
use domain::{
    Id, bounds,
    lorebook::{AddEntries, Entry, LorebookId},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::{location, parts::LorebookEntry};
use crate::{
    api::{answer::Answer, at::At, body::Sent, merge, order::Order, problem::Problem},
    house::House,
};

/// Entries for a lorebook.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct More {
    /// The entries, in their order; what is left out of one is as in an empty entry.
    #[schema(value_type = Vec<LorebookEntry>, min_items = 1)]
    entries: Vec<Value>,
}

/// Entries that were added.
#[derive(Debug, Serialize, ToSchema)]
pub struct AddedEntries {
    /// Their numbers, in their order.
    uids: Vec<u64>,
    /// Where in the log they came in.
    position: String,
}

/// Add entries to a lorebook.
#[utoipa::path(
    post, path = "/api/v1/lorebooks/{id}/entries", tag = "lorebooks", operation_id = "add_entries",
    params(("id" = uuid::Uuid, Path, description = "The lorebook.")), request_body = More,
    responses((status = 201, description = "They are the last ones now.", body = AddedEntries))
)]
pub async fn add(
    State(house): State<House>,
    order: Order,
    At(id): At<LorebookId>,
    Sent { value, digest }: Sent<More>,
) -> Result<Answer<AddedEntries>, Problem> {
    if value.entries.is_empty() {
        return Err(Problem::invalid("unexpected-shape", "there is no entry to add"));
    }
    let entries: Result<Vec<_>, _> =
        (0..).zip(value.entries).map(|(nth, entry)| numbered(nth, entry, &order)).collect();
    let command = AddEntries { by: order.user, entries: entries? };
    let uids = command.entries.iter().map(|entry| entry.uid).collect();
    let accepted = house.executor.execute(id, &command, &order.envelope_of(&digest)).await?;
    let position = accepted.position.to_string();
    Ok(Answer::created(accepted, format!("{}/entries", location(id)), AddedEntries { uids, position }))
}

/// The entry that was sent, with a number.
fn numbered(nth: usize, sent: Value, order: &Order) -> Result<Entry, Problem> {
    let has_number = sent.get("uid").is_some_and(|uid| !uid.is_null());
    let mut entry = Entry::from(merge::whole::<LorebookEntry>(&format!("entries[{nth}]"), sent)?);
    if !has_number {
        entry.uid = free(order.id(&format!("entry {nth}")));
    }
    Ok(entry)
}

/// A number that nobody has: as good as drawn from as many as JavaScript can count.
fn free(id: Id<Entry>) -> u64 {
    let (_, low) = id.uuid().as_u64_pair();
    low & bounds::ENTRY_NUMBER
}
