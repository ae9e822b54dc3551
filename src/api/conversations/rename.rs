//! `PATCH /conversations/{id}`: it is called otherwise from now on.

use axum::extract::State;
use domain::conversation::{ConversationId, RenameConversation};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{
    api::{
        answer::{Answer, Done},
        at::At,
        body::Sent,
        order::Order,
        problem::Problem,
    },
    house::House,
};

/// How it is called.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Title {
    /// The title; null to call it nothing again.
    #[serde(deserialize_with = "Option::deserialize")]
    #[schema(required, nullable, max_length = 255)]
    title: Option<String>,
}

/// Call a conversation otherwise.
#[utoipa::path(
    patch, path = "/api/v1/conversations/{id}", tag = "conversations", operation_id = "rename_conversation",
    params(("id" = uuid::Uuid, Path, description = "The conversation.")), request_body = Title,
    responses((status = 200, description = "It is called so now.", body = Done))
)]
pub async fn rename(
    State(house): State<House>,
    order: Order,
    At(id): At<ConversationId>,
    Sent { value, digest }: Sent<Title>,
) -> Result<Answer<Done>, Problem> {
    let command = RenameConversation { by: order.user, title: value.title };
    Ok(Answer::done(house.executor.execute(id, &command, &order.envelope_of(&digest)).await?))
}
