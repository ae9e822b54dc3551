//! Files of characters out of the object store: as they are, or small.

use axum::{http::StatusCode, response::Response};
use domain::{character::Picture, user::UserId};
use serde::Deserialize;
use utoipa::IntoParams;

use super::avatar::Version;
use crate::{
    api::{
        file::{FOR_EVER, FOR_NOW, File, Share},
        problem::Problem,
    },
    house::House,
    thumbnail::{Size, ThumbnailError},
};

/// How large a picture is wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Wanted {
    /// The longest side of a thumbnail, in pixels: 64, 128, 256 or 512. Without it, the file comes as it is.
    #[param(value_type = Option<u32>, minimum = 64, maximum = 512)]
    size: Option<String>,
}

impl Wanted {
    /// The size that is wanted.
    pub fn size(&self) -> Result<Option<Size>, Problem> {
        let Some(text) = &self.size else { return Ok(None) };
        Size::parse(text).map(Some).ok_or_else(|| {
            let sizes = Size::ALL.map(Size::pixels);
            Problem::bad_request("unknown-size", "thumbnails are 64, 128, 256 or 512 pixels large")
                .with("sizes", sizes.to_vec())
        })
    }
}

/// A file in the store.
#[derive(Debug, Clone)]
pub struct Stored {
    /// Whose it is.
    pub owner: UserId,
    /// Its address.
    pub digest: String,
    /// How it is served as it is.
    pub file: File,
}

impl Stored {
    /// A picture; one that is asked for by its digest may be kept for ever.
    pub fn picture(owner: UserId, picture: Picture, version: &Version) -> Self {
        let Picture { digest, media_type } = picture;
        let keep = if version.names(&digest) { FOR_EVER } else { FOR_NOW };
        let file = File { etag: format!("\"{digest}\""), media_type, save_as: None, keep };
        Self { owner, digest, file }
    }
}

/// Serves a file as it is, or small.
pub async fn serve(
    house: &House,
    stored: Stored,
    size: Option<Size>,
    share: &Share,
) -> Result<Response, Problem> {
    let Stored { owner, digest, file } = stored;
    let Some(size) = size else { return whole(house, owner, &digest, &file, share).await };
    let file = File { etag: format!("\"{digest}-{}\"", size.pixels()), save_as: None, ..file };
    if share.has(&file) {
        return Ok(Share::unchanged(&file));
    }
    let thumbnail = house.thumbnails.of(&house.objects, owner, &digest, size).await.map_err(no_thumbnail)?;
    let thumbnail = thumbnail.ok_or_else(gone)?;
    share.of(&File { media_type: thumbnail.media_type.to_owned(), ..file }, thumbnail.bytes)
}

async fn whole(
    house: &House,
    owner: UserId,
    digest: &str,
    file: &File,
    share: &Share,
) -> Result<Response, Problem> {
    if share.has(file) {
        return Ok(Share::unchanged(file));
    }
    let bytes = house.objects.get(owner, digest).await?.ok_or_else(gone)?;
    share.of(file, bytes)
}

/// What the log speaks of and the store has not: it was never written, or lost.
fn gone() -> Problem {
    Problem::not_found("not-found", "the file is not in the store any more")
}

fn no_thumbnail(error: ThumbnailError) -> Problem {
    let refused = |code: &str| {
        Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "no-thumbnail", error.to_string()).with("code", code)
    };
    match error {
        ThumbnailError::TooManyPixels => refused("too-many-pixels"),
        ThumbnailError::Undecodable => refused("undecodable"),
        ThumbnailError::Objects(error) => error.into(),
        ThumbnailError::GaveUp(_) => Problem::fault(&error),
    }
}
