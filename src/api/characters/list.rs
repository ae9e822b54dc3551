//! `GET /characters`: the caller's characters, newest first, searched by name and tag.

use axum::{Json, extract::State};
use domain::{character::CharacterId, commit::Recorded};
use projections::{
    characters::{self, CharacterSummary, Filter, Retired},
    past,
};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::{IntoParams, ToSchema};

use crate::{
    api::{
        after::{After, AfterParam},
        auth::Caller,
        page::{Page, PageParams},
        past::{AtParam, Then},
        problem::Problem,
        query::Asked,
    },
    house::House,
};

/// Which characters are wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Wanted {
    /// Those whose name holds this, or a word much like it.
    query: Option<String>,
    /// Those that have just this tag.
    tag: Option<String>,
    /// Retired ones too.
    #[serde(default)]
    retired: bool,
}

/// A character in a list: what it takes to recognise it.
#[derive(Debug, Serialize, ToSchema)]
pub struct ListedCharacter {
    /// Its id.
    #[schema(value_type = uuid::Uuid)]
    id: CharacterId,
    /// What it is called.
    name: String,
    /// How its description begins.
    excerpt: String,
    /// Words to find it by.
    tags: Vec<String>,
    /// Where its picture is.
    avatar_url: Option<String>,
    /// Whether it speaks: false once retired.
    is_active: bool,
    /// When it came in.
    #[serde(with = "time::serde::rfc3339")]
    created_at: OffsetDateTime,
    /// When it last changed.
    #[serde(with = "time::serde::rfc3339")]
    updated_at: OffsetDateTime,
    /// Its version: the number in its `ETag`.
    version: u64,
}

impl From<CharacterSummary> for ListedCharacter {
    fn from(row: CharacterSummary) -> Self {
        let CharacterSummary {
            id,
            name,
            excerpt,
            tags,
            avatar_url,
            is_active,
            created_at,
            updated_at,
            version,
        } = row;
        Self { id, name, excerpt, tags, avatar_url, is_active, created_at, updated_at, version }
    }
}

/// Your characters, newest first.
///
/// With `at`, each of those that had come in by then is made anew from the log: a page may have fewer entries than it might,
/// and go on all the same. There is no search in the past: `query` and `tag` are refused.
#[utoipa::path(
    get, path = "/api/v1/characters", tag = "characters", params(Wanted, PageParams, AtParam, AfterParam),
    responses((status = 200, description = "A page of them.", body = Page<ListedCharacter>))
)]
pub async fn list(
    State(house): State<House>,
    caller: Caller,
    Asked(wanted): Asked<Wanted>,
    Asked(page): Asked<PageParams>,
    then: Then,
    _after: After,
) -> Result<Json<Page<ListedCharacter>>, Problem> {
    let paging = page.paging()?;
    if then.is_past() && (wanted.query.is_some() || wanted.tag.is_some()) {
        return Err(Problem::bad_request("no-search-in-the-past", "the past is not searched by name or tag"));
    }
    let begun = |horizon| past::begun_characters(&house.pool, caller.user, horizon, paging);
    let rows = match then.page(&house, begun, |commits| shown(commits, wanted.retired)).await? {
        Some(rows) => rows,
        None => characters::list(&house.pool, caller.user, &filter(wanted), paging).await?,
    };
    Ok(Json(Page::of(rows)))
}

/// The character as it was, unless it was retired and such are not wanted.
fn shown(commits: &[Recorded], retired: bool) -> Result<Option<CharacterSummary>, sqlx::Error> {
    let row = past::character(commits)?.filter(|row| row.is_active || retired);
    Ok(row.map(CharacterSummary::from))
}

fn filter(wanted: Wanted) -> Filter {
    let retired = if wanted.retired { Retired::Included } else { Retired::LeftOut };
    Filter { query: wanted.query, tag: wanted.tag, retired }
}
