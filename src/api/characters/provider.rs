//! `/characters/{id}/provider`: which model speaks for a character, whatever its owner's settings say.

use axum::{Json, extract::State, response::IntoResponse};
use domain::{
    character::{CharacterId, ChooseCharacterProvider},
    provider::ProviderChoice,
};

use super::owned;
use crate::{
    api::{
        answer::{Answer, Done},
        at::At,
        auth::Caller,
        body::Sent,
        order::Order,
        problem::Problem,
        provider::{self, Described},
    },
    house::House,
    provider::ProviderSettings,
};

/// Which model speaks for a character.
#[utoipa::path(
    get, path = "/api/v1/characters/{id}/provider", tag = "characters", operation_id = "show_character_provider",
    params(("id" = uuid::Uuid, Path, description = "The character.")),
    responses((status = 200, description = "Its settings, secrets masked.", body = Described))
)]
pub async fn show(
    State(house): State<House>,
    caller: Caller,
    At(id): At<CharacterId>,
) -> Result<impl IntoResponse, Problem> {
    let choice = choice(&house, caller.user, id).await?;
    Ok(Json(provider::shown(&choice, caller.user, &house)?))
}

/// Choose which model speaks for a character: the settings, whole.
#[utoipa::path(
    put, path = "/api/v1/characters/{id}/provider", tag = "characters", operation_id = "choose_character_provider",
    params(("id" = uuid::Uuid, Path, description = "The character.")), request_body = Described,
    responses((status = 200, description = "They are in force for the next reply.", body = Done))
)]
pub async fn choose(
    State(house): State<House>,
    order: Order,
    At(id): At<CharacterId>,
    Sent { value, digest }: Sent<ProviderSettings>,
) -> Result<Answer<Done>, Problem> {
    let before = choice(&house, order.user, id).await?;
    let provider = provider::chosen(&value, &before, order.user, &house)?;
    let command = ChooseCharacterProvider { by: order.user, provider };
    Ok(Answer::done(house.executor.execute(id, &command, &order.envelope_of(&digest)).await?))
}

/// Go back to your own settings.
#[utoipa::path(
    delete, path = "/api/v1/characters/{id}/provider", tag = "characters", operation_id = "forget_character_provider",
    params(("id" = uuid::Uuid, Path, description = "The character.")),
    responses((status = 200, description = "Your own settings are in force.", body = Done))
)]
pub async fn forget(
    State(house): State<House>,
    order: Order,
    At(id): At<CharacterId>,
) -> Result<Answer<Done>, Problem> {
    let command = ChooseCharacterProvider { by: order.user, provider: ProviderChoice::default() };
    Ok(Answer::done(house.executor.execute(id, &command, &order.envelope()).await?))
}

async fn choice(
    house: &House,
    user: domain::user::UserId,
    id: CharacterId,
) -> Result<ProviderChoice, Problem> {
    let choice =
        house.executor.look(id, |character| owned(character, user).map(|sheet| sheet.provider.clone()));
    choice.await?
}
