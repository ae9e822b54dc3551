//! `PUT /characters/{id}/avatar`: another picture for a character, as the body or as the field `file` of a form.

mod known;

use axum::{
    extract::{Request, State},
    response::Response,
};
use domain::character::{CharacterId, RepaintCharacter};

use super::super::location;
use crate::{
    api::{
        at::At,
        idempotency,
        picture::{self, Kept, NewAvatar},
        problem::Problem,
        upload::{self, FileForm},
    },
    house::House,
};
use known::Knowing;

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
    let by = knowing.order.user;
    let Kept { picture: avatar, .. } = picture::keep(&house, by, brought).await?;
    let command = RepaintCharacter { by, avatar: avatar.clone() };
    let accepted = house.executor.execute(id, &command, &envelope).await?;
    picture::shown_by(accepted, avatar, &location(id))
}
