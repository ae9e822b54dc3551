//! `POST /lorebooks/{id}/restore`: a retired lorebook is used again.

use axum::extract::State;
use domain::lorebook::{LorebookId, RestoreLorebook};

use crate::{
    api::{
        answer::{Answer, Done},
        at::At,
        order::Order,
        problem::Problem,
    },
    house::House,
};

/// Take a lorebook out again.
#[utoipa::path(
    post, path = "/api/v1/lorebooks/{id}/restore", tag = "lorebooks", operation_id = "restore_lorebook",
    params(("id" = uuid::Uuid, Path, description = "The lorebook.")),
    responses((status = 200, description = "It is used again.", body = Done))
)]
pub async fn restore(
    State(house): State<House>,
    order: Order,
    At(id): At<LorebookId>,
) -> Result<Answer<Done>, Problem> {
    let command = RestoreLorebook { by: order.user };
    Ok(Answer::done(house.executor.execute(id, &command, &order.envelope()).await?))
}
