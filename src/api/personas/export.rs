//! `GET /personas/export`: the personas as SillyTavern backs them up.

use axum::{
    extract::State,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use domain::{
    character::Picture,
    lorebook::LorebookId,
    persona::PersonaId,
    user::{User, UserId},
};
use futures_util::TryStreamExt;
use projections::personas::{self, Filter, PersonaRow, Retired};

use crate::{
    api::{
        after::{After, AfterParam},
        auth::Caller,
        problem::Problem,
        stems::Stems,
    },
    house::House,
    import::persona::written,
    rows,
};

/// Where other programs keep the pictures of personas.
pub const FOLDER: &str = "User Avatars";

/// A persona on its way out.
#[derive(Debug, Clone)]
pub struct Leaving {
    /// Its id.
    pub id: PersonaId,
    /// It, as other programs have it.
    pub persona: cards::persona::Persona,
    /// What it looks like.
    pub picture: Option<Picture>,
    /// The lorebook that goes with it.
    pub lorebook: Option<LorebookId>,
    /// Whether it may be chosen.
    pub is_active: bool,
}

/// Your personas, as SillyTavern backs them up and restores them.
///
/// Pictures are in no such backup: each is at its persona's `/avatar`. Those that are retired are not in it.
#[utoipa::path(
    get, path = "/api/v1/personas/export", tag = "personas", operation_id = "export_personas", params(AfterParam),
    responses((status = 200, description = "The backup.", content_type = "application/json", body = Object))
)]
pub async fn export(State(house): State<House>, caller: Caller, _after: After) -> Result<Response, Problem> {
    let leaving = leaving(&house, caller.user, Retired::LeftOut).await?;
    let default = usual(&house, caller.user).await?;
    let default = leaving.iter().find(|one| Some(one.id) == default).map(|one| one.persona.file.clone());
    let personas: Vec<_> = leaving.into_iter().map(|one| one.persona).collect();
    let backup = cards::write_json(&cards::persona::write(&personas, default.as_deref()));
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/json")),
        (header::CONTENT_DISPOSITION, HeaderValue::from_static("attachment; filename=\"personas.json\"")),
        (header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache")),
    ];
    Ok((headers, backup).into_response())
}

/// Whom somebody is where they do not say.
pub async fn usual(house: &House, user: UserId) -> Result<Option<PersonaId>, Problem> {
    let usual = house
        .executor
        .look::<User, _>(user, |user| user.state().person().and_then(|person| person.guises.usual));
    Ok(usual.await?)
}

/// Somebody's personas, each under a file of its own, those that came first first.
pub async fn leaving(house: &House, user: UserId, retired: Retired) -> Result<Vec<Leaving>, Problem> {
    let filter = Filter { retired, ..Filter::default() };
    let rows = rows::all(|paging| personas::list(&house.pool, user, &filter, paging));
    let mut rows: Vec<PersonaRow> = rows.try_collect().await?;
    rows.reverse();
    let mut stems = Stems::default();
    // Those that have a file keep it; the others take what is left.
    for file in rows.iter().filter_map(|row| row.source_file.as_deref()) {
        stems.take(FOLDER, file.rsplit_once('.').map_or(file, |(stem, _)| stem));
    }
    Ok(rows.into_iter().map(|row| leaves(row, &mut stems)).collect())
}

fn leaves(row: PersonaRow, stems: &mut Stems) -> Leaving {
    let PersonaRow { id, profile, picture, source_file, is_active, .. } = row;
    let lorebook = profile.lorebook;
    let file = source_file.unwrap_or_else(|| format!("{}.png", stems.free(FOLDER, &profile.name)));
    Leaving { id, persona: written(&file, profile), picture, lorebook, is_active }
}
