//! A picture that is brought for a character, as avatar or expression, or for a persona: checked, kept, and known by its digest.
//!
//! Only what can be shown everywhere is taken: a picture by its first bytes, which can be decoded within the bounds of
//! thumbnails, so that lists can show it small and cards can carry it. The words of a card are no part of its picture and
//! are taken out. The picture is kept before the command is given: one that nobody refers to is only a waste of space.

use axum::{
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use domain::{character::Picture, user::UserId};
use serde::Serialize;
use utoipa::ToSchema;

use super::{answer::Answer, problem::Problem};
use crate::{execute::Accepted, house::House, media, thumbnail::ThumbnailError};

/// The picture that something has now.
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

/// A picture that is in the store.
#[derive(Debug)]
pub struct Kept {
    /// Where it is, and what.
    pub picture: Picture,
    /// How many bytes.
    pub size: u64,
}

/// Keeps a picture that was brought, if it is one.
pub async fn keep(house: &House, owner: UserId, brought: Bytes) -> Result<Kept, Problem> {
    let (bytes, media_type) = picture_of(brought).ok_or_else(no_picture)?;
    house.thumbnails.admit(bytes.clone()).await.map_err(|error| unfit(&error))?;
    let digest = house.objects.put(owner, &bytes).await?;
    let size = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    Ok(Kept { picture: Picture { digest, media_type: media_type.to_owned() }, size })
}

/// Where a picture of something that is at this place is, for ever.
pub fn address(location: &str, digest: &str) -> String {
    format!("{location}/avatar?v={digest}")
}

/// It is shown by this picture now.
pub fn shown_by(accepted: Accepted, picture: Picture, location: &str) -> Result<Response, Problem> {
    let position = accepted.position.to_string();
    let Picture { digest, media_type } = picture;
    let avatar_url = address(location, &digest);
    // What is at this address is the picture, so its tag is the picture's and not the character's.
    let etag = HeaderValue::try_from(format!("\"{digest}\"")).map_err(|error| Problem::fault(&error))?;
    let new = NewAvatar { digest, media_type, avatar_url, position };
    let mut answer = Answer::ok(accepted, new).into_response();
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
