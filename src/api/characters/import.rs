//! `POST /characters/import`: a card is brought in, as the body or as the field `file` of a form, and its lorebook with it;
//! or an archive of many.
//!
//! The card itself and its files are kept by their digests before the command is given: an object that nobody refers
//! to is only a waste of space, a character without its card would be a loss.

pub mod archive;

use axum::{
    extract::{Request, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use domain::{character::CharacterId, lorebook::LorebookId};
use serde::Serialize;
use utoipa::ToSchema;

use archive::ImportedArchive;

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

/// Bring a character card in, of any format that `cards` reads, or a ZIP archive of many.
///
/// PNG, APNG, JPEG, WEBP, CHARX, BYAF, JSON and YAML; V1, V2, V3, and what came before them. What the file is, its bytes
/// say: the media type is not asked. Of an archive (64 MiB and 1,000 files at most) each file is a card of its own; to bring it
/// again adds nobody twice.
#[utoipa::path(
    post, path = "/api/v1/characters/import", tag = "characters",
    request_body(content(
        (Vec<u8> = "image/png"), (Vec<u8> = "image/jpeg"), (Vec<u8> = "image/webp"), (Vec<u8> = "application/json"),
        (Vec<u8> = "application/yaml"), (Vec<u8> = "application/zip"), (Vec<u8> = "application/octet-stream"),
        (FileForm = "multipart/form-data"),
    )),
    responses(
        (status = 201, description = "It came in.", body = ImportedCharacter),
        (status = 200, description = "It was an archive, and this became of its files.", body = ImportedArchive),
    )
)]
pub async fn import(State(house): State<House>, order: Order, request: Request) -> Result<Response, Problem> {
    let _reading = upload::reading().await?;
    let file = upload::file(request).await?.bytes;
    match open(file.clone()).await? {
        Ok(card) => {
            let digest = idempotency::digest(&file);
            one(&house, &order, &digest, card).await.map(IntoResponse::into_response)
        }
        Err(ReadError::NoCardInArchive) => archive::import(&house, &order, file).await,
        Err(refusal) => Err(refuse(&refusal)),
    }
}

async fn one(
    house: &House,
    order: &Order,
    digest: &str,
    card: ReadCard,
) -> Result<Answer<ImportedCharacter>, Problem> {
    let (id, name) = (order.id("character"), card.profile.description.name.clone());
    let envelope = |step| match step {
        Step::Character => order.envelope_of(digest),
        Step::Lorebook(number) => order.part(&format!("lorebook {number}")),
        Step::Link => order.part("link"),
    };
    let Arrived { accepted, lorebook, warnings } = take_in(house, order.user, id, card, envelope).await?;
    let position = accepted.position.to_string();
    let imported = ImportedCharacter { id, name, lorebook_id: lorebook, warnings, position };
    Ok(Answer::created(accepted, location(id), imported))
}

/// Reads the card, off the threads that answer others.
async fn open(file: Bytes) -> Result<Result<ReadCard, ReadError>, Problem> {
    let read = tokio::task::spawn_blocking(move || read_card(file)).await;
    read.map_err(|panicked| Problem::fault(&panicked))
}

fn refuse(refusal: &ReadError) -> Problem {
    let status = match refusal {
        ReadError::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    };
    Problem::new(status, "card-refused", refusal.to_string()).with("code", refusal.code())
}
