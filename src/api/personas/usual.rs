//! `/personas/default`: as whom one talks where one does not say, with everybody or with one character.
//!
//! It stands in one's own history, not in the personas': there can be only one.

use std::collections::BTreeMap;

use axum::{Json, extract::State};
use domain::{
    character::CharacterId,
    persona::PersonaId,
    user::{Choice, ChooseUserPersona, Companion, User},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::owned;
use crate::{
    api::{
        answer::{Answer, Done},
        auth::Caller,
        body::Sent,
        characters,
        order::Order,
        problem::Problem,
        query::Asked,
    },
    house::House,
};

/// As whom you talk where you do not say.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DefaultPersonas)]
pub struct Usual {
    /// With everybody for whom nothing else is chosen; null for as nobody in particular.
    #[schema(value_type = Option<uuid::Uuid>)]
    persona_id: Option<PersonaId>,
    /// With these characters: the persona for each, by the character's id.
    #[schema(value_type = std::collections::HashMap<uuid::Uuid, uuid::Uuid>)]
    characters: BTreeMap<CharacterId, PersonaId>,
}

/// With whom.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct With {
    /// With this character only; when left out, with everybody for whom nothing else is chosen.
    #[param(value_type = Option<uuid::Uuid>)]
    character_id: Option<CharacterId>,
}

/// As whom.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = DefaultPersona)]
pub struct Chosen {
    /// The persona.
    #[schema(value_type = uuid::Uuid)]
    persona_id: PersonaId,
}

/// As whom you talk where you do not say.
#[utoipa::path(
    get, path = "/api/v1/personas/default", tag = "personas", operation_id = "show_default_persona",
    responses((status = 200, description = "Those that you chose; one that was retired since is passed over.", body = Usual))
)]
pub async fn show(State(house): State<House>, caller: Caller) -> Result<Json<Usual>, Problem> {
    let guises = house.executor.look::<User, _>(caller.user, |user| {
        user.state().person().map(|person| person.guises.clone()).unwrap_or_default()
    });
    let guises = guises.await?;
    Ok(Json(Usual { persona_id: guises.usual, characters: guises.with }))
}

/// Talk as this one where you do not say. A conversation that began is not changed by it.
#[utoipa::path(
    put, path = "/api/v1/personas/default", tag = "personas", operation_id = "choose_default_persona",
    params(With), request_body = Chosen,
    responses((status = 200, description = "Conversations begin as it from now on.", body = Done))
)]
pub async fn choose(
    State(house): State<House>,
    order: Order,
    Asked(with): Asked<With>,
    Sent { value, digest }: Sent<Chosen>,
) -> Result<Answer<Done>, Problem> {
    let with = companion(&house, &order, &with).await?;
    let persona = choice(&house, &order, value.persona_id).await?;
    let command = ChooseUserPersona { by: order.user, with, persona: Some(persona) };
    Ok(Answer::done(house.executor.execute(order.user, &command, &order.envelope_of(&digest)).await?))
}

/// Talk as nobody in particular where you do not say.
#[utoipa::path(
    delete, path = "/api/v1/personas/default", tag = "personas", operation_id = "lay_down_default_persona",
    params(With),
    responses((status = 200, description = "Nothing is chosen now.", body = Done))
)]
pub async fn lay_down(
    State(house): State<House>,
    order: Order,
    Asked(with): Asked<With>,
) -> Result<Answer<Done>, Problem> {
    let with = companion(&house, &order, &with).await?;
    let command = ChooseUserPersona { by: order.user, with, persona: None };
    Ok(Answer::done(house.executor.execute(order.user, &command, &order.envelope()).await?))
}

/// The character, with what the rules want to know of it.
async fn companion(house: &House, order: &Order, with: &With) -> Result<Option<Companion>, Problem> {
    let Some(id) = with.character_id else { return Ok(None) };
    let owner = house
        .executor
        .look(id, |character| characters::owned(character, order.user).map(|sheet| sheet.owner))
        .await??;
    Ok(Some(Companion { id, owner }))
}

/// The persona, with what the rules want to know of it.
async fn choice(house: &House, order: &Order, id: PersonaId) -> Result<Choice, Problem> {
    house
        .executor
        .look(id, |persona| {
            let guise = owned(persona, order.user)?;
            Ok(Choice { id, owner: guise.owner, standing: guise.standing })
        })
        .await?
}
