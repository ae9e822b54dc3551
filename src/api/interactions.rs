//! `GET /characters/{id}/interactions`: what was said to a character and what it answered, as the product's specification
//! has it.

use axum::{Json, extract::State};
use domain::character::CharacterId;
use projections::character_interactions::{self, InteractionRow, InteractionType};
use serde::Serialize;
use serde_json::Value;
use time::OffsetDateTime;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::{
    after::{After, AfterParam},
    at::At,
    auth::Caller,
    characters::owned,
    page::{Page, PageParams},
    problem::Problem,
    query::Asked,
};
use crate::house::House;

/// What can be asked about interactions.
pub fn routes() -> OpenApiRouter<House> {
    OpenApiRouter::new().routes(routes!(list))
}

/// A message to a character and its answer.
#[derive(Debug, Serialize, ToSchema)]
pub struct Interaction {
    /// The id of the reply; of a greeting, that of its message.
    id: Uuid,
    /// Who answers.
    #[schema(value_type = Uuid)]
    character_id: CharacterId,
    /// What was said to it; null when it speaks first.
    message: Option<String>,
    /// What it said; null until then.
    response: Option<String>,
    /// The conversation, message, turn and reply; once it ended how, by which model, from which prompt (its hash).
    #[schema(value_type = Object)]
    context_data: Value,
    /// What kind of occasion it was: `message`, `regenerate`, `greeting` or `opening`.
    #[schema(value_type = String)]
    interaction_type: InteractionType,
    /// When it was asked.
    #[serde(with = "time::serde::rfc3339")]
    created_at: OffsetDateTime,
}

impl From<InteractionRow> for Interaction {
    fn from(row: InteractionRow) -> Self {
        let InteractionRow {
            id,
            character_id,
            message,
            response,
            context_data,
            interaction_type,
            created_at,
            ..
        } = row;
        Self { id, character_id, message, response, context_data, interaction_type, created_at }
    }
}

/// What was said to a character and what it answered, newest first.
#[utoipa::path(
    get, path = "/api/v1/characters/{id}/interactions", tag = "characters", operation_id = "list_interactions",
    params(("id" = Uuid, Path, description = "The character."), PageParams, AfterParam),
    responses((status = 200, description = "A page of it.", body = Page<Interaction>))
)]
pub async fn list(
    State(house): State<House>,
    caller: Caller,
    At(id): At<CharacterId>,
    Asked(page): Asked<PageParams>,
    _after: After,
) -> Result<Json<Page<Interaction>>, Problem> {
    house.executor.look(id, |character| owned(character, caller.user).map(drop)).await??;
    let rows = character_interactions::list(&house.pool, caller.user, id, page.paging()?).await?;
    Ok(Json(Page::of(rows)))
}
