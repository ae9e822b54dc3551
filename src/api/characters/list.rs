//! `GET /characters`: the caller's characters, newest first, searched by name and tag.

use axum::{Json, extract::State};
use domain::character::CharacterId;
use projections::characters::{self, CharacterSummary, Filter, Retired};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::{IntoParams, ToSchema};

use crate::{
    api::{
        after::{After, AfterParam},
        auth::Caller,
        page::{Page, PageParams},
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
#[utoipa::path(
    get, path = "/api/v1/characters", tag = "characters", params(Wanted, PageParams, AfterParam),
    responses((status = 200, description = "A page of them.", body = Page<ListedCharacter>))
)]
pub async fn list(
    State(house): State<House>,
    caller: Caller,
    Asked(wanted): Asked<Wanted>,
    Asked(page): Asked<PageParams>,
    _after: After,
) -> Result<Json<Page<ListedCharacter>>, Problem> {
    let retired = if wanted.retired { Retired::Included } else { Retired::LeftOut };
    let filter = Filter { query: wanted.query, tag: wanted.tag, retired };
    let rows = characters::list(&house.pool, caller.user, &filter, page.paging()?).await?;
    Ok(Json(Page::of(rows)))
}
