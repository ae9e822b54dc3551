//! `POST /characters/import`: a card is brought in, as the body or as the field `file` of a form; or an archive of many.
//!
//! The card itself and its files are kept by their digests before the command is given: an object that nobody refers
//! to is only a waste of space, a character without its card would be a loss.

pub mod archive;
pub mod assets;
pub mod card;
pub mod profile;

use axum::{
    body::Body,
    extract::{DefaultBodyLimit, FromRequest, Multipart, Request, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use bytes::{Bytes, BytesMut};
use domain::character::{CharacterId, ImportCharacter};
use serde::Serialize;
use tokio::sync::Semaphore;
use utoipa::ToSchema;

use archive::ImportedArchive;
pub use card::{ReadCard, ReadError, read_card};

use super::location;
use crate::{
    api::{
        answer::Answer,
        body::{self, media_type, too_large},
        idempotency,
        order::Order,
        problem::Problem,
    },
    execute::{Accepted, Envelope},
    house::House,
};

/// How many bytes a card has at most.
const LIMIT: usize = cards::bounds::FILE_BYTES;
/// And the form around it.
const FORM: usize = LIMIT + 64 * 1024;

/// How many cards are read at once; each may take a few times its size of memory.
static READERS: Semaphore = Semaphore::const_new(8);

/// A character that came in on a card.
#[derive(Debug, Serialize, ToSchema)]
pub struct ImportedCharacter {
    /// Its id.
    #[schema(value_type = uuid::Uuid)]
    id: CharacterId,
    /// What it is called.
    name: String,
    /// What was odd about the card, and what was done about it.
    warnings: Vec<CardWarning>,
    /// Where in the log it came in.
    position: String,
}

/// Something odd about a card.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct CardWarning {
    /// What kind of oddity, as a stable name.
    #[schema(example = "turned-into-list")]
    pub code: String,
    /// Where in the card.
    #[schema(example = "data.tags")]
    pub at: String,
    /// What was done about it, for people.
    pub message: String,
}

impl From<cards::Warning> for CardWarning {
    fn from(warning: cards::Warning) -> Self {
        Self { code: warning.code.to_string(), at: warning.at, message: warning.message }
    }
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
        (CardForm = "multipart/form-data"),
    )),
    responses(
        (status = 201, description = "It came in.", body = ImportedCharacter),
        (status = 200, description = "It was an archive, and this became of its files.", body = ImportedArchive),
    )
)]
pub async fn import(State(house): State<House>, order: Order, request: Request) -> Result<Response, Problem> {
    let Ok(_reading) = READERS.acquire().await else {
        return Err(Problem::away("unavailable", "no cards are read right now"));
    };
    let file = file(request).await?;
    match open(file.clone()).await? {
        Ok(card) => {
            let id = order.id("character");
            let envelope = order.envelope_of(&idempotency::digest(&file));
            let Arrived { name, warnings, accepted } = arrive(&house, &order, id, card, &envelope).await?;
            let position = accepted.position.to_string();
            let imported = ImportedCharacter { id, name, warnings, position };
            Ok(Answer::created(accepted, location(id), imported).into_response())
        }
        Err(ReadError::NoCardInArchive) => archive::import(&house, &order, file).await,
        Err(refusal) => Err(refuse(&refusal)),
    }
}

/// A character that is here now.
struct Arrived {
    name: String,
    warnings: Vec<CardWarning>,
    accepted: Accepted,
}

/// Takes in what a card describes.
async fn arrive(
    house: &House,
    order: &Order,
    id: CharacterId,
    card: ReadCard,
    envelope: &Envelope,
) -> Result<Arrived, Problem> {
    card.keep(&house.objects).await?;
    let name = card.profile.description.name.clone();
    let ReadCard { profile, original, warnings, .. } = card;
    let command = ImportCharacter { owner: order.user, profile, original };
    let accepted = house.executor.execute(id, &command, envelope).await?;
    Ok(Arrived { name, warnings, accepted })
}

/// A form with a card.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it only describes the form")]
struct CardForm {
    /// The card.
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
}

async fn file(request: Request<Body>) -> Result<Bytes, Problem> {
    match media_type(request.headers()).as_str() {
        "multipart/form-data" => file_of_form(request).await,
        _ => body::read(request.into_body(), LIMIT).await,
    }
}

async fn file_of_form(mut request: Request<Body>) -> Result<Bytes, Problem> {
    let broken = |_| Problem::bad_request("unreadable-body", "the form cannot be read");
    // Our own limit holds for the field; axum's would be the usual one of two megabytes.
    DefaultBodyLimit::max(FORM).apply(&mut request);
    let form = Multipart::from_request(request, &()).await;
    let mut form = form.map_err(|_| Problem::bad_request("unreadable-body", "the form cannot be read"))?;
    while let Some(mut field) = form.next_field().await.map_err(broken)? {
        if field.name() != Some("file") {
            continue;
        }
        let mut bytes = BytesMut::new();
        while let Some(chunk) = field.chunk().await.map_err(broken)? {
            if bytes.len() + chunk.len() > LIMIT {
                return Err(too_large(LIMIT));
            }
            bytes.extend_from_slice(&chunk);
        }
        return Ok(bytes.freeze());
    }
    Err(Problem::invalid("unexpected-shape", "the form has no field `file`"))
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
