//! Replies: what characters were asked to say, or to propose to the person, and how it went.
//!
//! A client knows a reply by its id alone, and comes back for it after a break: this table says whose it is and whether
//! it still streams. The first end counts; the rules let no second one happen.

use domain::{
    Id, Private,
    character::CharacterId,
    conversation::{
        ConversationEvent, ConversationId, MessageId, ReplyCompleted, ReplyFailed, ReplyId, Request,
    },
    user::UserId,
};
use serde::Serialize;
use sqlx::{PgPool, Row, postgres::PgRow, types::time::OffsetDateTime};

use crate::{
    desk::{Desk, Ended, ReplySheet, Sheet},
    moment::Moment,
    sql,
};

pub(crate) fn fold(event: &ConversationEvent, moment: Moment, desk: &mut Desk) {
    match event {
        ConversationEvent::ReplyRequested(event) => requested(desk, moment, &event.into()),
        ConversationEvent::ImpersonationRequested(event) => requested(desk, moment, &event.into()),
        ConversationEvent::ReplyCompleted(event) => {
            ended(desk, moment, event.reply, Some(&event.text), completed(event, moment));
        }
        ConversationEvent::ReplyFailed(event) => {
            ended(desk, moment, event.reply, event.partial.as_ref(), failed(event, moment));
        }
        ConversationEvent::ReplyCancelled(event) => {
            ended(desk, moment, event.reply, event.partial.as_ref(), end(Stage::Cancelled, moment));
        }
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
        | ConversationEvent::ConversationPersonaChosen(_)
        | ConversationEvent::ConversationClosed(_) => {}
    }
}

fn requested(desk: &mut Desk, moment: Moment, request: &Request) {
    let room = desk.conversations.get(&moment.id).and_then(|sheet| sheet.room.as_ref());
    let Some(room) = room else { return };
    let user = room.row.user;
    desk.replies.entry(request.reply.uuid()).or_insert_with(|| {
        Sheet::new(ReplySheet {
            conversation: moment.id,
            user,
            character: request.character.uuid(),
            message: request.message().map(Id::uuid),
            turn: request.turn.map(Id::uuid),
            requested_at: moment.at,
            variant: None,
            end: None,
        })
    });
}

/// The first end counts. The words of a message are in the transcript; what is none is kept here.
fn ended(desk: &mut Desk, moment: Moment, reply: ReplyId, said: Option<&Private<String>>, end: Ended) {
    let sheet = desk.replies.get_mut(&reply.uuid()).filter(|sheet| sheet.row.is_under_way_in(moment.id));
    if let Some(sheet) = sheet {
        let proposal = said.filter(|_| sheet.row.message.is_none());
        let proposal = proposal.map(|words| sql::text(words.words()).into_owned());
        sheet.change().end = Some(Ended { proposal, ..end });
    }
}

fn end(stage: Stage, moment: Moment) -> Ended {
    Ended {
        stage: stage.name(),
        reason: None,
        sentence: None,
        proposal: None,
        attempt: None,
        run: None,
        at: moment.at,
        sequence: moment.sequence,
    }
}

fn completed(event: &ReplyCompleted, moment: Moment) -> Ended {
    let (attempt, run) = (Some(event.attempt.into()), Some(event.run.into()));
    Ended { attempt, run, ..end(Stage::Completed, moment) }
}

fn failed(event: &ReplyFailed, moment: Moment) -> Ended {
    Ended {
        reason: Some(sql::text(&event.reason).into_owned()),
        sentence: Some(sql::text(event.sentence.words()).into_owned()),
        attempt: Some(event.attempt.into()),
        ..end(Stage::Failed, moment)
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

impl Stage {
    /// As it stands in the table.
    const fn name(self) -> &'static str {
        match self {
            Self::Requested => "requested",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }
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
    /// The message that it is a variant of, or becomes; none where it is only proposed to the person.
    pub message_id: Option<MessageId>,
    /// The message behind which it is said; none before anybody spoke.
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
            message_id: sql::maybe_id(row, "message_id")?,
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
                sentence, attempt, run, replies.variant, coalesce(text, proposal) as text, requested_at, ended_at, ended_sequence
         from replies
         left join message_variants on reply_id = replies.id
         where id = $1",
    )
    .bind(reply.uuid())
    .fetch_optional(pool)
    .await
}
