//! `PATCH /lorebooks/{id}`: a lorebook is called, described or searched otherwise.
//!
//! What is given is merged onto what it is now; the command carries all settings, as the domain wants them.

use axum::extract::State;
use domain::lorebook::{LorebookId, ReviseLorebook, Settings};
use serde_json::Value;

use super::{owned, parts::LorebookSettings};
use crate::{
    api::{
        answer::{Answer, Done},
        at::At,
        body::Sent,
        merge,
        order::Order,
        problem::Problem,
    },
    house::House,
};

/// Change some settings of a lorebook; those that are left out stay.
#[utoipa::path(
    patch, path = "/api/v1/lorebooks/{id}", tag = "lorebooks", operation_id = "revise_lorebook",
    request_body(content = Object, description = "The fields of LorebookSettings that change."),
    params(("id" = uuid::Uuid, Path, description = "The lorebook.")),
    responses((status = 200, description = "They are so now.", body = Done))
)]
pub async fn revise(
    State(house): State<House>,
    order: Order,
    At(id): At<LorebookId>,
    Sent { value, digest }: Sent<Value>,
) -> Result<Answer<Done>, Problem> {
    let settings = house.executor.look(id, |lorebook| {
        let book = owned(lorebook, order.user)?;
        merge::onto::<LorebookSettings, Settings>("", &book.settings, value)
    });
    let command = ReviseLorebook { by: order.user, settings: settings.await?? };
    Ok(Answer::done(house.executor.execute(id, &command, &order.envelope_of(&digest)).await?))
}
