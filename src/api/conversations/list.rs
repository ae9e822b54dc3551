//! `GET /conversations`: the caller's conversations, newest first.

use axum::{Json, extract::State};
use projections::{conversations, past};

use super::show::ShownConversation;
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

/// Your conversations, newest first.
///
/// With `at`, each of those that had begun by then is made anew from the log: a page may have fewer entries than it might,
/// and go on all the same.
#[utoipa::path(
    get, path = "/api/v1/conversations", tag = "conversations", operation_id = "list_conversations",
    params(PageParams, AtParam, AfterParam),
    responses((status = 200, description = "A page of them.", body = Page<ShownConversation>))
)]
pub async fn list(
    State(house): State<House>,
    caller: Caller,
    Asked(page): Asked<PageParams>,
    then: Then,
    _after: After,
) -> Result<Json<Page<ShownConversation>>, Problem> {
    let paging = page.paging()?;
    let begun = |horizon| past::begun_conversations(&house.pool, caller.user, horizon, paging);
    let fold = |commits: &[_]| Ok(past::conversation(commits)?.map(|past| past.row));
    let rows = match then.page(&house, begun, fold).await? {
        Some(rows) => rows,
        None => conversations::list(&house.pool, caller.user, paging).await?,
    };
    Ok(Json(Page::of(rows)))
}
