//! `GET /conversations`: the caller's conversations, newest first.

use axum::{Json, extract::State};
use projections::conversations;

use super::show::ShownConversation;
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

/// Your conversations, newest first.
#[utoipa::path(
    get, path = "/api/v1/conversations", tag = "conversations", operation_id = "list_conversations",
    params(PageParams, AfterParam),
    responses((status = 200, description = "A page of them.", body = Page<ShownConversation>))
)]
pub async fn list(
    State(house): State<House>,
    caller: Caller,
    Asked(page): Asked<PageParams>,
    _after: After,
) -> Result<Json<Page<ShownConversation>>, Problem> {
    Ok(Json(Page::of(conversations::list(&house.pool, caller.user, page.paging()?).await?)))
}
