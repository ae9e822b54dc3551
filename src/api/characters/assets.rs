//! `/characters/{id}/assets`: what a character has beside its words, and each of it by its digest.
//!
//! What these files are called is a stranger's word, and so is what they are: only pictures, sounds and films whose first
//! bytes say so are shown; everything else is saved.

use axum::{Json, extract::State, response::Response};
use domain::{
    character::{AssetRef, CharacterId},
    user::UserId,
};
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    files::{self, Stored, Wanted},
    location, owned,
};
use crate::{
    api::{
        after::{After, AfterParam},
        at::At,
        auth::Caller,
        file::{FOR_EVER, File, Share},
        problem::Problem,
        query::Asked,
    },
    house::House,
    media,
};

/// Something beside the words of a character.
#[derive(Debug, Serialize, ToSchema)]
pub struct ListedAsset {
    /// What it is for: `emotion`, `background`, `icon`, or a word of the card's own.
    kind: String,
    /// What it is called; for an expression, the feeling.
    name: String,
    /// The extension of its file, as the card has it.
    ext: String,
    /// What its bytes are, whatever the card says.
    media_type: String,
    /// SHA-256 of its bytes, in hexadecimal.
    digest: String,
    /// How many bytes.
    size: u64,
    /// Where it is.
    url: String,
}

/// Everything that a character has beside its words.
#[derive(Debug, Serialize, ToSchema)]
pub struct Assets {
    /// In the order of the card, then as they came.
    items: Vec<ListedAsset>,
}

/// What a character has beside its words: expressions, and backgrounds and sounds of its card.
#[utoipa::path(
    get, path = "/api/v1/characters/{id}/assets", tag = "characters", operation_id = "list_assets",
    params(("id" = uuid::Uuid, Path, description = "The character."), AfterParam),
    responses((status = 200, description = "All of it.", body = Assets))
)]
pub async fn list(
    State(house): State<House>,
    caller: Caller,
    At(id): At<CharacterId>,
    _after: After,
) -> Result<Json<Assets>, Problem> {
    let items = house.executor.look(id, |character| {
        let assets = owned(character, caller.user).map(|sheet| &sheet.profile.appearance.assets)?;
        Ok::<_, Problem>(assets.iter().map(|asset| listed(id, asset)).collect())
    });
    Ok(Json(Assets { items: items.await?? }))
}

fn listed(id: CharacterId, asset: &AssetRef) -> ListedAsset {
    let AssetRef { kind, name, ext, media_type, digest, size } = asset.clone();
    let url = format!("{}/assets/{digest}", location(id));
    ListedAsset { kind, name, ext, media_type, digest, size, url }
}

/// One of the files that a character has beside its words.
#[utoipa::path(
    get, path = "/api/v1/characters/{id}/assets/{digest}", tag = "characters", operation_id = "show_asset",
    params(
        ("id" = uuid::Uuid, Path, description = "The character."),
        ("digest" = String, Path, description = "SHA-256 of the file, in hexadecimal."),
        Wanted, AfterParam,
    ),
    responses(
        (status = 200, description = "The file.", content(
            (Vec<u8> = "application/octet-stream"), (Vec<u8> = "image/*"), (Vec<u8> = "audio/*"), (Vec<u8> = "video/*"),
        )),
        (status = 206, description = "The part of it that `Range` names."),
        (status = 304, description = "It is the one that `If-None-Match` names."),
    )
)]
pub async fn show(
    State(house): State<House>,
    caller: Caller,
    At((id, digest)): At<(CharacterId, String)>,
    Asked(wanted): Asked<Wanted>,
    share: Share,
    _after: After,
) -> Result<Response, Problem> {
    let size = wanted.size()?;
    let asset = house.executor.look(id, |character| {
        let assets = owned(character, caller.user).map(|sheet| &sheet.profile.appearance.assets)?;
        Ok::<_, Problem>(assets.iter().find(|asset| asset.digest == digest).cloned())
    });
    let asset = asset.await??;
    let asset = asset.ok_or_else(|| Problem::not_found("not-found", "this character has no such file"))?;
    files::serve(&house, stored(caller.user, asset), size, &share).await
}

fn stored(owner: UserId, asset: AssetRef) -> Stored {
    let shown = media::is_shown(&asset.media_type);
    let file = File {
        etag: format!("\"{}\"", asset.digest),
        media_type: if shown { asset.media_type } else { media::BYTES.to_owned() },
        save_as: (!shown).then(|| [asset.name, asset.ext].join(".")),
        keep: FOR_EVER,
    };
    Stored { owner, digest: asset.digest, file }
}
