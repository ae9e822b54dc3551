//! `POST /conversations/{id}/close`: it is over, and with it every reply that is under way. It stays readable.

use axum::extract::State;
use domain::conversation::{CloseConversation, ConversationId};

use crate::{
    api::{
        answer::{Answer, Done},
        at::At,
        order::Order,
        problem::Problem,
    },
    house::House,
};

/// Close a conversation.
#[utoipa::path(
    post, path = "/api/v1/conversations/{id}/close", tag = "conversations", operation_id = "close_conversation",
    params(("id" = uuid::Uuid, Path, description = "The conversation.")),
    responses((status = 200, description = "It is over.", body = Done))
)]
pub async fn close(
    State(house): State<House>,
    order: Order,
    At(id): At<ConversationId>,
) -> Result<Answer<Done>, Problem> {
    let command = CloseConversation { by: order.user };
    Ok(Answer::done(house.executor.execute(id, &command, &order.envelope()).await?))
}
