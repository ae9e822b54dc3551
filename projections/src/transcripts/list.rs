//! Transcripts, read back by their owner, the newest messages first. Deleted ones are left out.

use domain::{
    conversation::{ConversationId, MessageId, ReplyId},
    user::UserId,
};
use serde::Serialize;
use sqlx::{
    PgPool, Row,
    postgres::PgRow,
    types::{Uuid, time::OffsetDateTime},
};

use crate::{
    conversations,
    page::{Cursor, Page, Paging},
    sql,
};

/// What kind of speaker says a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, sqlx::Type)]
#[serde(rename_all = "lowercase")]
#[sqlx(type_name = "text", rename_all = "lowercase")]
pub enum SpeakerKind {
    /// A person.
    User,
    /// A character.
    Character,
    /// Nobody who takes part.
    Narrator,
}

impl SpeakerKind {
    /// As it stands in the table.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Character => "character",
            Self::Narrator => "narrator",
        }
    }
}

/// Who says a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SpeakerRow {
    /// Of what kind they are.
    pub kind: SpeakerKind,
    /// The id of the user or of the character.
    pub id: Option<Uuid>,
    /// Under which name, where it is not their own.
    pub name: Option<String>,
}

/// A message with its words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MessageRow {
    /// Its id.
    pub id: MessageId,
    /// Its place in the conversation, from 0; deleted messages keep theirs.
    pub ordinal: u64,
    /// Who says it.
    pub speaker: SpeakerRow,
    /// The words that count.
    pub text: String,
    /// All wordings.
    pub variants: Vec<String>,
    /// Which of them counts, from 0.
    pub chosen: u64,
    /// Whether the words that count came to their end.
    pub finished: bool,
    /// The reply that brought them, if one did.
    pub reply_id: Option<ReplyId>,
    /// Whether the model is not told it.
    pub hidden: bool,
    /// When it was first said.
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
    /// When its words were last changed, if they were.
    #[serde(with = "time::serde::rfc3339::option")]
    pub edited_at: Option<OffsetDateTime>,
}

impl sqlx::FromRow<'_, PgRow> for MessageRow {
    fn from_row(row: &PgRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            id: sql::id(row, "id")?,
            ordinal: sql::count(row, "ordinal")?,
            speaker: SpeakerRow {
                kind: row.try_get("speaker")?,
                id: row.try_get("speaker_id")?,
                name: row.try_get("speaker_name")?,
            },
            text: row.try_get("text")?,
            variants: row.try_get("variants")?,
            chosen: sql::count(row, "chosen")?,
            finished: row.try_get("finished")?,
            reply_id: sql::maybe_id(row, "reply_id")?,
            hidden: row.try_get("hidden")?,
            created_at: row.try_get("created_at")?,
            edited_at: row.try_get("edited_at")?,
        })
    }
}

/// The messages of a conversation, the last ones first; none if it is not this owner's.
pub async fn list(
    pool: &PgPool,
    owner: UserId,
    conversation: ConversationId,
    paging: Paging,
) -> Result<Option<Page<MessageRow>>, sqlx::Error> {
    let rows: Vec<MessageRow> = sqlx::query_as(
        "select messages.id, ordinal, speaker, coalesce(messages.user_id, character_id) as speaker_id,
                speaker_name, hidden,
                coalesce(counting.text, '') as text,
                array(select text from message_variants where message_id = messages.id order by variant) as variants,
                coalesce(counting.variant, 0) as chosen,
                coalesce(counting.finished, true) as finished,
                counting.reply_id, messages.created_at, edited_at
         from conversations
         join messages on conversation_id = conversations.id
         left join lateral (
             select variant, text, finished, reply_id
             from message_variants
             where message_id = messages.id
             order by variant = messages.chosen desc, variant
             limit 1
         ) as counting on true
         where conversations.id      = $1
           and conversations.user_id = $2
           and ordinal < $3
           and deleted_at is null
         order by ordinal desc
         limit $4",
    )
    .bind(conversation.uuid())
    .bind(owner.uuid())
    .bind(paging.from().ordinal())
    .bind(paging.limit.and_one())
    .fetch_all(pool)
    .await?;
    if rows.is_empty() && conversations::show(pool, owner, conversation).await?.is_none() {
        return Ok(None);
    }
    Ok(Some(Page::of(rows, paging.limit, |row| Cursor::behind(row.ordinal, row.id.uuid()))))
}

/// Where a message was said, and whose conversation that is.
pub async fn conversation_of(
    pool: &PgPool,
    message: MessageId,
) -> Result<Option<(ConversationId, UserId)>, sqlx::Error> {
    let row = sqlx::query(
        "select conversations.id, conversations.user_id
         from messages
         join conversations on conversations.id = conversation_id
         where messages.id = $1",
    )
    .bind(message.uuid())
    .fetch_optional(pool)
    .await?;
    row.map(|row| Ok((sql::id(&row, "id")?, sql::id(&row, "user_id")?))).transpose()
}
