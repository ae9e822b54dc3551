//! `PATCH /personas/{id}`: a persona is somebody else in part. Conversations that are held as it hear of it from their next
//! reply on.
//!
//! What is given is merged onto what it is now; the command carries all of it, as the domain wants it.

use axum::extract::State;
use domain::persona::{PersonaId, Profile, RevisePersona};
use serde_json::Value;

use super::{check_lorebook, owned, parts::PersonaProfile};
use crate::{
    api::{
        answer::{Answer, Done},
        at::At,
        body::Sent,
        merge,
        order::Order,
        problem::Problem,
    },
    house::House,
};

/// Change something about a persona; what is left out stays.
#[utoipa::path(
    patch, path = "/api/v1/personas/{id}", tag = "personas", operation_id = "revise_persona",
    request_body(content = Object, description = "The fields of PersonaProfile that change."),
    params(("id" = uuid::Uuid, Path, description = "The persona.")),
    responses((status = 200, description = "It is so now.", body = Done))
)]
pub async fn revise(
    State(house): State<House>,
    order: Order,
    At(id): At<PersonaId>,
    Sent { value, digest }: Sent<Value>,
) -> Result<Answer<Done>, Problem> {
    let profile = house.executor.look(id, |persona| {
        let guise = owned(persona, order.user)?;
        merge::onto::<PersonaProfile, Profile>("", &guise.profile, value)
    });
    let profile = profile.await??;
    check_lorebook(&house, order.user, &profile).await?;
    let command = RevisePersona { by: order.user, profile };
    Ok(Answer::done(house.executor.execute(id, &command, &order.envelope_of(&digest)).await?))
}
