//! `POST /characters/import`: a card is brought in, as the body or as the field `file` of a form, and its lorebook with it.
//!
//! The card itself and its picture are kept by their digests before the command is given: an object that nobody refers
//! to is only a waste of space, a character without its card would be a loss.

use axum::{
    extract::{Request, State},
    http::StatusCode,
};
use bytes::Bytes;
use domain::{character::CharacterId, lorebook::LorebookId};
use serde::Serialize;
use utoipa::ToSchema;

use super::location;
use crate::{
    api::{
        answer::Answer,
        idempotency,
        order::Order,
        problem::Problem,
        upload::{self, FileForm},
    },
    house::House,
    import::{
        CardWarning,
        card::{ReadCard, ReadError, read_card},
        character::{Arrived, Step, take_in},
    },
};

/// A character that came in on a card.
#[derive(Debug, Serialize, ToSchema)]
pub struct ImportedCharacter {
    /// Its id.
    #[schema(value_type = uuid::Uuid)]
    id: CharacterId,
    /// What it is called.
    name: String,
    /// Its lorebook, which came in with it; null if nothing stands in it.
    #[schema(value_type = Option<uuid::Uuid>)]
    lorebook_id: Option<LorebookId>,
    /// What was odd about the card, and what was done about it.
    warnings: Vec<CardWarning>,
    /// Where in the log it came in.
    position: String,
}

/// Bring a SillyTavern card in: a PNG or JSON file, V1, V2 or V3.
#[utoipa::path(
    post, path = "/api/v1/characters/import", tag = "characters",
    request_body(content(
        (Vec<u8> = "image/png"), (Vec<u8> = "application/json"), (Vec<u8> = "application/octet-stream"),
        (FileForm = "multipart/form-data"),
    )),
    responses((status = 201, description = "It came in.", body = ImportedCharacter))
)]
pub async fn import(
    State(house): State<House>,
    order: Order,
    request: Request,
) -> Result<Answer<ImportedCharacter>, Problem> {
    let _reading = upload::reading().await?;
    let file = upload::file(request).await?.bytes;
    let digest = idempotency::digest(&file);
    let card = open(file).await?;
    let (id, name) = (order.id("character"), card.profile.description.name.clone());
    let envelope = |step| match step {
        Step::Character => order.envelope_of(&digest),
        Step::Lorebook(number) => order.part(&format!("lorebook {number}")),
        Step::Link => order.part("link"),
    };
    let Arrived { accepted, lorebook, warnings } = take_in(&house, order.user, id, card, envelope).await?;
    let position = accepted.position.to_string();
    let imported = ImportedCharacter { id, name, lorebook_id: lorebook, warnings, position };
    Ok(Answer::created(accepted, location(id), imported))
}

/// Reads the card, off the threads that answer others.
async fn open(file: Bytes) -> Result<ReadCard, Problem> {
    match tokio::task::spawn_blocking(move || read_card(file)).await {
        Ok(read) => read.map_err(|refusal| refuse(&refusal)),
        Err(panicked) => Err(Problem::fault(&panicked)),
    }
}

fn refuse(refusal: &ReadError) -> Problem {
    let status = match refusal {
        ReadError::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    };
    Problem::new(status, "card-refused", refusal.to_string()).with("code", refusal.code())
}
