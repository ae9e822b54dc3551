//! `DELETE /personas/{id}`: a persona is put away. Conversations that are held as it go on, and it can be restored.

use axum::extract::State;
use domain::persona::{PersonaId, RetirePersona};

use crate::{
    api::{
        answer::{Answer, Done},
        at::At,
        order::Order,
        problem::Problem,
    },
    house::House,
};

/// Put a persona away.
#[utoipa::path(
    delete, path = "/api/v1/personas/{id}", tag = "personas", operation_id = "retire_persona",
    params(("id" = uuid::Uuid, Path, description = "The persona.")),
    responses((status = 200, description = "It is not chosen from now on.", body = Done))
)]
pub async fn retire(
    State(house): State<House>,
    order: Order,
    At(id): At<PersonaId>,
) -> Result<Answer<Done>, Problem> {
    let command = RetirePersona { by: order.user };
    Ok(Answer::done(house.executor.execute(id, &command, &order.envelope()).await?))
}
