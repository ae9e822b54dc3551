//! `POST /personas/{id}/restore`: a retired persona may be chosen again.

use axum::extract::State;
use domain::persona::{PersonaId, RestorePersona};

use crate::{
    api::{
        answer::{Answer, Done},
        at::At,
        order::Order,
        problem::Problem,
    },
    house::House,
};

/// Take a persona out again.
#[utoipa::path(
    post, path = "/api/v1/personas/{id}/restore", tag = "personas", operation_id = "restore_persona",
    params(("id" = uuid::Uuid, Path, description = "The persona.")),
    responses((status = 200, description = "It may be chosen again.", body = Done))
)]
pub async fn restore(
    State(house): State<House>,
    order: Order,
    At(id): At<PersonaId>,
) -> Result<Answer<Done>, Problem> {
    let command = RestorePersona { by: order.user };
    Ok(Answer::done(house.executor.execute(id, &command, &order.envelope()).await?))
}
