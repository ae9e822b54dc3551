//! `POST /replies/{id}/cancel`: the person does not want the reply any more. What was said until then stays.

use axum::extract::State;
use domain::conversation::{CancelReply, ReplyId};

use super::place;
use crate::{
    api::{
        answer::{Answer, Done},
        at::At,
        order::Order,
        problem::Problem,
    },
    house::House,
};

/// Stop a reply.
#[utoipa::path(
    post, path = "/api/v1/replies/{id}/cancel", tag = "replies", operation_id = "cancel_reply",
    params(("id" = uuid::Uuid, Path, description = "The reply.")),
    responses((status = 200, description = "It is said no further.", body = Done))
)]
pub async fn cancel(
    State(house): State<House>,
    order: Order,
    At(reply): At<ReplyId>,
) -> Result<Answer<Done>, Problem> {
    let conversation = place::of(&house, order.user, reply).await?.conversation;
    let command = CancelReply { by: order.user, reply, partial: house.text_so_far(reply).await };
    Ok(Answer::done(house.executor.execute(conversation, &command, &order.envelope()).await?))
}
