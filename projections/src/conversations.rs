//! Conversations, as they are now, and the one projection that writes all of their tables.
//!
//! The transcript, the replies and the interactions have files of their own; what many commits do to all of them is worked
//! out on one `desk`.

mod companies;

use domain::{
    Private,
    character::CharacterId,
    commit::Kind,
    conversation::{
        ConversationAdopted, ConversationBranched, ConversationEvent, ConversationId, ConversationStarted,
        Persona,
    },
    user::UserId,
};
use serde::Serialize;
use serde_json::{Value, json};
use sqlx::{PgPool, Row, postgres::PgRow, types::time::OffsetDateTime};

pub use companies::{Company, companies};

use crate::{
    Projection,
    desk::{self, Desk, Room, Sheet},
    moment::Moment,
    page::{Cursor, Page, Paging},
    sql,
};

/// People and characters who talk with each other, and everything that they say.
pub const PROJECTION: Projection = Projection {
    name: "conversations",
    version: 5,
    reads: &[Kind::Conversation],
    tables: &["conversations", "messages", "message_variants", "replies", "character_interactions"],
    forget: &[
        "delete from message_variants
         using messages
         where message_id = messages.id
           and (owner_id = $1 or conversation_id in (select id from conversations where user_id = $1))",
        "delete from messages
         where owner_id = $1
            or conversation_id in (select id from conversations where user_id = $1)",
        "delete from replies where user_id = $1",
        "delete from character_interactions where user_id = $1",
        "delete from conversations where user_id = $1",
    ],
    apply: |commits, tx| Box::pin(desk::apply(commits, tx)),
};

pub(crate) fn fold(event: &ConversationEvent, moment: Moment, desk: &mut Desk) -> Result<(), sqlx::Error> {
    match event {
        ConversationEvent::ConversationStarted(event) => {
            let ConversationStarted { owner, characters, title, persona } = event;
            begun(desk, moment, *owner, characters, title.as_ref(), persona.as_ref(), None)
        }
        ConversationEvent::ConversationBranched(event) => {
            let ConversationBranched { owner, source, at, characters, title, persona } = event;
            let from = json!({ "conversation": source, "message": at });
            begun(desk, moment, *owner, characters, title.as_ref(), persona.as_ref(), Some(from))
        }
        ConversationEvent::ConversationAdopted(event) => {
            let ConversationAdopted { owner, characters, title, persona, manuscript: _ } = event;
            begun(desk, moment, *owner, characters, title.as_ref(), persona.as_ref(), None)
        }
        ConversationEvent::ConversationRenamed(event) => {
            change(desk, moment, |room| room.title = words(event.title.as_ref()));
            Ok(())
        }
        ConversationEvent::ConversationPersonaChosen(event) => {
            let persona = told(event.persona.as_ref())?;
            change(desk, moment, |room| (room.persona, room.recast) = (persona, true));
            Ok(())
        }
        ConversationEvent::ConversationClosed(_) => {
            change(desk, moment, |room| room.is_open = false);
            Ok(())
        }
        ConversationEvent::HistoryAdopted(_)
        | ConversationEvent::CharacterGreeted(_)
        | ConversationEvent::MessageSent(_)
        | ConversationEvent::ReplyRequested(_)
        | ConversationEvent::ImpersonationRequested(_)
        | ConversationEvent::ReplyCompleted(_)
        | ConversationEvent::ReplyFailed(_)
        | ConversationEvent::ReplyCancelled(_)
        | ConversationEvent::VariantChosen(_)
        | ConversationEvent::MessageEdited(_)
        | ConversationEvent::MessageDeleted(_) => Ok(()),
    }
}

/// A branch, or what comes from elsewhere, takes its history in before it begins: what is already there is counted.
fn begun(
    desk: &mut Desk,
    moment: Moment,
    owner: UserId,
    characters: &[CharacterId],
    title: Option<&Private<String>>,
    persona: Option<&Private<Persona>>,
    branched_from: Option<Value>,
) -> Result<(), sqlx::Error> {
    let sheet = desk.conversations.entry(moment.id).or_default();
    if sheet.room.is_none() {
        sheet.room = Some(Sheet::new(Room {
            user: owner.uuid(),
            title: words(title),
            characters: characters.iter().map(|character| character.uuid()).collect(),
            persona: told(persona)?,
            recast: false,
            is_open: true,
            branched_from,
            created_at: moment.at,
            updated_at: moment.at,
            version: moment.sequence,
            began: moment.sequence,
        }));
    }
    Ok(())
}

fn told(persona: Option<&Private<Persona>>) -> Result<Option<Value>, sqlx::Error> {
    persona.and_then(Private::known).map(sql::json).transpose()
}

fn words(title: Option<&Private<String>>) -> Option<String> {
    title.and_then(Private::known).map(|title| sql::text(title).into_owned())
}

fn change(desk: &mut Desk, moment: Moment, change: impl FnOnce(&mut Room)) {
    let sheet = desk.conversations.get_mut(&moment.id);
    if let Some(room) = sheet.and_then(|sheet| sheet.room.as_mut()) {
        change(room.change());
    }
}

/// Whatever a commit says of a conversation, its version is the commit's sequence.
pub(crate) fn touched(desk: &mut Desk, moment: Moment) {
    change(desk, moment, |room| (room.version, room.updated_at) = (moment.sequence, moment.at));
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
    let list = sqlx::query_as(
        "select id, user_id, title, character_ids, persona, status, branched_from, message_count, last_message_at,
                created_at, updated_at, version
         from conversations
         where user_id = $1
           and (created_at, id) < ($2, $3)
         order by created_at desc, id desc
         limit $4",
    );
    let rows: Vec<ConversationRow> = paging.of(owner, list).fetch_all(pool).await?;
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
