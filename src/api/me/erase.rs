//! `DELETE /me`: one is forgotten.

use axum::extract::State;
use domain::user::EraseUser;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{
    api::{
        answer::{Answer, Done},
        body::Sent,
        order::Order,
        problem::Problem,
    },
    erasure,
    house::House,
};

/// That one means it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Farewell {
    /// What you are called, once more, to the letter.
    #[schema(max_length = 255)]
    name: String,
}

/// Be forgotten, for ever: all that you said, wrote and brought. Your keys open nothing from this moment on.
#[utoipa::path(
    delete, path = "/api/v1/me", tag = "me", operation_id = "erase_me", request_body = Farewell,
    responses((status = 200, description = "You are forgotten.", body = Done))
)]
pub async fn erase(
    State(house): State<House>,
    order: Order,
    Sent { value, digest }: Sent<Farewell>,
) -> Result<Answer<Done>, Problem> {
    let command = EraseUser { name: value.name };
    let accepted = house.executor.execute(order.user, &command, &order.envelope_of(&digest)).await?;
    // The log has it: whatever is away now, it happens all the same.
    if let Err(error) = erasure::forget(&house, order.user).await {
        tracing::warn!(error = &error as &dyn std::error::Error, "erasure: it is done as soon as it can be");
    }
    Ok(Answer::done(accepted))
}
