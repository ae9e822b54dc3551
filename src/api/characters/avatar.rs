//! `GET /characters/{id}/avatar`: its picture, without the card that it came in.
//!
//! A picture is known by its digest, which is its `ETag`. The address that characters are shown with names it too
//! (`?v=`), so what is there never changes; without it, the address may show another picture tomorrow.

use axum::{
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use domain::character::CharacterId;
use serde::Deserialize;
use utoipa::IntoParams;

use super::owned;
use crate::{
    api::{
        after::{After, AfterParam},
        at::At,
        auth::Caller,
        precondition::Known,
        problem::Problem,
        query::Asked,
    },
    house::House,
};

/// Which picture.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Version {
    /// Its digest, as `avatar_url` has it: then it may be kept for ever.
    v: Option<String>,
}

/// A character's picture.
#[utoipa::path(
    get, path = "/api/v1/characters/{id}/avatar", tag = "characters",
    params(("id" = uuid::Uuid, Path, description = "The character."), Version, AfterParam),
    responses((status = 200, description = "The picture.", content_type = "image/png", body = Vec<u8>))
)]
pub async fn avatar(
    State(house): State<House>,
    caller: Caller,
    At(id): At<CharacterId>,
    Asked(version): Asked<Version>,
    known: Known,
    _after: After,
) -> Result<Response, Problem> {
    let picture = house.executor.look(id, |character| {
        owned(character, caller.user).map(|sheet| sheet.profile.appearance.avatar.clone())
    });
    let picture = picture.await??.ok_or_else(no_picture)?;
    let etag = format!("\"{}\"", picture.digest);
    if known.has(&etag) {
        return Ok(known.or_answer(&etag, ()));
    }
    let for_ever = version.v.as_ref() == Some(&picture.digest);
    let keep = if for_ever { "private, max-age=31536000, immutable" } else { "private, no-cache" };
    let bytes = house.objects.get(&picture.digest).await?.ok_or_else(no_picture)?;
    let headers = [
        (header::CONTENT_TYPE, picture.media_type.as_str()),
        (header::CONTENT_DISPOSITION, "inline"),
        (header::CACHE_CONTROL, keep),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox"),
    ];
    Ok(known.or_answer(&etag, (headers, bytes).into_response()))
}

fn no_picture() -> Problem {
    Problem::not_found("not-found", "this character has no picture")
}
