//! `DELETE /characters/{id}`: a character is retired. What it said stays, and it can be restored.

use axum::extract::State;
use domain::character::{CharacterId, RetireCharacter};

use crate::{
    api::{
        answer::{Answer, Done},
        at::At,
        order::Order,
        problem::Problem,
    },
    house::House,
};

/// Let a character rest.
#[utoipa::path(
    delete, path = "/api/v1/characters/{id}", tag = "characters",
    params(("id" = uuid::Uuid, Path, description = "The character.")),
    responses((status = 200, description = "It says nothing from now on.", body = Done))
)]
pub async fn retire(
    State(house): State<House>,
    order: Order,
    At(id): At<CharacterId>,
) -> Result<Answer<Done>, Problem> {
    let command = RetireCharacter { by: order.user };
    Ok(Answer::done(house.executor.execute(id, &command, &order.envelope()).await?))
}
