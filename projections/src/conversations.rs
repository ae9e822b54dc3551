//! Conversations, as they are now, and the one projection that writes all of their tables.
//!
//! An event is applied to the conversation first, then to the transcript, the replies and the interactions, each in its
//! own file and in this order: a later one may read what an earlier one has just written, never the other way round.

mod companies;

use domain::{
    Private,
    character::CharacterId,
    commit::{Kind, Recorded},
    conversation::{
        Conversation, ConversationAdopted, ConversationBranched, ConversationEvent, ConversationId,
        ConversationRenamed, ConversationStarted, Persona,
    },
    user::UserId,
};
use serde::Serialize;
use serde_json::{Value, json};
use sqlx::{
    PgConnection, PgPool, Row,
    postgres::PgRow,
    types::{Uuid, time::OffsetDateTime},
};

pub use companies::{Company, companies};

use crate::{
    Projection, character_interactions,
    moment::Moment,
    page::{Cursor, Page, Paging},
    replies, sql, transcripts,
};

/// People and characters who talk with each other, and everything that they say.
pub const PROJECTION: Projection = Projection {
    name: "conversations",
    version: 1,
    reads: &[Kind::Conversation],
    tables: &["conversations", "messages", "message_variants", "replies", "character_interactions"],
    apply: |recorded, tx| Box::pin(apply_all(recorded, tx)),
};

async fn apply_all(recorded: &Recorded, tx: &mut PgConnection) -> Result<(), sqlx::Error> {
    let moment = Moment::from(recorded);
    for event in recorded.events::<Conversation>() {
        apply(event, moment, tx).await?;
        transcripts::apply(event, moment, tx).await?;
        replies::apply(event, moment, tx).await?;
        character_interactions::apply(event, moment, tx).await?;
    }
    touched(tx, moment).await
}

async fn apply(event: &ConversationEvent, moment: Moment, tx: &mut PgConnection) -> Result<(), sqlx::Error> {
    match event {
        ConversationEvent::ConversationStarted(event) => started(tx, moment, event).await,
        ConversationEvent::ConversationBranched(event) => branched(tx, moment, event).await,
        ConversationEvent::ConversationAdopted(event) => adopted(tx, moment, event).await,
        ConversationEvent::ConversationRenamed(event) => renamed(tx, moment, event).await,
        ConversationEvent::ConversationClosed(_) => closed(tx, moment).await,
        ConversationEvent::HistoryAdopted(_)
        | ConversationEvent::CharacterGreeted(_)
        | ConversationEvent::MessageSent(_)
        | ConversationEvent::ReplyRequested(_)
        | ConversationEvent::ReplyCompleted(_)
        | ConversationEvent::ReplyFailed(_)
        | ConversationEvent::ReplyCancelled(_)
        | ConversationEvent::VariantChosen(_)
        | ConversationEvent::MessageEdited(_)
        | ConversationEvent::MessageDeleted(_) => Ok(()),
    }
}

async fn started(
    tx: &mut PgConnection,
    moment: Moment,
    event: &ConversationStarted,
) -> Result<(), sqlx::Error> {
    let ConversationStarted { owner, characters, title, persona } = event;
    begun(tx, moment, *owner, characters, title.as_ref(), persona.as_ref(), None).await
}

async fn branched(
    tx: &mut PgConnection,
    moment: Moment,
    event: &ConversationBranched,
) -> Result<(), sqlx::Error> {
    let ConversationBranched { owner, source, at, characters, title, persona } = event;
    let from = json!({ "conversation": source, "message": at });
    begun(tx, moment, *owner, characters, title.as_ref(), persona.as_ref(), Some(from)).await
}

async fn adopted(
    tx: &mut PgConnection,
    moment: Moment,
    event: &ConversationAdopted,
) -> Result<(), sqlx::Error> {
    let ConversationAdopted { owner, characters, title, persona, manuscript: _ } = event;
    begun(tx, moment, *owner, characters, title.as_ref(), persona.as_ref(), None).await
}

/// A branch, or what comes from elsewhere, takes its history in before it begins: what is already there is counted.
async fn begun(
    tx: &mut PgConnection,
    moment: Moment,
    owner: UserId,
    characters: &[CharacterId],
    title: Option<&Private<String>>,
    persona: Option<&Private<Persona>>,
    branched_from: Option<Value>,
) -> Result<(), sqlx::Error> {
    let characters: Vec<Uuid> = characters.iter().map(|character| character.uuid()).collect();
    sqlx::query(
        "insert into conversations (id, user_id, title, character_ids, persona, status, branched_from, message_count,
                                    last_message_at, created_at, updated_at, version)
         select $1, $2, $3, $4, $5, 'open', $6, count(*), max(created_at), $7, $7, $8
         from messages
         where conversation_id = $1
           and deleted_at is null
         on conflict (id) do nothing",
    )
    .bind(moment.id)
    .bind(owner.uuid())
    .bind(title.and_then(Private::known).map(|title| sql::text(title)))
    .bind(characters)
    .bind(persona.and_then(Private::known).map(sql::json).transpose()?)
    .bind(branched_from)
    .bind(moment.at)
    .bind(moment.sequence)
    .execute(tx)
    .await?;
    Ok(())
}

async fn renamed(
    tx: &mut PgConnection,
    moment: Moment,
    event: &ConversationRenamed,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "update conversations
         set title = $3
         where id = $1
           and version <= $2",
    )
    .bind(moment.id)
    .bind(moment.sequence)
    .bind(event.title.as_ref().and_then(Private::known).map(|title| sql::text(title)))
    .execute(tx)
    .await?;
    Ok(())
}

async fn closed(tx: &mut PgConnection, moment: Moment) -> Result<(), sqlx::Error> {
    sqlx::query("update conversations set status = 'closed' where id = $1")
        .bind(moment.id)
        .execute(tx)
        .await?;
    Ok(())
}

/// Whatever a commit says of a conversation, its version is the commit's sequence.
async fn touched(tx: &mut PgConnection, moment: Moment) -> Result<(), sqlx::Error> {
    sqlx::query(
        "update conversations
         set version    = $2,
             updated_at = $3
         where id = $1
           and version < $2",
    )
    .bind(moment.id)
    .bind(moment.sequence)
    .bind(moment.at)
    .execute(tx)
    .await?;
    Ok(())
}

/// Whether a conversation goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, sqlx::Type)]
#[serde(rename_all = "lowercase")]
#[sqlx(type_name = "text", rename_all = "lowercase")]
pub enum Status {
    /// It does.
    Open,
    /// It does not.
    Closed,
}

/// A conversation.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ConversationRow {
    /// Its id.
    pub id: ConversationId,
    /// Whose it is.
    pub user_id: UserId,
    /// What it is called, if anything.
    pub title: Option<String>,
    /// Who takes part, in the order in which they speak.
    pub character_ids: Vec<CharacterId>,
    /// As whom the owner takes part.
    pub persona: Option<Value>,
    /// Whether it goes on.
    pub status: Status,
    /// The conversation that it left and the message of it after which.
    pub branched_from: Option<Value>,
    /// How many messages its story has.
    pub message_count: u64,
    /// When the last of them was said.
    #[serde(with = "time::serde::rfc3339::option")]
    pub last_message_at: Option<OffsetDateTime>,
    /// When it began.
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
    /// When something last happened in it.
    #[serde(with = "time::serde::rfc3339")]
    pub updated_at: OffsetDateTime,
    /// The sequence of the last commit in this row; its `ETag`.
    pub version: u64,
}

impl sqlx::FromRow<'_, PgRow> for ConversationRow {
    fn from_row(row: &PgRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            id: sql::id(row, "id")?,
            user_id: sql::id(row, "user_id")?,
            title: row.try_get("title")?,
            character_ids: sql::ids(row, "character_ids")?,
            persona: row.try_get("persona")?,
            status: row.try_get("status")?,
            branched_from: row.try_get("branched_from")?,
            message_count: sql::count(row, "message_count")?,
            last_message_at: row.try_get("last_message_at")?,
            created_at: row.try_get("created_at")?,
            updated_at: row.try_get("updated_at")?,
            version: sql::count(row, "version")?,
        })
    }
}

/// Somebody's conversations, those that began last first.
pub async fn list(
    pool: &PgPool,
    owner: UserId,
    paging: Paging,
) -> Result<Page<ConversationRow>, sqlx::Error> {
    let from = paging.from();
    let rows: Vec<ConversationRow> = sqlx::query_as(
        "select id, user_id, title, character_ids, persona, status, branched_from, message_count, last_message_at,
                created_at, updated_at, version
         from conversations
         where user_id = $1
           and (created_at, id) < ($2, $3)
         order by created_at desc, id desc
         limit $4",
    )
    .bind(owner.uuid())
    .bind(from.created_at())
    .bind(from.id())
    .bind(paging.limit.and_one())
    .fetch_all(pool)
    .await?;
    Ok(Page::of(rows, paging.limit, |row| Cursor::at(row.created_at, row.id.uuid())))
}

/// The conversation of this id, if it is this owner's.
pub async fn show(
    pool: &PgPool,
    owner: UserId,
    conversation: ConversationId,
) -> Result<Option<ConversationRow>, sqlx::Error> {
    sqlx::query_as(
        "select id, user_id, title, character_ids, persona, status, branched_from, message_count, last_message_at,
                created_at, updated_at, version
         from conversations
         where id = $1
           and user_id = $2",
    )
    .bind(conversation.uuid())
    .bind(owner.uuid())
    .fetch_optional(pool)
    .await
}
