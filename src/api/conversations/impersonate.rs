//! `POST /conversations/{id}/impersonations`: the model writes what the person could say next.
//!
//! It is listened to and cancelled as a reply, under `/replies`. It is no message: who likes it sends it.

use axum::{extract::State, http::HeaderMap, response::Response};
use domain::{
    character::CharacterId,
    conversation::{Conversation, ConversationId, RequestImpersonation, Room},
};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{owned, request::Requested, turn::Turn};
use crate::{
    api::{at::At, body::Sent, characters::standing, order::Order, problem::Problem},
    house::House,
    stamp,
};

/// How it is wanted.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Impersonation)]
pub struct Wanted {
    /// To whom the person would speak; when left out, to whoever spoke last.
    #[serde(default)]
    #[schema(value_type = Option<uuid::Uuid>)]
    character_id: Option<CharacterId>,
    /// What the person wants of it.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 65536)]
    instruction: Option<String>,
}

/// Ask what the person could say next. It is no message: send it, or something else. With `Accept: text/event-stream` it
/// is told in this very answer.
#[utoipa::path(
    post, path = "/api/v1/conversations/{id}/impersonations", tag = "conversations",
    operation_id = "request_impersonation",
    params(("id" = uuid::Uuid, Path, description = "The conversation.")), request_body = Wanted,
    responses(
        (status = 202, description = "It was asked for.", body = Requested),
        (status = 200, description = "It is told as it is said.", content_type = "text/event-stream", body = String),
    )
)]
pub async fn impersonate(
    State(house): State<House>,
    order: Order,
    At(conversation): At<ConversationId>,
    headers: HeaderMap,
    Sent { value, digest }: Sent<Wanted>,
) -> Result<Response, Problem> {
    let listener = house
        .executor
        .look::<Conversation, _>(conversation, |seen| owned(seen, order.user).map(Room::listener));
    let listener = listener.await??;
    let Wanted { character_id, instruction } = value;
    let Some(character) = character_id.or(listener) else {
        return Err(Problem::invalid("nobody-there", "nobody takes part to whom the person could speak"));
    };
    let standing = house.executor.look(character, standing).await?;
    let (by, reply, dice) = (order.user, order.id("reply"), stamp::dice());
    let turn = Turn::expect(&house, &headers, [(reply, None, character)]);
    let command = RequestImpersonation { by, reply, character, standing, dice, instruction };
    let accepted = house.executor.execute(conversation, &command, &order.envelope_of(&digest)).await?;
    let answer = |replies, position| Requested { replies, position };
    turn.answer(&house, order.user, conversation, accepted, answer).await
}
