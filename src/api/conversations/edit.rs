//! `PATCH /conversations/{id}/messages/{message_id}`: a person puts what they said in other words.

use axum::extract::State;
use domain::conversation::{ConversationId, EditMessage, MessageId};
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

/// Other words.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Words {
    /// What the message is to say.
    #[schema(min_length = 1, max_length = 65536)]
    text: String,
}

/// Put a message of yours in other words.
#[utoipa::path(
    patch, path = "/api/v1/conversations/{id}/messages/{message_id}", tag = "conversations",
    operation_id = "edit_message", request_body = Words,
    params(
        ("id" = uuid::Uuid, Path, description = "The conversation."),
        ("message_id" = uuid::Uuid, Path, description = "The message."),
    ),
    responses((status = 200, description = "It says so now.", body = Done))
)]
pub async fn edit(
    State(house): State<House>,
    order: Order,
    At((conversation, message)): At<(ConversationId, MessageId)>,
    Sent { value, digest }: Sent<Words>,
) -> Result<Answer<Done>, Problem> {
    let command = EditMessage { by: order.user, message, text: value.text };
    Ok(Answer::done(house.executor.execute(conversation, &command, &order.envelope_of(&digest)).await?))
}
