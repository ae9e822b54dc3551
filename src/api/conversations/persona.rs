//! `PUT` and `DELETE /conversations/{id}/persona`: its owner goes on as somebody else. What was said stays as it was said.

use axum::extract::State;
use domain::{
    conversation::{ChooseConversationPersona, ConversationId},
    persona::PersonaId,
};
use serde::Deserialize;
use utoipa::ToSchema;

use super::start::SentPersona;
use crate::{
    api::{
        answer::{Answer, Done},
        at::At,
        body::Sent,
        order::Order,
        problem::Problem,
    },
    house::House,
    personas,
};

/// As whom.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(untagged)]
#[schema(as = TakenPersona)]
pub enum Taken {
    /// As one of your personas.
    Named(Named),
    /// As somebody of this conversation only.
    Here(SentPersona),
}

/// One of your personas.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NamedPersona)]
pub struct Named {
    /// Which one.
    #[schema(value_type = uuid::Uuid)]
    persona_id: PersonaId,
}

/// Go on as somebody else.
#[utoipa::path(
    put, path = "/api/v1/conversations/{id}/persona", tag = "conversations",
    operation_id = "choose_conversation_persona", request_body = Taken,
    params(("id" = uuid::Uuid, Path, description = "The conversation.")),
    responses((status = 200, description = "Replies are to this one from now on.", body = Done))
)]
pub async fn choose(
    State(house): State<House>,
    order: Order,
    At(id): At<ConversationId>,
    Sent { value, digest }: Sent<Taken>,
) -> Result<Answer<Done>, Problem> {
    let persona = match value {
        Taken::Named(Named { persona_id }) => personas::named(&house, order.user, persona_id).await?,
        Taken::Here(persona) => persona.into(),
    };
    let command = ChooseConversationPersona { by: order.user, persona: Some(persona) };
    Ok(Answer::done(house.executor.execute(id, &command, &order.envelope_of(&digest)).await?))
}

/// Go on as nobody in particular.
#[utoipa::path(
    delete, path = "/api/v1/conversations/{id}/persona", tag = "conversations",
    operation_id = "lay_down_conversation_persona",
    params(("id" = uuid::Uuid, Path, description = "The conversation.")),
    responses((status = 200, description = "Replies are to nobody in particular from now on.", body = Done))
)]
pub async fn lay_down(
    State(house): State<House>,
    order: Order,
    At(id): At<ConversationId>,
) -> Result<Answer<Done>, Problem> {
    let command = ChooseConversationPersona { by: order.user, persona: None };
    Ok(Answer::done(house.executor.execute(id, &command, &order.envelope()).await?))
}
