//! `GET /conversations/{id}/messages`: what was said, the last first, in all its wordings.

use axum::{Json, extract::State};
use domain::conversation::{ConversationId, MessageId, ReplyId};
use projections::{
    past,
    transcripts::{self, MessageRow, SpeakerKind},
};
use serde::Serialize;
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    api::{
        after::{After, AfterParam},
        at::{At, Named},
        auth::Caller,
        page::{Page, PageParams},
        past::{AtParam, Then},
        problem::Problem,
        query::Asked,
    },
    house::House,
};

/// A message with its words.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TranscriptMessage)]
pub struct ShownMessage {
    /// Its id.
    #[schema(value_type = Uuid)]
    id: MessageId,
    /// Its place in the conversation, from 0; deleted messages keep theirs.
    ordinal: u64,
    /// Who says it.
    speaker: Speaker,
    /// The words that count.
    text: String,
    /// All wordings.
    variants: Vec<String>,
    /// Which of them counts, from 0.
    chosen: u64,
    /// Whether the words that count came to their end; those of a cancelled or failed reply did not.
    finished: bool,
    /// The reply that brought them, if one did.
    #[schema(value_type = Option<Uuid>)]
    reply_id: Option<ReplyId>,
    /// Whether the model is not told it: of what was hidden elsewhere.
    hidden: bool,
    /// When it was first said.
    #[serde(with = "time::serde::rfc3339")]
    created_at: OffsetDateTime,
    /// When its words were last changed, if they were.
    #[serde(with = "time::serde::rfc3339::option")]
    edited_at: Option<OffsetDateTime>,
}

/// Who says a message.
#[derive(Debug, Serialize, ToSchema)]
pub struct Speaker {
    /// `user`, `character` or `narrator`.
    #[schema(value_type = String)]
    kind: SpeakerKind,
    /// The id of the user or of the character; a narrator has none.
    id: Option<Uuid>,
    /// Under which name, where it is not their own: of what was said elsewhere.
    name: Option<String>,
}

impl From<MessageRow> for ShownMessage {
    fn from(row: MessageRow) -> Self {
        Self {
            id: row.id,
            ordinal: row.ordinal,
            speaker: Speaker { kind: row.speaker.kind, id: row.speaker.id, name: row.speaker.name },
            text: row.text,
            variants: row.variants,
            chosen: row.chosen,
            finished: row.finished,
            reply_id: row.reply_id,
            hidden: row.hidden,
            created_at: row.created_at,
            edited_at: row.edited_at,
        }
    }
}

/// What was said, the last first.
#[utoipa::path(
    get, path = "/api/v1/conversations/{id}/messages", tag = "conversations", operation_id = "list_messages",
    params(("id" = Uuid, Path, description = "The conversation."), PageParams, AtParam, AfterParam),
    responses((status = 200, description = "A page of it.", body = Page<ShownMessage>))
)]
pub async fn messages(
    State(house): State<House>,
    caller: Caller,
    At(id): At<ConversationId>,
    Asked(page): Asked<PageParams>,
    then: Then,
    _after: After,
) -> Result<Json<Page<ShownMessage>>, Problem> {
    let paging = page.paging()?;
    let rows = match then.commits(&house, id.key()).await? {
        Some(commits) => {
            let past = past::conversation(&commits)?.filter(|past| past.row.user_id == caller.user);
            past.map(|past| past.messages(paging))
        }
        None => transcripts::list(&house.pool, caller.user, id, paging).await?,
    };
    Ok(Json(Page::of(rows.ok_or_else(ConversationId::missing)?)))
}
