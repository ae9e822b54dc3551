//! Replies: what characters were asked to say, and how it went.
//!
//! A client knows a reply by its id alone, and comes back for it after a break: this table says whose it is and whether
//! it still streams. The first end counts; the rules let no second one happen.

use domain::{
    Id,
    character::CharacterId,
    conversation::{
        ConversationEvent, ConversationId, MessageId, ReplyCancelled, ReplyCompleted, ReplyFailed, ReplyId,
        ReplyRequested,
    },
    user::UserId,
};
use serde::Serialize;
use sqlx::{PgConnection, PgPool, Row, postgres::PgRow, types::time::OffsetDateTime};

use crate::{moment::Moment, sql};

pub(crate) async fn apply(
    event: &ConversationEvent,
    moment: Moment,
    tx: &mut PgConnection,
) -> Result<(), sqlx::Error> {
    match event {
        ConversationEvent::ReplyRequested(event) => requested(tx, moment, event).await,
        ConversationEvent::ReplyCompleted(event) => ended(tx, moment, End::from(event)).await,
        ConversationEvent::ReplyFailed(event) => ended(tx, moment, End::from(event)).await,
        ConversationEvent::ReplyCancelled(event) => ended(tx, moment, End::from(event)).await,
        ConversationEvent::ConversationStarted(_)
        | ConversationEvent::ConversationBranched(_)
        | ConversationEvent::ConversationAdopted(_)
        | ConversationEvent::HistoryAdopted(_)
        | ConversationEvent::CharacterGreeted(_)
        | ConversationEvent::MessageSent(_)
        | ConversationEvent::VariantChosen(_)
        | ConversationEvent::MessageEdited(_)
        | ConversationEvent::MessageDeleted(_)
        | ConversationEvent::ConversationRenamed(_)
        | ConversationEvent::ConversationClosed(_) => Ok(()),
    }
}

/// How far a reply is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, sqlx::Type)]
#[serde(rename_all = "lowercase")]
#[sqlx(type_name = "text", rename_all = "lowercase")]
pub enum Stage {
    /// Somebody is working on it.
    Requested,
    /// It was said.
    Completed,
    /// It could not be said.
    Failed,
    /// The person did not want it any more.
    Cancelled,
}

/// How a reply ended.
struct End<'a> {
    reply: ReplyId,
    stage: Stage,
    reason: Option<&'a str>,
    sentence: Option<&'a str>,
    attempt: Option<u32>,
    run: Option<u32>,
}

impl<'a> From<&'a ReplyCompleted> for End<'a> {
    fn from(event: &'a ReplyCompleted) -> Self {
        Self {
            reply: event.reply,
            stage: Stage::Completed,
            reason: None,
            sentence: None,
            attempt: Some(event.attempt),
            run: Some(event.run),
        }
    }
}

impl<'a> From<&'a ReplyFailed> for End<'a> {
    fn from(event: &'a ReplyFailed) -> Self {
        Self {
            reply: event.reply,
            stage: Stage::Failed,
            reason: Some(&event.reason),
            sentence: Some(event.sentence.words()),
            attempt: Some(event.attempt),
            run: None,
        }
    }
}

impl<'a> From<&'a ReplyCancelled> for End<'a> {
    fn from(event: &'a ReplyCancelled) -> Self {
        Self {
            reply: event.reply,
            stage: Stage::Cancelled,
            reason: None,
            sentence: None,
            attempt: None,
            run: None,
        }
    }
}

async fn requested(tx: &mut PgConnection, moment: Moment, event: &ReplyRequested) -> Result<(), sqlx::Error> {
    sqlx::query(
        "insert into replies (id, conversation_id, user_id, character_id, message_id, turn_message_id, stage, requested_at)
         select $2, id, user_id, $3, $4, $5, 'requested', $6
         from conversations
         where id = $1
         on conflict (id) do nothing",
    )
    .bind(moment.id)
    .bind(event.reply.uuid())
    .bind(event.character.uuid())
    .bind(event.message.uuid())
    .bind(event.turn.map(Id::uuid))
    .bind(moment.at)
    .execute(tx)
    .await?;
    Ok(())
}

async fn ended(tx: &mut PgConnection, moment: Moment, end: End<'_>) -> Result<(), sqlx::Error> {
    sqlx::query(
        "update replies
         set stage          = $3,
             reason         = $4,
             sentence       = $5,
             attempt        = $6,
             run            = $7,
             variant        = (select variant from message_variants where reply_id = $2),
             ended_at       = $8,
             ended_sequence = $9
         where conversation_id = $1
           and id = $2
           and stage = 'requested'",
    )
    .bind(moment.id)
    .bind(end.reply.uuid())
    .bind(end.stage)
    .bind(end.reason.map(sql::text))
    .bind(end.sentence.map(sql::text))
    .bind(end.attempt.map(i64::from))
    .bind(end.run.map(i64::from))
    .bind(moment.at)
    .bind(moment.sequence)
    .execute(tx)
    .await?;
    Ok(())
}

/// A reply, with what was said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReplyRow {
    /// Its id.
    pub id: ReplyId,
    /// Where.
    pub conversation_id: ConversationId,
    /// Whose conversation that is.
    pub user_id: UserId,
    /// Who was asked.
    pub character_id: CharacterId,
    /// The message that it is a variant of, or becomes.
    pub message_id: MessageId,
    /// The message that it answers; none when the character opens the conversation.
    pub turn_message_id: Option<MessageId>,
    /// How far it is.
    pub stage: Stage,
    /// Why it failed, as a stable name.
    pub reason: Option<String>,
    /// Why it failed, for people.
    pub sentence: Option<String>,
    /// The attempt that ended it, from 1.
    pub attempt: Option<u64>,
    /// The run of the worker that completed it; stream ids carry it.
    pub run: Option<u64>,
    /// Which variant of the message it brought, if it brought one.
    pub variant: Option<u64>,
    /// What it said, whole or until it was cut short.
    pub text: Option<String>,
    /// When it was asked for.
    #[serde(with = "time::serde::rfc3339")]
    pub requested_at: OffsetDateTime,
    /// When it ended.
    #[serde(with = "time::serde::rfc3339::option")]
    pub ended_at: Option<OffsetDateTime>,
    /// The sequence of the commit that ended it.
    pub ended_sequence: Option<u64>,
}

impl sqlx::FromRow<'_, PgRow> for ReplyRow {
    fn from_row(row: &PgRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            id: sql::id(row, "id")?,
            conversation_id: sql::id(row, "conversation_id")?,
            user_id: sql::id(row, "user_id")?,
            character_id: sql::id(row, "character_id")?,
            message_id: sql::id(row, "message_id")?,
            turn_message_id: sql::maybe_id(row, "turn_message_id")?,
            stage: row.try_get("stage")?,
            reason: row.try_get("reason")?,
            sentence: row.try_get("sentence")?,
            attempt: sql::maybe_count(row, "attempt")?,
            run: sql::maybe_count(row, "run")?,
            variant: sql::maybe_count(row, "variant")?,
            text: row.try_get("text")?,
            requested_at: row.try_get("requested_at")?,
            ended_at: row.try_get("ended_at")?,
            ended_sequence: sql::maybe_count(row, "ended_sequence")?,
        })
    }
}

/// The reply of this id, whoever asks: the caller holds `user_id` against them.
pub async fn find(pool: &PgPool, reply: ReplyId) -> Result<Option<ReplyRow>, sqlx::Error> {
    sqlx::query_as(
        "select id, conversation_id, user_id, character_id, replies.message_id, turn_message_id, stage, reason,
                sentence, attempt, run, replies.variant, text, requested_at, ended_at, ended_sequence
         from replies
         left join message_variants on reply_id = replies.id
         where id = $1",
    )
    .bind(reply.uuid())
    .fetch_optional(pool)
    .await
}
