//! `GET /lorebooks`: the caller's lorebooks, newest first, searched by name, or those of a character.

use axum::{Json, extract::State};
use domain::{character::CharacterId, lorebook::LorebookId};
use projections::lorebooks::{self, Filter, LorebookSummary, Retired};
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

/// Which lorebooks are wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Wanted {
    /// Those whose name holds this, or a word much like it.
    query: Option<String>,
    /// Those that are for this character.
    #[param(value_type = Option<uuid::Uuid>)]
    character_id: Option<CharacterId>,
    /// Retired ones too.
    #[serde(default)]
    retired: bool,
}

/// A lorebook in a list: what it takes to recognise it.
#[derive(Debug, Serialize, ToSchema)]
pub struct ListedLorebook {
    /// Its id.
    #[schema(value_type = uuid::Uuid)]
    id: LorebookId,
    /// What it is called.
    name: String,
    /// How its description begins.
    excerpt: String,
    /// How many entries it has.
    entry_count: u64,
    /// How many entries of its file have yet to arrive: 0, unless its import broke off.
    missing_entries: u64,
    /// Whether it is for every conversation.
    is_global: bool,
    /// Whether it may be used: false once retired.
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

impl From<LorebookSummary> for ListedLorebook {
    fn from(row: LorebookSummary) -> Self {
        Self {
            id: row.id,
            name: row.name,
            excerpt: row.excerpt,
            entry_count: row.entry_count,
            missing_entries: row.entries_expected,
            is_global: row.is_global,
            is_active: row.is_active,
            created_at: row.created_at,
            updated_at: row.updated_at,
            version: row.version,
        }
    }
}

/// Your lorebooks, newest first.
#[utoipa::path(
    get, path = "/api/v1/lorebooks", tag = "lorebooks", operation_id = "list_lorebooks",
    params(Wanted, PageParams, AfterParam),
    responses((status = 200, description = "A page of them.", body = Page<ListedLorebook>))
)]
pub async fn list(
    State(house): State<House>,
    caller: Caller,
    Asked(wanted): Asked<Wanted>,
    Asked(page): Asked<PageParams>,
    _after: After,
) -> Result<Json<Page<ListedLorebook>>, Problem> {
    let retired = if wanted.retired { Retired::Included } else { Retired::LeftOut };
    let filter = Filter { query: wanted.query, character: wanted.character_id, retired };
    let rows = lorebooks::list(&house.pool, caller.user, &filter, page.paging()?).await?;
    Ok(Json(Page::of(rows)))
}
