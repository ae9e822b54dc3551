//! `POST /lorebooks`: a lorebook is made up, without a file. Its entries are added to it.

use axum::extract::State;
use domain::lorebook::{CreateLorebook, LorebookId};

use super::{New, location, parts::LorebookSettings};
use crate::{
    api::{answer::Answer, body::Sent, order::Order, problem::Problem},
    house::House,
};

/// Make a lorebook up.
#[utoipa::path(
    post, path = "/api/v1/lorebooks", tag = "lorebooks", operation_id = "create_lorebook",
    request_body = LorebookSettings,
    responses((status = 201, description = "It is there, and knows nothing yet.", body = New))
)]
pub async fn create(
    State(house): State<House>,
    order: Order,
    Sent { value, digest }: Sent<LorebookSettings>,
) -> Result<Answer<New>, Problem> {
    let id: LorebookId = order.id("lorebook");
    let name = value.name.clone();
    let command = CreateLorebook { owner: order.user, settings: value.into() };
    let accepted = house.executor.execute(id, &command, &order.envelope_of(&digest)).await?;
    let position = accepted.position.to_string();
    Ok(Answer::created(accepted, location(id), New { id, name, position }))
}
