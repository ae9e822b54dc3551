//! Interactions: a message to a character and its answer in one row, as the product's specification has it.
//!
//! A row is there from the moment at which the character is asked; its response comes when the reply ends. It says what
//! was asked and answered at that time: what is edited or deleted later is the transcript's business. What the columns
//! have no room for is in `context_data`: ids, counts, the model and the hash of the prompt.

use domain::{
    Id, Private,
    character::CharacterId,
    conversation::{
        CharacterGreeted, ConversationEvent, ReplyCancelled, ReplyCompleted, ReplyFailed, ReplyId,
        ReplyRequested,
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

use crate::{
    moment::Moment,
    page::{Cursor, Page, Paging},
    sql,
};

pub(crate) async fn apply(
    event: &ConversationEvent,
    moment: Moment,
    tx: &mut PgConnection,
) -> Result<(), sqlx::Error> {
    match event {
        ConversationEvent::CharacterGreeted(event) => greeted(tx, moment, event).await,
        ConversationEvent::ReplyRequested(event) => asked(tx, moment, event).await,
        ConversationEvent::ReplyCompleted(event) => {
            answered(tx, moment, event.reply, Some(&event.text), completion(event)).await
        }
        ConversationEvent::ReplyFailed(ReplyFailed { reply, reason, partial, attempt, .. }) => {
            let how = json!({ "stage": "failed", "reason": reason, "attempt": attempt });
            answered(tx, moment, *reply, partial.as_ref(), how).await
        }
        ConversationEvent::ReplyCancelled(ReplyCancelled { reply, partial }) => {
            answered(tx, moment, *reply, partial.as_ref(), json!({ "stage": "cancelled" })).await
        }
        ConversationEvent::ConversationStarted(_)
        | ConversationEvent::ConversationBranched(_)
        | ConversationEvent::ConversationAdopted(_)
        | ConversationEvent::HistoryAdopted(_)
        | ConversationEvent::MessageSent(_)
        | ConversationEvent::VariantChosen(_)
        | ConversationEvent::MessageEdited(_)
        | ConversationEvent::MessageDeleted(_)
        | ConversationEvent::ConversationRenamed(_)
        | ConversationEvent::ConversationClosed(_) => Ok(()),
    }
}

fn completion(event: &ReplyCompleted) -> Value {
    let ReplyCompleted { attempt, run, prompt, provider, model, finish, usage, took_ms, reply: _, text: _ } =
        event;
    json!({
        "stage": "completed",
        "attempt": attempt,
        "run": run,
        "prompt": prompt,
        "provider": provider,
        "model": model,
        "finish": finish,
        "usage": usage,
        "took_ms": took_ms,
    })
}

async fn greeted(tx: &mut PgConnection, moment: Moment, event: &CharacterGreeted) -> Result<(), sqlx::Error> {
    let chosen = usize::try_from(event.chosen).unwrap_or(0);
    let Some(words) = event.variants.get(chosen).or(event.variants.first()) else { return Ok(()) };
    let context = json!({
        "conversation": moment.id,
        "message": event.message,
        "variant": event.chosen,
        "stage": "completed",
    });
    sqlx::query(
        "insert into character_interactions (id, character_id, user_id, response, context_data, interaction_type,
                                             created_at)
         select $2, $3, user_id, $4, $5, 'greeting', $6
         from conversations
         where id = $1
         on conflict (id) do nothing",
    )
    .bind(moment.id)
    .bind(event.message.uuid())
    .bind(event.character.uuid())
    .bind(sql::text(words.words()))
    .bind(context)
    .bind(moment.at)
    .execute(tx)
    .await?;
    Ok(())
}

/// The occasion follows from what is there: an earlier reply for the same message makes it another try.
async fn asked(tx: &mut PgConnection, moment: Moment, event: &ReplyRequested) -> Result<(), sqlx::Error> {
    let context = json!({
        "conversation": moment.id,
        "message": event.message,
        "turn": event.turn,
        "reply": event.reply,
        "stage": "requested",
    });
    sqlx::query(
        "insert into character_interactions (id, character_id, user_id, message, context_data, interaction_type,
                                             created_at)
         select $2, $3, user_id,
                (select text
                 from messages
                 join message_variants on message_id = messages.id
                 where messages.id = $5
                   and conversation_id = $1
                 order by variant = chosen desc, variant
                 limit 1),
                $6,
                case when exists (select from replies where message_id = $4 and id <> $2) then 'regenerate'
                     when $5 is null then 'opening'
                     else 'message'
                end,
                $7
         from conversations
         where id = $1
         on conflict (id) do nothing",
    )
    .bind(moment.id)
    .bind(event.reply.uuid())
    .bind(event.character.uuid())
    .bind(event.message.uuid())
    .bind(event.turn.map(Id::uuid))
    .bind(context)
    .bind(moment.at)
    .execute(tx)
    .await?;
    Ok(())
}

/// What was said, whole or until it was cut short, and how it came about. The first end counts.
async fn answered(
    tx: &mut PgConnection,
    moment: Moment,
    reply: ReplyId,
    words: Option<&Private<String>>,
    how: Value,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "update character_interactions
         set response     = nullif($3, ''),
             context_data = context_data || $4 || jsonb_build_object('variant', replies.variant)
         from replies
         where character_interactions.id = $2
           and replies.id = $2
           and replies.conversation_id = $1
           and context_data ->> 'stage' = 'requested'",
    )
    .bind(moment.id)
    .bind(reply.uuid())
    .bind(words.map(|words| sql::text(words.words())).unwrap_or_default())
    .bind(sql::json(&how)?)
    .execute(tx)
    .await?;
    Ok(())
}

/// What kind of occasion it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, sqlx::Type)]
#[serde(rename_all = "lowercase")]
#[sqlx(type_name = "text", rename_all = "lowercase")]
pub enum InteractionType {
    /// Something was said to it.
    Message,
    /// It was asked to say it otherwise.
    Regenerate,
    /// It spoke first, as its card has it.
    Greeting,
    /// It spoke first, in words of its own.
    Opening,
}

/// A message to a character and its answer.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct InteractionRow {
    /// The id of the reply; of a greeting, that of its message.
    pub id: Uuid,
    /// Who answers.
    pub character_id: CharacterId,
    /// Who asked.
    pub user_id: UserId,
    /// What was said to it; none when it speaks first.
    pub message: Option<String>,
    /// What it said; none until then.
    pub response: Option<String>,
    /// The conversation, message, turn and reply; once it ended how, by which model, from which prompt.
    pub context_data: Value,
    /// What kind of occasion it was.
    pub interaction_type: InteractionType,
    /// When it was asked.
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
}

impl sqlx::FromRow<'_, PgRow> for InteractionRow {
    fn from_row(row: &PgRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            id: row.try_get("id")?,
            character_id: sql::id(row, "character_id")?,
            user_id: sql::id(row, "user_id")?,
            message: row.try_get("message")?,
            response: row.try_get("response")?,
            context_data: row.try_get("context_data")?,
            interaction_type: row.try_get("interaction_type")?,
            created_at: row.try_get("created_at")?,
        })
    }
}

/// What somebody and one of the characters said to each other, the last first.
pub async fn list(
    pool: &PgPool,
    owner: UserId,
    character: CharacterId,
    paging: Paging,
) -> Result<Page<InteractionRow>, sqlx::Error> {
    let from = paging.from();
    let rows: Vec<InteractionRow> = sqlx::query_as(
        "select id, character_id, user_id, message, response, context_data, interaction_type, created_at
         from character_interactions
         where user_id = $1
           and character_id = $2
           and (created_at, id) < ($3, $4)
         order by created_at desc, id desc
         limit $5",
    )
    .bind(owner.uuid())
    .bind(character.uuid())
    .bind(from.created_at())
    .bind(from.id())
    .bind(paging.limit.and_one())
    .fetch_all(pool)
    .await?;
    Ok(Page::of(rows, paging.limit, |row| Cursor::at(row.created_at, row.id)))
}
