//! `GET /characters/{id}/card`: a character as a card, to take along.
//!
//! Who changed nothing gets back the very file that they brought, to the byte. What was changed here since is changed in
//! that file, and nothing else is, in its lorebook too: what other programs keep in it stays. Expressions that were added
//! go into archives; a picture stays as it is, and they lie beside it. A character that was made up here gets a card of its
//! own. What a format has no room for is told, and left out only if that is accepted.

mod edits;
mod faces;
mod lore;
mod sheet;
mod written;

use axum::{extract::State, http::StatusCode, response::Response};
use bytes::Bytes;
use domain::{
    Event,
    character::{AssetRef, CharacterEvent, CharacterId, Original, Profile, Sheet},
    lorebook::{Link, Lorebook, LorebookId, Wording},
    user::UserId,
};
use serde::Deserialize;
use serde_json::json;
use tokio::{sync::Semaphore, task::spawn_blocking};
use utoipa::{IntoParams, ToSchema};

use super::owned;
use crate::{
    api::{
        after::{After, AfterParam},
        at::At,
        auth::Caller,
        file::{FOR_NOW, File, Share},
        idempotency::digest,
        problem::Problem,
        query::Asked,
    },
    house::House,
    import::{card::read_card, lorebook::ReadBook},
};
use faces::Faces;
use lore::Lore;
pub(in crate::api) use written::Written;
use written::{Brought, NotWritten, Source};

/// How many cards are written at once; each may take a few times its size of memory.
static WRITERS: Semaphore = Semaphore::const_new(4);

/// Which card is wanted.
#[derive(Debug, Clone, Copy, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Wanted {
    /// In which kind of file; without it, as it came, or as a picture.
    #[param(inline)]
    pub(in crate::api) format: Option<Format>,
    /// Under which version of the format; without it, as it came, or V3.
    #[param(inline)]
    pub(in crate::api) spec: Option<Version>,
    /// Whether what the kind of file has no room for may be left out.
    #[serde(default)]
    pub(in crate::api) lossy: bool,
}

/// The kinds of file that cards are written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// A picture with the card in it.
    Png,
    /// The bare JSON.
    Json,
    /// An archive with everything beside the card.
    Charx,
}

/// The versions that cards are written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Version {
    /// `chara_card_v2`.
    V2,
    /// `chara_card_v3`.
    V3,
}

/// A character as a card, to take along.
#[utoipa::path(
    get, path = "/api/v1/characters/{id}/card", tag = "characters",
    params(("id" = uuid::Uuid, Path, description = "The character."), Wanted, AfterParam),
    responses(
        (status = 200, description = "The file.", content(
            (Vec<u8> = "image/png"), (Object = "application/json"), (Vec<u8> = "application/zip"),
            (Vec<u8> = "image/jpeg"), (Vec<u8> = "image/webp"), (Vec<u8> = "application/yaml"),
        )),
        (status = 206, description = "The part of it that `Range` names."),
        (status = 304, description = "It is the one that `If-None-Match` names."),
    )
)]
pub async fn card(
    State(house): State<House>,
    caller: Caller,
    At(id): At<CharacterId>,
    Asked(wanted): Asked<Wanted>,
    share: Share,
    _after: After,
) -> Result<Response, Problem> {
    let sheet = house.executor.look(id, |character| owned(character, caller.user).cloned()).await??;
    let Whole { sheet, written, .. } = whole(&house, id, sheet, wanted).await?;
    if !written.losses.is_empty() && !wanted.lossy {
        return Err(would_lose(&written));
    }
    let Written { bytes, media_type, ext, .. } = written;
    let file = File {
        etag: format!("\"{}\"", digest(&bytes)),
        media_type: media_type.to_owned(),
        save_as: Some(format!("{}.{ext}", sheet.profile.description.name)),
        keep: FOR_NOW,
    };
    share.of(&file, bytes)
}

/// A character as a card.
#[derive(Debug)]
pub(in crate::api) struct Whole {
    /// Who it is.
    pub(in crate::api) sheet: Sheet,
    /// The card.
    pub(in crate::api) written: Written,
    /// The lorebook that is in it.
    pub(in crate::api) lorebook: Option<LorebookId>,
    /// The expressions that are not in it.
    pub(in crate::api) beside: Vec<AssetRef>,
}

/// Writes a character down, once others have been written.
pub(in crate::api) async fn whole(
    house: &House,
    id: CharacterId,
    sheet: Sheet,
    wanted: Wanted,
) -> Result<Whole, Problem> {
    let Ok(_writing) = WRITERS.acquire().await else {
        return Err(Problem::away("unavailable", "no cards are written right now"));
    };
    let mut source = source(house, id, sheet.clone()).await?;
    let lorebook = source.brought.as_ref().and_then(|brought| brought.lorebook);
    let mut beside = source.faces.added.clone();
    if is_archive(wanted.format, sheet.original.as_ref()) {
        source.faces.fetch(&house.objects, sheet.owner).await?;
        beside.clear();
    }
    let written = spawn_blocking(move || written::write(&source, wanted.format, wanted.spec)).await;
    let written = written.map_err(|panicked| Problem::fault(&panicked))?.map_err(|error| refuse(&error))?;
    Ok(Whole { sheet, written, lorebook, beside })
}

/// Whether a card is written as an archive: because that is wanted, or because it came as one.
fn is_archive(format: Option<Format>, original: Option<&Original>) -> bool {
    let came_as_one = || original.is_some_and(|original| original.media_type == "application/zip");
    format.map_or_else(came_as_one, |format| format == Format::Charx)
}

/// All that a card is written from.
async fn source(house: &House, id: CharacterId, sheet: Sheet) -> Result<Source, Problem> {
    let Sheet { owner, profile: now, original, .. } = sheet;
    let brought = match original {
        Some(original) => Some(brought(house, id, owner, &original).await?),
        None => None,
    };
    let was = brought.as_ref().and_then(|brought| brought.profile.appearance.avatar.as_ref());
    let picture = match &now.appearance.avatar {
        Some(picture) if Some(picture) != was => house.objects.get(owner, &picture.digest).await?,
        Some(_) | None => None,
    };
    let faces = Faces::between(brought.as_ref().map(|brought| &brought.profile), &now);
    Ok(Source { brought, now, picture, faces })
}

/// The card that a character came on, and who it was then.
async fn brought(
    house: &House,
    id: CharacterId,
    owner: UserId,
    original: &Original,
) -> Result<Brought, Problem> {
    let file = house.objects.get(owner, &original.digest).await?;
    let file =
        file.ok_or_else(|| Problem::not_found("not-found", "the card is not in the store any more"))?;
    let (lorebook, lore) = lore(house, id, owner, file.clone()).await?;
    Ok(Brought { file, profile: as_it_came(house, id).await?, lorebook, lore })
}

/// The lorebook that came with a card and is still the character's, and what was changed in it.
async fn lore(
    house: &House,
    id: CharacterId,
    owner: UserId,
    file: Bytes,
) -> Result<(Option<LorebookId>, Option<Lore>), Problem> {
    let read = spawn_blocking(move || read_card(file).ok().and_then(|card| card.book)).await;
    let Some(came) = read.map_err(|panicked| Problem::fault(&panicked))? else { return Ok((None, None)) };
    let lorebook = came.id(owner);
    let seen = house.executor.look::<Lorebook, _>(lorebook, |lorebook| {
        let book = lorebook.state().book()?;
        let is_its_own = book.owner == owner && book.links.contains(&Link::Character(id));
        let is_changed = book.wording == Wording::Changed && book.is_whole();
        is_its_own.then(|| is_changed.then(|| book.clone()))
    });
    let Some(changed) = seen.await? else { return Ok((None, None)) };
    let ReadBook { settings, entries, .. } = came;
    Ok((Some(lorebook), changed.map(|now| Lore { settings, entries, now })))
}

/// The profile that the card was understood as, when it came in: as the log has it, whatever is read from cards today.
async fn as_it_came(house: &House, id: CharacterId) -> Result<Profile, Problem> {
    let commits = house.journal().load(id.key(), 0).await?;
    let events = commits.into_iter().flat_map(|recorded| recorded.commit.events);
    let imported = events.into_iter().find_map(|recorded| match recorded.event {
        Event::Character(CharacterEvent::CharacterImported(event)) => {
            event.profile.into_known().map(|profile| *profile)
        }
        _ => None,
    });
    imported.ok_or_else(<CharacterId as crate::api::at::Named>::missing)
}

fn would_lose(written: &Written) -> Problem {
    let losses: Vec<_> = written
        .losses
        .iter()
        .map(|loss| json!({"code": loss.code.as_str(), "at": loss.at, "message": loss.message}))
        .collect();
    let title = "this kind of file has no room for all of it; ask with lossy=true to leave the rest out";
    Problem::new(StatusCode::CONFLICT, "would-lose", title).with("losses", losses)
}

fn refuse(error: &NotWritten) -> Problem {
    match error {
        NotWritten::OldArchive => Problem::bad_request("bad-request", error.to_string()),
        NotWritten::Refused(_) | NotWritten::NotEdited(_) => {
            Problem::invalid("card-not-written", error.to_string()).with("code", error.code())
        }
    }
}
