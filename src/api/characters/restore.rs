//! `POST /characters/{id}/restore`: a retired character speaks again.

use axum::extract::State;
use domain::character::{CharacterId, RestoreCharacter};

use crate::{
    api::{
        answer::{Answer, Done},
        at::At,
        order::Order,
        problem::Problem,
    },
    house::House,
};

/// Wake a character up.
#[utoipa::path(
    post, path = "/api/v1/characters/{id}/restore", tag = "characters",
    params(("id" = uuid::Uuid, Path, description = "The character.")),
    responses((status = 200, description = "It speaks again.", body = Done))
)]
pub async fn restore(
    State(house): State<House>,
    order: Order,
    At(id): At<CharacterId>,
) -> Result<Answer<Done>, Problem> {
    let command = RestoreCharacter { by: order.user };
    Ok(Answer::done(house.executor.execute(id, &command, &order.envelope()).await?))
}
