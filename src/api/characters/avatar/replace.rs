//! `PUT /characters/{id}/avatar`: another picture for a character, as the body or as the field `file` of a form.
//!
//! Only what can be shown everywhere is taken: a picture by its first bytes, which can be decoded within the bounds of
//! thumbnails, so that lists can show it small and cards can carry it. The words of a card are no part of its picture and
//! are taken out. The picture is kept before the command is given: one that nobody refers to is only a waste of space.

mod known;

use axum::{
    extract::{Request, State},
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use domain::character::{CharacterId, Picture, RepaintCharacter};
use serde::Serialize;
use utoipa::ToSchema;

use super::super::location;
use crate::{
    api::{
        answer::Answer,
        at::At,
        idempotency,
        problem::Problem,
        upload::{self, FileForm},
    },
    house::House,
    media,
    thumbnail::ThumbnailError,
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
    let (picture, media_type) = picture_of(brought).ok_or_else(no_picture)?;
    house.thumbnails.admit(picture.clone()).await.map_err(|error| unfit(&error))?;
    let by = knowing.order.user;
    let digest = house.objects.put(by, &picture).await?;
    let avatar = Picture { digest, media_type: media_type.to_owned() };
    let command = RepaintCharacter { by, avatar: avatar.clone() };
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

/// The picture and what it is: of a card only the portrait.
fn picture_of(brought: Bytes) -> Option<(Bytes, &'static str)> {
    let media_type = media::picture(&brought)?;
    let portrait = if media_type == "image/png" { cards::picture(&brought).map(Bytes::from) } else { None };
    Some((portrait.unwrap_or(brought), media_type))
}

fn no_picture() -> Problem {
    refused("unknown-format", "this is no picture; bring a PNG, a JPEG, a WEBP or a GIF")
}

fn unfit(error: &ThumbnailError) -> Problem {
    match error {
        ThumbnailError::TooManyPixels => {
            refused("too-many-pixels", "the picture has too many pixels; save it smaller and bring it again")
        }
        ThumbnailError::Undecodable => refused(
            "undecodable",
            "the picture is broken, or of a sort that is not drawn here; save it as PNG and bring it again",
        ),
        ThumbnailError::Objects(_) | ThumbnailError::GaveUp(_) => Problem::fault(error),
    }
}

fn refused(code: &str, title: &'static str) -> Problem {
    Problem::invalid("picture-refused", title).with("code", code)
}

#[cfg(test)]
mod spec {
    use serde_json::json;

    use super::*;

    #[test]
    fn of_a_card_only_the_portrait_is_taken() {
        let portrait = cards::drawn_portrait("Ida");
        let card = cards::write_png(&portrait, &json!({"name": "Ida", "first_mes": "Psst"})).unwrap();
        assert_eq!(picture_of(card.into()), Some((portrait.into(), "image/png")));
        assert_eq!(picture_of(Bytes::from_static(b"<svg/>")), None);
    }
}
