//! `DELETE /lorebooks/{id}`: a lorebook is put away. Nothing of it is lost, and it can be restored.

use axum::extract::State;
use domain::lorebook::{LorebookId, RetireLorebook};

use crate::{
    api::{
        answer::{Answer, Done},
        at::At,
        order::Order,
        problem::Problem,
    },
    house::House,
};

/// Put a lorebook away.
#[utoipa::path(
    delete, path = "/api/v1/lorebooks/{id}", tag = "lorebooks", operation_id = "retire_lorebook",
    params(("id" = uuid::Uuid, Path, description = "The lorebook.")),
    responses((status = 200, description = "It is not used from now on.", body = Done))
)]
pub async fn retire(
    State(house): State<House>,
    order: Order,
    At(id): At<LorebookId>,
) -> Result<Answer<Done>, Problem> {
    let command = RetireLorebook { by: order.user };
    Ok(Answer::done(house.executor.execute(id, &command, &order.envelope()).await?))
}
