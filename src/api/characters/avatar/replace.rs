//! `PUT /characters/{id}/avatar`: another picture for a character, as the body or as the field `file` of a form.
//!
//! Which pictures are taken, [`super::super::picture`] says.

mod known;

use axum::{
    extract::{Request, State},
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use domain::character::{CharacterId, Picture, RepaintCharacter};
use serde::Serialize;
use utoipa::ToSchema;

use super::super::{
    location,
    picture::{self, Kept},
};
use crate::{
    api::{
        answer::Answer,
        at::At,
        idempotency,
        problem::Problem,
        upload::{self, FileForm},
    },
    house::House,
};
use known::Knowing;

/// The picture that a character has now.
#[derive(Debug, Serialize, ToSchema)]
pub struct NewAvatar {
    /// SHA-256 of its bytes, in hexadecimal.
    digest: String,
    /// What its bytes are.
    media_type: String,
    /// Where it is, for ever.
    avatar_url: String,
    /// Where in the log the outcome is.
    position: String,
}

/// Give a character another picture.
///
/// PNG, JPEG, WEBP or GIF, of 16,384 pixels a side and 64 MiB at most; what it is, its bytes say. `If-Match` takes the
/// `ETag` of the picture that is there, or the version of the character. A card that leaves carries it from then on.
#[utoipa::path(
    put, path = "/api/v1/characters/{id}/avatar", tag = "characters", operation_id = "replace_avatar",
    params(("id" = uuid::Uuid, Path, description = "The character.")),
    request_body(content(
        (Vec<u8> = "image/png"), (Vec<u8> = "image/jpeg"), (Vec<u8> = "image/webp"), (Vec<u8> = "image/gif"),
        (FileForm = "multipart/form-data"),
    )),
    responses((status = 200, description = "It is shown by it now.", body = NewAvatar))
)]
pub async fn replace(
    State(house): State<House>,
    knowing: Knowing,
    At(id): At<CharacterId>,
    request: Request,
) -> Result<Response, Problem> {
    let _reading = upload::reading().await?;
    let brought = upload::file(request).await?.bytes;
    let envelope = knowing.envelope(&house, id, &idempotency::digest(&brought)).await?;
    let Kept { picture: avatar, .. } = picture::keep(&house, knowing.order.user, brought).await?;
    let command = RepaintCharacter { by: knowing.order.user, avatar: avatar.clone() };
    let accepted = house.executor.execute(id, &command, &envelope).await?;
    let position = accepted.position.to_string();
    let Picture { digest, media_type } = avatar;
    let avatar_url = format!("{}/avatar?v={digest}", location(id));
    // What is at this address is the picture, so its tag is the picture's and not the character's.
    let etag = HeaderValue::try_from(format!("\"{digest}\"")).map_err(|error| Problem::fault(&error))?;
    let mut answer =
        Answer::ok(accepted, NewAvatar { digest, media_type, avatar_url, position }).into_response();
    answer.headers_mut().insert(header::ETAG, etag);
    Ok(answer)
}
