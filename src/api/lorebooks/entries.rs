//! `GET /lorebooks/{id}/entries`: what a lorebook knows, in its order, and one entry by its number.

use axum::{Json, extract::State};
use domain::lorebook::LorebookId;
use projections::lorebooks::{self, EntryRow};

use super::{EntryNumber, parts::LorebookEntry};
use crate::{
    api::{
        after::{After, AfterParam},
        at::{At, Named},
        auth::Caller,
        page::{Page, PageParams},
        problem::Problem,
        query::Asked,
    },
    house::House,
};

impl From<EntryRow> for LorebookEntry {
    fn from(row: EntryRow) -> Self {
        row.entry.into()
    }
}

/// The entries of a lorebook, in its order.
#[utoipa::path(
    get, path = "/api/v1/lorebooks/{id}/entries", tag = "lorebooks", operation_id = "list_entries",
    params(("id" = uuid::Uuid, Path, description = "The lorebook."), PageParams, AfterParam),
    responses((status = 200, description = "A page of them.", body = Page<LorebookEntry>))
)]
pub async fn list(
    State(house): State<House>,
    caller: Caller,
    At(id): At<LorebookId>,
    Asked(page): Asked<PageParams>,
    _after: After,
) -> Result<Json<Page<LorebookEntry>>, Problem> {
    let rows = lorebooks::entries(&house.pool, caller.user, id, page.paging()?).await?;
    Ok(Json(Page::of(rows.ok_or_else(LorebookId::missing)?)))
}

/// One entry of a lorebook.
#[utoipa::path(
    get, path = "/api/v1/lorebooks/{id}/entries/{uid}", tag = "lorebooks", operation_id = "show_entry",
    params(
        ("id" = uuid::Uuid, Path, description = "The lorebook."),
        ("uid" = u64, Path, description = "The number of the entry."),
        AfterParam,
    ),
    responses((status = 200, description = "The entry.", body = LorebookEntry))
)]
pub async fn show(
    State(house): State<House>,
    caller: Caller,
    At((id, entry)): At<(LorebookId, EntryNumber)>,
    _after: After,
) -> Result<Json<LorebookEntry>, Problem> {
    if let Some(row) = lorebooks::entry(&house.pool, caller.user, id, entry.0).await? {
        return Ok(Json(row.into()));
    }
    match lorebooks::show(&house.pool, caller.user, id).await? {
        Some(_) => Err(EntryNumber::missing()),
        None => Err(LorebookId::missing()),
    }
}
