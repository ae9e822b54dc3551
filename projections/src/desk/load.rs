//! What a batch needs to know of the tables, in a statement a table.

use std::collections::{BTreeMap, HashMap, HashSet};

use domain::{
    Id,
    commit::Recorded,
    conversation::{Conversation, ConversationEvent},
};
use sqlx::{
    PgConnection, Row,
    types::{Uuid, time::OffsetDateTime},
};

use super::{ConversationSheet, Desk, MessageSheet, ReplySheet, Room, Sheet, Tally};
use crate::{desk::sheets::Mark, transcripts::SpeakerKind};

/// The ids of which a batch speaks, where what the tables say of them matters.
#[derive(Default)]
struct Named {
    conversations: HashSet<Uuid>,
    messages: HashSet<Uuid>,
    /// Messages that are asked about with their words.
    turns: HashSet<Uuid>,
    replies: HashSet<Uuid>,
    /// Messages for which a character is asked.
    asked: HashSet<Uuid>,
    /// What begins in this batch, and is in no table.
    begun: HashSet<Uuid>,
}

/// The desk for these commits.
pub(super) async fn desk(commits: &[&Recorded], tx: &mut PgConnection) -> Result<Desk, sqlx::Error> {
    let mut named = Named::default();
    for recorded in commits {
        named.conversations.insert(recorded.aggregate.id);
        recorded.events::<Conversation>().for_each(|event| named.note(event));
    }
    let mut desk = Desk { conversations: conversations(&named, tx).await?, ..Desk::default() };
    desk.replies = replies(&named, tx).await?;
    named.messages.extend(desk.replies.values().filter_map(|reply| reply.row.message));
    named.messages.extend(&named.turns);
    desk.messages = messages(&named, tx).await?;
    words(&named, &mut desk, tx).await?;
    desk.asked = asked(&named, tx).await?;
    Ok(desk)
}

impl Named {
    fn note(&mut self, event: &ConversationEvent) {
        match event {
            ConversationEvent::HistoryAdopted(event) => {
                self.messages.extend(event.messages.iter().map(|message| message.message.uuid()));
            }
            ConversationEvent::MessageSent(event) => {
                self.begun.insert(event.message.uuid());
            }
            ConversationEvent::ReplyRequested(event) => {
                self.begun.insert(event.reply.uuid());
                self.messages.insert(event.message.uuid());
                self.asked.insert(event.message.uuid());
                self.turns.extend(event.turn.map(Id::uuid).filter(|turn| !self.begun.contains(turn)));
            }
            ConversationEvent::ImpersonationRequested(event) => {
                self.begun.insert(event.reply.uuid());
            }
            ConversationEvent::ReplyCompleted(event) => self.reply(event.reply.uuid()),
            ConversationEvent::ReplyFailed(event) => self.reply(event.reply.uuid()),
            ConversationEvent::ReplyCancelled(event) => self.reply(event.reply.uuid()),
            ConversationEvent::VariantChosen(event) => {
                self.messages.insert(event.message.uuid());
            }
            ConversationEvent::MessageEdited(event) => {
                self.messages.insert(event.message.uuid());
            }
            ConversationEvent::MessageDeleted(event) => {
                self.messages.insert(event.message.uuid());
            }
            ConversationEvent::ConversationStarted(_)
            | ConversationEvent::ConversationBranched(_)
            | ConversationEvent::ConversationAdopted(_)
            | ConversationEvent::CharacterGreeted(_)
            | ConversationEvent::ConversationRenamed(_)
            | ConversationEvent::ConversationPersonaChosen(_)
            | ConversationEvent::ConversationClosed(_) => {}
        }
    }

    /// One that is asked for in the same batch is in no table yet.
    fn reply(&mut self, reply: Uuid) {
        if !self.begun.contains(&reply) {
            self.replies.insert(reply);
        }
    }
}

fn listed(ids: &HashSet<Uuid>) -> Vec<Uuid> {
    ids.iter().copied().collect()
}

async fn conversations(
    named: &Named,
    tx: &mut PgConnection,
) -> Result<HashMap<Uuid, ConversationSheet>, sqlx::Error> {
    let rows = sqlx::query(
        "select wanted.id, user_id, title, status = 'open' as is_open, message_count, last_message_at, created_at,
                updated_at, version,
                coalesce((select ordinal + 1
                          from messages
                          where conversation_id = wanted.id
                          order by ordinal desc
                          limit 1), 0) as next
         from unnest($1::uuid[]) as wanted (id)
         left join conversations on conversations.id = wanted.id",
    )
    .bind(listed(&named.conversations))
    .fetch_all(&mut *tx)
    .await?;
    let (mut sheets, mut gathering) = (HashMap::new(), vec![]);
    for row in rows {
        let (id, mut tally) = (row.try_get("id")?, Tally { next: row.try_get("next")?, ..Tally::default() });
        let user: Option<Uuid> = row.try_get("user_id")?;
        let room = match user {
            Some(user) => {
                tally.messages = row.try_get("message_count")?;
                tally.last = row.try_get("last_message_at")?;
                Some(Sheet::kept(Room {
                    user,
                    title: row.try_get("title")?,
                    characters: vec![],
                    persona: None,
                    recast: false,
                    is_open: row.try_get("is_open")?,
                    branched_from: None,
                    created_at: row.try_get("created_at")?,
                    updated_at: row.try_get("updated_at")?,
                    version: row.try_get("version")?,
                    began: 0, // It never changes, and is not written back.
                }))
            }
            None => {
                gathering.extend((tally.next > 0).then_some(id));
                None
            }
        };
        sheets.insert(id, ConversationSheet { room, tally });
    }
    count(gathering, &mut sheets, tx).await?;
    Ok(sheets)
}

/// What has gathered in conversations that have yet to begin.
async fn count(
    gathering: Vec<Uuid>,
    sheets: &mut HashMap<Uuid, ConversationSheet>,
    tx: &mut PgConnection,
) -> Result<(), sqlx::Error> {
    if gathering.is_empty() {
        return Ok(());
    }
    let rows: Vec<(Uuid, i64, Option<OffsetDateTime>)> = sqlx::query_as(
        "select conversation_id, count(*), max(created_at)
         from messages
         where conversation_id = any($1)
           and deleted_at is null
         group by conversation_id",
    )
    .bind(gathering)
    .fetch_all(tx)
    .await?;
    for (id, messages, last) in rows {
        if let Some(sheet) = sheets.get_mut(&id) {
            (sheet.tally.messages, sheet.tally.last) = (messages, last);
        }
    }
    Ok(())
}

async fn replies(
    named: &Named,
    tx: &mut PgConnection,
) -> Result<HashMap<Uuid, Sheet<ReplySheet>>, sqlx::Error> {
    if named.replies.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = sqlx::query(
        "select id, conversation_id, user_id, character_id, message_id, requested_at
         from replies
         where id = any($1)
           and stage = 'requested'",
    )
    .bind(listed(&named.replies))
    .fetch_all(tx)
    .await?;
    let sheet = |row: &sqlx::postgres::PgRow| {
        let reply = ReplySheet {
            conversation: row.try_get("conversation_id")?,
            user: row.try_get("user_id")?,
            character: row.try_get("character_id")?,
            message: row.try_get("message_id")?,
            turn: None,
            requested_at: row.try_get("requested_at")?,
            variant: None,
            end: None,
        };
        Ok((row.try_get("id")?, Sheet::kept(reply)))
    };
    rows.iter().map(sheet).collect()
}

async fn messages(
    named: &Named,
    tx: &mut PgConnection,
) -> Result<HashMap<Uuid, Sheet<MessageSheet>>, sqlx::Error> {
    if named.messages.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = sqlx::query(
        "select id, conversation_id, ordinal, chosen, deleted_at, edited_at, created_at, version,
                coalesce((select max(variant) + 1 from message_variants where message_id = messages.id), 0) as next
         from messages
         where id = any($1)",
    )
    .bind(listed(&named.messages))
    .fetch_all(tx)
    .await?;
    let sheet = |row: &sqlx::postgres::PgRow| {
        let message = MessageSheet {
            conversation: row.try_get("conversation_id")?,
            owner: None, // It never changes, and is not written back.
            ordinal: row.try_get("ordinal")?,
            speaker: SpeakerKind::Narrator, // It never changes, and is not written back.
            user: None,
            character: None,
            name: None,
            hidden: false,
            chosen: row.try_get("chosen")?,
            deleted_at: row.try_get("deleted_at")?,
            edited_at: row.try_get("edited_at")?,
            created_at: row.try_get("created_at")?,
            version: row.try_get("version")?,
            next: row.try_get("next")?,
            fresh: BTreeMap::new(),
            words: BTreeMap::new(),
            edited: None,
        };
        Ok((row.try_get("id")?, Sheet { row: message, mark: Mark::Kept }))
    };
    rows.iter().map(sheet).collect()
}

/// The words of the messages that are asked about.
async fn words(named: &Named, desk: &mut Desk, tx: &mut PgConnection) -> Result<(), sqlx::Error> {
    if named.turns.is_empty() {
        return Ok(());
    }
    let rows: Vec<(Uuid, i64, String)> =
        sqlx::query_as("select message_id, variant, text from message_variants where message_id = any($1)")
            .bind(listed(&named.turns))
            .fetch_all(tx)
            .await?;
    for (message, variant, text) in rows {
        if let Some(sheet) = desk.messages.get_mut(&message) {
            sheet.row.words.insert(variant, text);
        }
    }
    Ok(())
}

/// Which of the messages a character was asked for before.
async fn asked(named: &Named, tx: &mut PgConnection) -> Result<HashSet<Uuid>, sqlx::Error> {
    if named.asked.is_empty() {
        return Ok(HashSet::new());
    }
    let asked: Vec<Uuid> =
        sqlx::query_scalar("select distinct message_id from replies where message_id = any($1)")
            .bind(listed(&named.asked))
            .fetch_all(tx)
            .await?;
    Ok(asked.into_iter().collect())
}
