//! `POST /personas`: somebody to be is made up.

use axum::extract::State;
use domain::persona::{CreatePersona, PersonaId, Profile};

use super::{New, check_lorebook, location, parts::PersonaProfile};
use crate::{
    api::{answer::Answer, body::Sent, order::Order, problem::Problem},
    house::House,
};

/// Make a persona up. A picture is brought to its `/avatar`.
#[utoipa::path(
    post, path = "/api/v1/personas", tag = "personas", operation_id = "create_persona",
    request_body = PersonaProfile,
    responses((status = 201, description = "It is there.", body = New))
)]
pub async fn create(
    State(house): State<House>,
    order: Order,
    Sent { value, digest }: Sent<PersonaProfile>,
) -> Result<Answer<New>, Problem> {
    let id: PersonaId = order.id("persona");
    let profile = Profile::from(value);
    check_lorebook(&house, order.user, &profile).await?;
    let name = profile.name.clone();
    let command = CreatePersona { owner: order.user, profile, source: None };
    let accepted = house.executor.execute(id, &command, &order.envelope_of(&digest)).await?;
    let position = accepted.position.to_string();
    Ok(Answer::created(accepted, location(id), New { id, name, position }))
}
