//! `DELETE /conversations/{id}/messages/{message_id}`: a message leaves the story, and with it the replies to it that are
//! under way.

use axum::extract::State;
use domain::conversation::{ConversationId, DeleteMessage, MessageId};

use crate::{
    api::{
        answer::{Answer, Done},
        at::At,
        order::Order,
        problem::Problem,
    },
    house::House,
};

/// Take a message out of the story.
#[utoipa::path(
    delete, path = "/api/v1/conversations/{id}/messages/{message_id}", tag = "conversations",
    operation_id = "delete_message",
    params(
        ("id" = uuid::Uuid, Path, description = "The conversation."),
        ("message_id" = uuid::Uuid, Path, description = "The message."),
    ),
    responses((status = 200, description = "It is no part of the story any more.", body = Done))
)]
pub async fn delete(
    State(house): State<House>,
    order: Order,
    At((conversation, message)): At<(ConversationId, MessageId)>,
) -> Result<Answer<Done>, Problem> {
    let command = DeleteMessage { by: order.user, message };
    Ok(Answer::done(house.executor.execute(conversation, &command, &order.envelope()).await?))
}
