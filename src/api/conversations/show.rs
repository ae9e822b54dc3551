//! `GET /conversations/{id}`: a conversation, without what was said in it.

use axum::{extract::State, response::Response};
use domain::{character::CharacterId, conversation::ConversationId};
use projections::{
    conversations::{self, ConversationRow, Status},
    past,
};
use serde::Serialize;
use serde_json::Value;
use time::OffsetDateTime;
use utoipa::ToSchema;

use crate::{
    api::{
        after::{After, AfterParam},
        at::{At, Named},
        auth::Caller,
        past::{AtParam, Then},
        precondition::Known,
        problem::Problem,
    },
    house::House,
};

/// A conversation.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Conversation)]
pub struct ShownConversation {
    /// Its id.
    #[schema(value_type = uuid::Uuid)]
    id: ConversationId,
    /// What it is called, if anything.
    title: Option<String>,
    /// Who takes part, in the order in which they speak.
    #[schema(value_type = Vec<uuid::Uuid>)]
    character_ids: Vec<CharacterId>,
    /// As whom you take part: `name` and `description`, and the `id` of the persona if it is one of yours; then these are
    /// as they were when you took it on.
    #[schema(value_type = Option<Object>)]
    persona: Option<Value>,
    /// Whether it goes on: `open` or `closed`.
    #[schema(value_type = String)]
    status: Status,
    /// The conversation that it left and the message of it after which.
    #[schema(value_type = Option<Object>)]
    branched_from: Option<Value>,
    /// How many messages its story has.
    message_count: u64,
    /// When the last of them was said.
    #[serde(with = "time::serde::rfc3339::option")]
    last_message_at: Option<OffsetDateTime>,
    /// When it began.
    #[serde(with = "time::serde::rfc3339")]
    created_at: OffsetDateTime,
    /// When something last happened in it.
    #[serde(with = "time::serde::rfc3339")]
    updated_at: OffsetDateTime,
    /// Its version: the number in its `ETag`.
    version: u64,
}

impl From<ConversationRow> for ShownConversation {
    fn from(row: ConversationRow) -> Self {
        Self {
            id: row.id,
            title: row.title,
            character_ids: row.character_ids,
            persona: row.persona,
            status: row.status,
            branched_from: row.branched_from,
            message_count: row.message_count,
            last_message_at: row.last_message_at,
            created_at: row.created_at,
            updated_at: row.updated_at,
            version: row.version,
        }
    }
}

/// A conversation.
#[utoipa::path(
    get, path = "/api/v1/conversations/{id}", tag = "conversations", operation_id = "show_conversation",
    params(("id" = uuid::Uuid, Path, description = "The conversation."), AtParam, AfterParam),
    responses((status = 200, description = "The conversation.", body = ShownConversation))
)]
pub async fn show(
    State(house): State<House>,
    caller: Caller,
    At(id): At<ConversationId>,
    known: Known,
    then: Then,
    _after: After,
) -> Result<Response, Problem> {
    let row = match then.commits(&house, id.key()).await? {
        Some(commits) => past::conversation(&commits)?.map(|past| past.row),
        None => conversations::show(&house.pool, caller.user, id).await?,
    };
    let row = row.filter(|row| row.user_id == caller.user).ok_or_else(ConversationId::missing)?;
    Ok(known.or_shown(row.version, ShownConversation::from(row)))
}
