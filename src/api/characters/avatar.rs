//! `GET /characters/{id}/avatar`: its picture, without the card that it came in; with a size, small. `PUT` gives it another.
//!
//! A picture is known by its digest, which is its `ETag`. The address that characters are shown with names it too
//! (`?v=`), so what is there never changes; without it, the address may show another picture tomorrow.

pub mod replace;

use axum::{extract::State, response::Response};
use domain::character::CharacterId;
use serde::Deserialize;
use utoipa::IntoParams;

use super::{
    files::{self, Stored, Wanted},
    owned,
};
use crate::{
    api::{
        after::{After, AfterParam},
        at::At,
        auth::Caller,
        file::Share,
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

impl Version {
    /// Whether it names this picture.
    pub fn names(&self, digest: &str) -> bool {
        self.v.as_deref() == Some(digest)
    }
}

/// A character's picture.
#[utoipa::path(
    get, path = "/api/v1/characters/{id}/avatar", tag = "characters",
    params(("id" = uuid::Uuid, Path, description = "The character."), Version, Wanted, AfterParam),
    responses(
        (status = 200, description = "The picture.", content(
            (Vec<u8> = "image/png"), (Vec<u8> = "image/jpeg"), (Vec<u8> = "image/webp"), (Vec<u8> = "image/gif"),
            (Vec<u8> = "image/avif"),
        )),
        (status = 206, description = "The part of it that `Range` names."),
        (status = 304, description = "It is the one that `If-None-Match` names."),
    )
)]
pub async fn avatar(
    State(house): State<House>,
    caller: Caller,
    At(id): At<CharacterId>,
    Asked(version): Asked<Version>,
    Asked(wanted): Asked<Wanted>,
    share: Share,
    _after: After,
) -> Result<Response, Problem> {
    let size = wanted.size()?;
    let picture = house.executor.look(id, |character| {
        owned(character, caller.user).map(|sheet| sheet.profile.appearance.avatar.clone())
    });
    let picture = picture.await??;
    let picture = picture.ok_or_else(|| Problem::not_found("not-found", "this character has no picture"))?;
    files::serve(&house, Stored::picture(caller.user, picture, &version), size, &share).await
}
