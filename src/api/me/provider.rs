//! `/me/provider`: which model answers one, where a character has no settings of its own.

use axum::{Json, extract::State, response::IntoResponse};
use domain::{
    provider::ProviderChoice,
    user::{ChooseUserProvider, User, UserId},
};

use crate::{
    api::{
        answer::{Answer, Done},
        auth::Caller,
        body::Sent,
        order::Order,
        problem::Problem,
        provider::{self, Described},
    },
    house::House,
    provider::ProviderSettings,
};

/// Which model answers you.
#[utoipa::path(
    get, path = "/api/v1/me/provider", tag = "me", operation_id = "show_my_provider",
    responses((status = 200, description = "Your settings, secrets masked.", body = Described))
)]
pub async fn show(State(house): State<House>, caller: Caller) -> Result<impl IntoResponse, Problem> {
    let choice = choice(&house, caller.user).await?;
    Ok(Json(provider::shown(&choice, caller.user, &house)?))
}

/// Choose which model answers you: the settings, whole.
#[utoipa::path(
    put, path = "/api/v1/me/provider", tag = "me", operation_id = "choose_my_provider", request_body = Described,
    responses((status = 200, description = "They are in force for the next reply.", body = Done))
)]
pub async fn choose(
    State(house): State<House>,
    order: Order,
    Sent { value, digest }: Sent<ProviderSettings>,
) -> Result<Answer<Done>, Problem> {
    let before = choice(&house, order.user).await?;
    let provider = provider::chosen(&value, &before, order.user, &house)?;
    let command = ChooseUserProvider { provider };
    Ok(Answer::done(house.executor.execute(order.user, &command, &order.envelope_of(&digest)).await?))
}

/// Go back to the house's settings.
#[utoipa::path(
    delete, path = "/api/v1/me/provider", tag = "me", operation_id = "forget_my_provider",
    responses((status = 200, description = "The house's settings are in force.", body = Done))
)]
pub async fn forget(State(house): State<House>, order: Order) -> Result<Answer<Done>, Problem> {
    let command = ChooseUserProvider { provider: ProviderChoice::default() };
    Ok(Answer::done(house.executor.execute(order.user, &command, &order.envelope()).await?))
}

async fn choice(house: &House, user: UserId) -> Result<ProviderChoice, Problem> {
    let choice = house.executor.look::<User, _>(user, |user| {
        user.state().person().map(|person| person.provider.clone()).unwrap_or_default()
    });
    Ok(choice.await?)
}
