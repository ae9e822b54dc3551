//! `POST /conversations/{id}/replies`: a character is asked to speak without anybody having said something new.

use axum::{extract::State, http::HeaderMap, response::Response};
use domain::{
    character::CharacterId,
    conversation::{Conversation, ConversationId, RequestReply},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{owned, send::candidate, turn::Turn};
use crate::{
    api::{at::At, body::Sent, order::Order, problem::Problem, replies::RequestedReply},
    house::House,
};

/// Who is to speak.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// One of those who take part.
    #[schema(value_type = uuid::Uuid)]
    character_id: CharacterId,
}

/// What was asked for.
#[derive(Debug, Serialize, ToSchema)]
pub struct Requested {
    /// The reply.
    pub replies: Vec<RequestedReply>,
    /// Where in the log it was asked for.
    pub position: String,
}

/// Ask a character to speak. With `Accept: text/event-stream` it is told in this very answer.
#[utoipa::path(
    post, path = "/api/v1/conversations/{id}/replies", tag = "conversations", operation_id = "request_reply",
    params(("id" = uuid::Uuid, Path, description = "The conversation.")), request_body = Request,
    responses(
        (status = 202, description = "It was asked for.", body = Requested),
        (status = 200, description = "It is told as it is said.", content_type = "text/event-stream", body = String),
    )
)]
pub async fn request(
    State(house): State<House>,
    order: Order,
    At(conversation): At<ConversationId>,
    headers: HeaderMap,
    Sent { value, digest }: Sent<Request>,
) -> Result<Response, Problem> {
    house.executor.look::<Conversation, _>(conversation, |seen| owned(seen, order.user).map(drop)).await??;
    let candidate = candidate(&house, &order, value.character_id).await?;
    let turn =
        Turn::expect(&house, &headers, [(candidate.reply, Some(candidate.message), candidate.character)]);
    let command = RequestReply { by: order.user, candidate };
    let accepted = house.executor.execute(conversation, &command, &order.envelope_of(&digest)).await?;
    let answer = |replies, position| Requested { replies, position };
    turn.answer(&house, order.user, conversation, accepted, answer).await
}
