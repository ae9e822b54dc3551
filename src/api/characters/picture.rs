//! Pictures that are brought for a character, as avatars and as expressions: which are taken.
//!
//! Only what can be shown everywhere is: a picture by its first bytes, which can be decoded within the bounds of
//! thumbnails, so that lists can show it small and cards can carry it. The words of a card are no part of its picture and
//! are taken out.

use bytes::Bytes;
use domain::{character::Picture, user::UserId};

use crate::{api::problem::Problem, house::House, media, thumbnail::ThumbnailError};

/// A picture that is in the store.
#[derive(Debug)]
pub(super) struct Kept {
    /// Where it is, and what.
    pub(super) picture: Picture,
    /// How many bytes.
    pub(super) size: u64,
}

/// Takes a picture in. It is kept before anything is said of it: one that nobody refers to is only a waste of space.
pub(super) async fn keep(house: &House, owner: UserId, brought: Bytes) -> Result<Kept, Problem> {
    let (bytes, media_type) = picture_of(brought).ok_or_else(no_picture)?;
    house.thumbnails.admit(bytes.clone()).await.map_err(|error| unfit(&error))?;
    let digest = house.objects.put(owner, &bytes).await?;
    let size = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    Ok(Kept { picture: Picture { digest, media_type: media_type.to_owned() }, size })
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
