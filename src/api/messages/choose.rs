//! `POST /messages/{id}/choose`: another variant of a message counts from now on.

use axum::extract::State;
use domain::conversation::{ChooseVariant, MessageId};
use projections::transcripts;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{
    api::{
        after,
        answer::{Answer, Done},
        at::{At, Named},
        body::Sent,
        order::Order,
        problem::Problem,
    },
    house::House,
};

/// Which variant.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Choice {
    /// Counted from 0.
    #[schema(value_type = u64, maximum = 4_294_967_295_u64)]
    variant: u32,
}

/// Let another wording count.
#[utoipa::path(
    post, path = "/api/v1/messages/{id}/choose", tag = "messages", operation_id = "choose_variant",
    params(("id" = uuid::Uuid, Path, description = "The message.")), request_body = Choice,
    responses((status = 200, description = "It counts from now on.", body = Done))
)]
pub async fn choose(
    State(house): State<House>,
    order: Order,
    At(message): At<MessageId>,
    Sent { value, digest }: Sent<Choice>,
) -> Result<Answer<Done>, Problem> {
    let found = after::find(&house, || transcripts::conversation_of(&house.pool, message)).await?;
    let (conversation, _) = found.filter(|(_, owner)| *owner == order.user).ok_or_else(MessageId::missing)?;
    let command = ChooseVariant { by: order.user, message, variant: value.variant };
    Ok(Answer::done(house.executor.execute(conversation, &command, &order.envelope_of(&digest)).await?))
}
