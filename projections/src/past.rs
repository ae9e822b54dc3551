//! Characters and conversations as they were: the same rows, folded from their commits up to a place of the log, and in no
//! table. Which of them there were is told by `begun`.
//!
//! A conversation is folded on a `desk` that knows nothing of the tables, so its past is worked out by the
//! rules that made its rows; a character by those of the domain.

mod begun;

pub use begun::{Begun, Horizon, characters as begun_characters, conversations as begun_conversations};
use domain::{
    Aggregate,
    character::{Character, CharacterId, Sheet, Standing},
    commit::Recorded,
    conversation::{ConversationId, MessageId},
    user::UserId,
};
use serde_json::json;
use sqlx::types::Uuid;

use crate::{
    characters::{self, CharacterRow, CharacterSummary},
    conversations::{ConversationRow, Status},
    desk::{Desk, MessageSheet},
    page::{Cursor, Page, Paging},
    sql,
    transcripts::{MessageRow, SpeakerRow},
};

/// The character that these commits, the first ones of its own, make; none before it came in.
pub fn character(commits: &[Recorded]) -> Result<Option<CharacterRow>, sqlx::Error> {
    let mut character = Character::default();
    let events = commits.iter().flat_map(Recorded::events::<Character>);
    events.for_each(|event| character.evolve(event));
    let (Some(first), Some(last)) = (commits.first(), commits.last()) else { return Ok(None) };
    let Some(sheet) = character.sheet() else { return Ok(None) };
    shown(sheet, first, last).map(Some)
}

fn shown(sheet: &Sheet, first: &Recorded, last: &Recorded) -> Result<CharacterRow, sqlx::Error> {
    let Sheet { owner, standing, profile, original, provider } = sheet;
    let avatar = profile.appearance.avatar.as_ref();
    let original = original.as_ref();
    Ok(CharacterRow {
        id: CharacterId::new(first.aggregate.id),
        user_id: *owner,
        name: sql::text(&profile.description.name).into_owned(),
        description: sql::text(&profile.description.text).into_owned(),
        personality_data: sql::json(&profile.personality)?,
        avatar_url: avatar.map(|avatar| characters::avatar_url(first.aggregate.id, avatar)),
        voice_settings: sql::json(&profile.voice)?,
        memory_data: json!({}),
        scenario_data: characters::scenario(&profile.description)?,
        is_active: *standing == Standing::Active,
        created_at: first.commit.at,
        updated_at: last.commit.at,
        tags: sql::texts(&profile.description.tags).into_iter().map(Into::into).collect(),
        profile: sql::json(profile)?,
        provider: sql::json(&provider.settings)?,
        avatar_digest: avatar.map(|avatar| sql::text(&avatar.digest).into_owned()),
        avatar_media_type: avatar.map(|avatar| sql::text(&avatar.media_type).into_owned()),
        original_digest: original.map(|original| sql::text(&original.digest).into_owned()),
        original_media_type: original.map(|original| sql::text(&original.media_type).into_owned()),
        original_spec: original.map(|original| sql::text(&original.spec).into_owned()),
        version: last.position.sequence,
    })
}

/// As many characters of a description are shown in a list, there and in the tables.
const EXCERPT: usize = 280;

impl From<CharacterRow> for CharacterSummary {
    fn from(row: CharacterRow) -> Self {
        Self {
            id: row.id,
            name: row.name,
            excerpt: row.description.chars().take(EXCERPT).collect(),
            tags: row.tags,
            avatar_url: row.avatar_url,
            is_active: row.is_active,
            created_at: row.created_at,
            updated_at: row.updated_at,
            version: row.version,
        }
    }
}

/// A conversation as it was.
#[derive(Debug)]
pub struct PastConversation {
    /// The conversation.
    pub row: ConversationRow,
    /// What was said in it, deleted messages left out, the last first.
    messages: Vec<MessageRow>,
}

/// The conversation that these commits, the first ones of its own, make; none before it began.
pub fn conversation(commits: &[Recorded]) -> Result<Option<PastConversation>, sqlx::Error> {
    let Some(first) = commits.first() else { return Ok(None) };
    let (id, mut desk) = (first.aggregate.id, Desk::default());
    commits.iter().try_for_each(|recorded| desk.take(recorded))?;
    let Some(sheet) = desk.conversations.remove(&id) else { return Ok(None) };
    let Some(room) = sheet.room else { return Ok(None) };
    let row = ConversationRow {
        id: ConversationId::new(id),
        user_id: UserId::new(room.row.user),
        title: room.row.title,
        character_ids: room.row.characters.into_iter().map(CharacterId::new).collect(),
        persona: room.row.persona,
        status: if room.row.is_open { Status::Open } else { Status::Closed },
        branched_from: room.row.branched_from,
        message_count: count(sheet.tally.messages),
        last_message_at: sheet.tally.last,
        created_at: room.row.created_at,
        updated_at: room.row.updated_at,
        version: count(room.row.version),
    };
    let standing = desk.messages.into_iter().filter(|(_, sheet)| sheet.row.deleted_at.is_none());
    let mut messages: Vec<_> = standing.map(|(id, sheet)| message(id, sheet.row)).collect();
    messages.sort_by_key(|message| std::cmp::Reverse(message.ordinal));
    Ok(Some(PastConversation { row, messages }))
}

fn message(id: Uuid, sheet: MessageSheet) -> MessageRow {
    let counting = sheet.fresh.get_key_value(&sheet.chosen).or_else(|| sheet.fresh.first_key_value());
    let (chosen, finished) = counting.map_or((0, true), |(number, variant)| (*number, variant.finished));
    MessageRow {
        id: MessageId::new(id),
        ordinal: count(sheet.ordinal),
        speaker: SpeakerRow { kind: sheet.speaker, id: sheet.user.or(sheet.character), name: sheet.name },
        text: counting.map_or_else(String::new, |(_, variant)| variant.text.clone()),
        chosen: count(chosen),
        finished,
        reply_id: counting.and_then(|(_, variant)| variant.reply).map(domain::Id::new),
        hidden: sheet.hidden,
        created_at: sheet.created_at,
        edited_at: sheet.edited_at,
        variants: sheet.fresh.into_values().map(|variant| variant.text).collect(),
    }
}

fn count(number: i64) -> u64 {
    number.try_into().unwrap_or(0)
}

impl PastConversation {
    /// What was said in it, page by page, the last first.
    pub fn messages(self, paging: Paging) -> Page<MessageRow> {
        let before = paging.from().ordinal();
        let rows = self.messages.into_iter().filter(|row| sql::bigint(row.ordinal) < before);
        let rows = rows.take(paging.limit.and_one().try_into().unwrap_or(usize::MAX)).collect();
        Page::of(rows, paging.limit, |row| Cursor::behind(row.ordinal, row.id.uuid()))
    }

    /// All of it.
    pub fn all_messages(self) -> Vec<MessageRow> {
        self.messages
    }
}
