//! Interactions: a message to a character and its answer in one row, as the product's specification has it.
//!
//! A row is there from the moment at which the character is asked; its response comes when the reply ends. It says what
//! was asked and answered at that time: what is edited or deleted later is the transcript's business. What the columns
//! have no room for is in `context_data`: ids, counts, the model and the hash of the prompt.

use domain::{
    Private,
    character::CharacterId,
    conversation::{
        CharacterGreeted, ConversationEvent, ReplyCancelled, ReplyCompleted, ReplyFailed, ReplyId,
        ReplyRequested,
    },
    user::UserId,
};
use serde::Serialize;
use serde_json::{Map, Value, json};
use sqlx::{
    PgPool, Row,
    postgres::PgRow,
    types::{Uuid, time::OffsetDateTime},
};

use crate::{
    desk::{Desk, InteractionSheet, NewInteraction, ReplySheet},
    moment::Moment,
    page::{Cursor, Page, Paging},
    sql,
};

pub(crate) fn fold(event: &ConversationEvent, moment: Moment, desk: &mut Desk) -> Result<(), sqlx::Error> {
    match event {
        ConversationEvent::CharacterGreeted(event) => greeted(desk, moment, event),
        ConversationEvent::ReplyRequested(event) => asked(desk, moment, event),
        ConversationEvent::ReplyCompleted(event) => {
            answered(desk, moment, event.reply, Some(&event.text), completion(event))
        }
        ConversationEvent::ReplyFailed(ReplyFailed { reply, reason, partial, attempt, .. }) => {
            let how = json!({ "stage": "failed", "reason": reason, "attempt": attempt });
            answered(desk, moment, *reply, partial.as_ref(), how)
        }
        ConversationEvent::ReplyCancelled(ReplyCancelled { reply, partial }) => {
            answered(desk, moment, *reply, partial.as_ref(), json!({ "stage": "cancelled" }))
        }
        ConversationEvent::ConversationStarted(_)
        | ConversationEvent::ConversationBranched(_)
        | ConversationEvent::ConversationAdopted(_)
        | ConversationEvent::HistoryAdopted(_)
        | ConversationEvent::MessageSent(_)
        | ConversationEvent::ImpersonationRequested(_)
        | ConversationEvent::VariantChosen(_)
        | ConversationEvent::MessageEdited(_)
        | ConversationEvent::MessageDeleted(_)
        | ConversationEvent::ConversationRenamed(_)
        | ConversationEvent::ConversationPersonaChosen(_)
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

/// Whose conversation it is, if it has begun.
fn owner(desk: &Desk, moment: Moment) -> Option<Uuid> {
    Some(desk.conversations.get(&moment.id)?.room.as_ref()?.row.user)
}

fn greeted(desk: &mut Desk, moment: Moment, event: &CharacterGreeted) -> Result<(), sqlx::Error> {
    let chosen = usize::try_from(event.chosen).unwrap_or(0);
    let Some(words) = event.variants.get(chosen).or(event.variants.first()) else { return Ok(()) };
    let Some(user) = owner(desk, moment) else { return Ok(()) };
    let context = json!({
        "conversation": moment.id,
        "message": event.message,
        "variant": event.chosen,
        "stage": "completed",
    });
    let row = NewInteraction {
        character: event.character.uuid(),
        user,
        message: None,
        kind: "greeting",
        created_at: moment.at,
    };
    let response = Some(sql::text(words.words()).into_owned());
    let sheet = InteractionSheet { row: Some(row), response, context: fields(context)?, answered: true };
    desk.interactions.entry(event.message.uuid()).or_insert(sheet);
    Ok(())
}

/// The occasion follows from what is there: an earlier reply for the same message makes it another try.
fn asked(desk: &mut Desk, moment: Moment, event: &ReplyRequested) -> Result<(), sqlx::Error> {
    let Some(user) = owner(desk, moment) else { return Ok(()) };
    let turn = event.turn.and_then(|turn| desk.messages.get(&turn.uuid()));
    let turn = turn.filter(|message| message.row.conversation == moment.id);
    let context = json!({
        "conversation": moment.id,
        "message": event.message,
        "turn": event.turn,
        "reply": event.reply,
        "stage": "requested",
    });
    let row = NewInteraction {
        character: event.character.uuid(),
        user,
        message: turn.and_then(|message| message.row.text()).map(str::to_owned),
        kind: if !desk.asked.insert(event.message.uuid()) {
            "regenerate"
        } else if event.turn.is_none() {
            "opening"
        } else {
            "message"
        },
        created_at: moment.at,
    };
    let sheet = InteractionSheet { row: Some(row), context: fields(context)?, ..InteractionSheet::default() };
    desk.interactions.entry(event.reply.uuid()).or_insert(sheet);
    Ok(())
}

/// What was said, whole or until it was cut short, and how it came about. The first end counts.
fn answered(
    desk: &mut Desk,
    moment: Moment,
    reply: ReplyId,
    words: Option<&Private<String>>,
    how: Value,
) -> Result<(), sqlx::Error> {
    let is_meant = |asked: &ReplySheet| asked.conversation == moment.id && asked.message.is_some();
    let asked = desk.replies.get(&reply.uuid()).filter(|asked| is_meant(&asked.row));
    let Some(asked) = asked else { return Ok(()) };
    let sheet = desk.interactions.entry(reply.uuid()).or_default();
    if !std::mem::replace(&mut sheet.answered, true) {
        let words = words.map(|words| sql::text(words.words()).into_owned());
        sheet.response = words.filter(|words| !words.is_empty());
        sheet.context.extend(fields(how)?);
        sheet.context.insert("variant".to_owned(), json!(asked.row.variant));
    }
    Ok(())
}

fn fields(context: Value) -> Result<Map<String, Value>, sqlx::Error> {
    match context {
        Value::Object(fields) => Ok(fields),
        _ => Err(sqlx::Error::Encode("a context is not an object".into())),
    }
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
    let list = sqlx::query_as(
        "select id, character_id, user_id, message, response, context_data, interaction_type, created_at
         from character_interactions
         where user_id = $1
           and (created_at, id) < ($2, $3)
           and character_id = $5
         order by created_at desc, id desc
         limit $4",
    );
    let rows: Vec<InteractionRow> = paging.of(owner, list).bind(character.uuid()).fetch_all(pool).await?;
    Ok(Page::of(rows, paging.limit, |row| Cursor::at(row.created_at, row.id)))
}
