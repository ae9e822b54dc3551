//! `POST /replies/{id}/regenerate`: the character is asked to say it otherwise; the new words become a variant of the
//! same message.

use axum::{extract::State, http::HeaderMap, response::Response};
use domain::{
    character::{Character, CharacterId},
    conversation::{ConversationRejected, MessageId, RegenerateReply, ReplyId},
};
use serde::Serialize;
use utoipa::ToSchema;

use super::place::{self, Place};
use crate::{
    api::{at::At, characters::standing, conversations::turn::Turn, order::Order, problem::Problem},
    house::House,
    stamp,
};

/// A reply that was asked for.
#[derive(Debug, Serialize, ToSchema)]
pub struct Regenerating {
    /// Its id: `GET /replies/{reply_id}/stream` listens to it.
    #[schema(value_type = uuid::Uuid)]
    reply_id: ReplyId,
    /// The message of which it becomes a variant.
    #[schema(value_type = uuid::Uuid)]
    message_id: MessageId,
    /// Who was asked.
    #[schema(value_type = uuid::Uuid)]
    character_id: CharacterId,
    /// Where in the log it was asked for.
    position: String,
}

/// Ask for another wording. With `Accept: text/event-stream` it is told in this very answer.
#[utoipa::path(
    post, path = "/api/v1/replies/{id}/regenerate", tag = "replies", operation_id = "regenerate_reply",
    params(("id" = uuid::Uuid, Path, description = "The reply that is to be said otherwise.")),
    responses(
        (status = 202, description = "It was asked for.", body = Regenerating),
        (status = 200, description = "It is told as it is said.", content_type = "text/event-stream", body = String),
    )
)]
pub async fn regenerate(
    State(house): State<House>,
    order: Order,
    At(instead_of): At<ReplyId>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let Place { conversation, message, character, .. } = place::of(&house, order.user, instead_of).await?;
    let message = message.ok_or_else(|| Problem::rejected(&ConversationRejected::OnlyProposed))?;
    let reply = order.id("reply");
    let standing = house.executor.look::<Character, _>(character, standing).await?;
    let turn = Turn::expect(&house, &headers, [(reply, Some(message), character)]);
    let command = RegenerateReply { by: order.user, instead_of, reply, standing, dice: stamp::dice() };
    let accepted = house.executor.execute(conversation, &command, &order.envelope()).await?;
    let answer = |_, position| Regenerating {
        reply_id: reply,
        message_id: message,
        character_id: character,
        position,
    };
    turn.answer(&house, order.user, conversation, accepted, answer).await
}
