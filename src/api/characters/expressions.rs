//! `/characters/{id}/expressions/{name}`: a face for a feeling is added to a character, or taken away.
//!
//! They are listed and served with the other assets. As in the folders of SillyTavern, whose sprites they are, a name has
//! one picture: `joy`, and beside it `joy-1` for the same feeling.

use axum::extract::{Request, State};
use domain::character::{AddExpression, CharacterId, RemoveExpression};
use serde::Serialize;
use utoipa::ToSchema;

use super::location;
use crate::{
    api::{
        answer::{Answer, Done},
        at::At,
        idempotency,
        order::Order,
        picture::{self, Kept},
        problem::Problem,
        upload::{self, FileForm},
    },
    house::House,
};

/// The picture that expresses a feeling now.
#[derive(Debug, Serialize, ToSchema)]
pub struct NewExpression {
    /// What the feeling is called.
    name: String,
    /// What its bytes are.
    media_type: String,
    /// SHA-256 of its bytes, in hexadecimal.
    digest: String,
    /// How many bytes.
    size: u64,
    /// Where it is, for ever.
    url: String,
    /// Where in the log the outcome is.
    position: String,
}

/// Let a picture express a feeling, in place of those that did.
///
/// PNG, JPEG, WEBP or GIF, of 16,384 pixels a side and 64 MiB at most; what it is, its bytes say. A character has 500 files
/// and 128 MiB of them at most. A card in an archive carries them when it leaves, and so does the archive of an account.
#[utoipa::path(
    put, path = "/api/v1/characters/{id}/expressions/{name}", tag = "characters", operation_id = "add_expression",
    params(
        ("id" = uuid::Uuid, Path, description = "The character."),
        ("name" = String, Path, description = "What the feeling is called, such as `joy`."),
    ),
    request_body(content(
        (Vec<u8> = "image/png"), (Vec<u8> = "image/jpeg"), (Vec<u8> = "image/webp"), (Vec<u8> = "image/gif"),
        (FileForm = "multipart/form-data"),
    )),
    responses((status = 200, description = "It is expressed by it now.", body = NewExpression))
)]
pub async fn add(
    State(house): State<House>,
    order: Order,
    At((id, name)): At<(CharacterId, String)>,
    request: Request,
) -> Result<Answer<NewExpression>, Problem> {
    let _reading = upload::reading().await?;
    let brought = upload::file(request).await?.bytes;
    let envelope = order.envelope_of(&idempotency::digest(&brought));
    let Kept { picture, size } = picture::keep(&house, order.user, brought).await?;
    let command = AddExpression { by: order.user, name, picture, size };
    let accepted = house.executor.execute(id, &command, &envelope).await?;
    let position = accepted.position.to_string();
    let AddExpression { name, picture, size, .. } = command;
    let url = format!("{}/assets/{}", location(id), picture.digest);
    let (media_type, digest) = (picture.media_type, picture.digest);
    Ok(Answer::ok(accepted, NewExpression { name, media_type, digest, size, url, position }))
}

/// Take away every picture that expresses a feeling.
#[utoipa::path(
    delete, path = "/api/v1/characters/{id}/expressions/{name}", tag = "characters", operation_id = "remove_expression",
    params(
        ("id" = uuid::Uuid, Path, description = "The character."),
        ("name" = String, Path, description = "What the feeling is called, such as `joy`."),
    ),
    responses((status = 200, description = "Nothing expresses it now.", body = Done))
)]
pub async fn remove(
    State(house): State<House>,
    order: Order,
    At((id, name)): At<(CharacterId, String)>,
) -> Result<Answer<Done>, Problem> {
    let command = RemoveExpression { by: order.user, name };
    let accepted = house.executor.execute(id, &command, &order.envelope()).await?;
    Ok(Answer::done(accepted))
}
