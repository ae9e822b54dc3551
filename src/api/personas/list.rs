//! `GET /personas`: the caller's personas, newest first, searched by name.

use axum::{Json, extract::State};
use domain::persona::PersonaId;
use projections::personas::{self, Filter, PersonaRow, Retired};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::{IntoParams, ToSchema};

use super::location;
use crate::{
    api::{
        after::{After, AfterParam},
        auth::Caller,
        page::{Page, PageParams},
        picture,
        problem::Problem,
        query::Asked,
    },
    house::House,
};

/// As much of a description as a list tells.
const EXCERPT: usize = 280;

/// Which personas are wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Wanted {
    /// Those whose name holds this, or a word much like it.
    query: Option<String>,
    /// Retired ones too.
    #[serde(default)]
    retired: bool,
}

/// A persona in a list: what it takes to recognise it.
#[derive(Debug, Serialize, ToSchema)]
pub struct ListedPersona {
    /// Its id.
    #[schema(value_type = uuid::Uuid)]
    id: PersonaId,
    /// What it is called.
    name: String,
    /// What tells it from others of the name.
    title: String,
    /// How its description begins.
    excerpt: String,
    /// Where its picture is.
    avatar_url: Option<String>,
    /// The file by which the program that it was brought from knows it.
    file: Option<String>,
    /// Whether it may be chosen: false once retired.
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

impl From<PersonaRow> for ListedPersona {
    fn from(row: PersonaRow) -> Self {
        Self {
            id: row.id,
            name: row.profile.name,
            title: row.profile.title,
            excerpt: row.profile.description.chars().take(EXCERPT).collect(),
            avatar_url: row.picture.map(|it| picture::address(&location(row.id), &it.digest)),
            file: row.source_file,
            is_active: row.is_active,
            created_at: row.created_at,
            updated_at: row.updated_at,
            version: row.version,
        }
    }
}

/// Your personas, newest first.
#[utoipa::path(
    get, path = "/api/v1/personas", tag = "personas", operation_id = "list_personas",
    params(Wanted, PageParams, AfterParam),
    responses((status = 200, description = "A page of them.", body = Page<ListedPersona>))
)]
pub async fn list(
    State(house): State<House>,
    caller: Caller,
    Asked(wanted): Asked<Wanted>,
    Asked(page): Asked<PageParams>,
    _after: After,
) -> Result<Json<Page<ListedPersona>>, Problem> {
    let retired = if wanted.retired { Retired::Included } else { Retired::LeftOut };
    let filter = Filter { query: wanted.query, retired };
    let rows = personas::list(&house.pool, caller.user, &filter, page.paging()?).await?;
    Ok(Json(Page::of(rows)))
}
