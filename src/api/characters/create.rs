//! `POST /characters`: a character is made up, without a card.

use axum::extract::State;
use domain::character::{CharacterId, CreateCharacter, Profile};

use super::{New, location, parts::NewProfile};
use crate::{
    api::{answer::Answer, body::Sent, order::Order, problem::Problem},
    house::House,
};

/// Make a character up.
#[utoipa::path(
    post, path = "/api/v1/characters", tag = "characters", request_body = NewProfile,
    responses((status = 201, description = "It came in.", body = New))
)]
pub async fn create(
    State(house): State<House>,
    order: Order,
    Sent { value, digest }: Sent<NewProfile>,
) -> Result<Answer<New>, Problem> {
    if value.appearance.avatar.is_some() || !value.appearance.assets.is_empty() {
        return Err(Problem::invalid("unexpected-shape", "pictures and sounds come in with a card only"));
    }
    let (id, profile) = (order.id("character"), Profile::from(value));
    let name = profile.description.name.clone();
    let command = CreateCharacter { owner: order.user, profile };
    let accepted = house.executor.execute(id, &command, &order.envelope_of(&digest)).await?;
    Ok(Answer::created(accepted, location(id), answer(id, name, &accepted.position.to_string())))
}

fn answer(id: CharacterId, name: String, position: &str) -> New {
    New { id, name, position: position.to_owned() }
}
