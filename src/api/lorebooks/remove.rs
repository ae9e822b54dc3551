//! `DELETE /lorebooks/{id}/entries/{uid}`: a lorebook knows something no more.

use axum::extract::State;
use domain::lorebook::{LorebookId, RemoveEntry};

use super::EntryNumber;
use crate::{
    api::{
        answer::{Answer, Done},
        at::At,
        order::Order,
        problem::Problem,
    },
    house::House,
};

/// Take an entry out of a lorebook.
#[utoipa::path(
    delete, path = "/api/v1/lorebooks/{id}/entries/{uid}", tag = "lorebooks", operation_id = "remove_entry",
    params(
        ("id" = uuid::Uuid, Path, description = "The lorebook."),
        ("uid" = u64, Path, description = "The number of the entry."),
    ),
    responses((status = 200, description = "It is no more.", body = Done))
)]
pub async fn remove(
    State(house): State<House>,
    order: Order,
    At((id, entry)): At<(LorebookId, EntryNumber)>,
) -> Result<Answer<Done>, Problem> {
    let command = RemoveEntry { by: order.user, uid: entry.0 };
    Ok(Answer::done(house.executor.execute(id, &command, &order.envelope()).await?))
}
