//! Transcripts: everything that was said, in order, in all its wordings.
//!
//! The same rules as [`domain::conversation::Transcript`], in SQL: a reply that ends with words becomes a message, or a
//! variant of one that is there already, and counts from then on. A statement that says something new also counts it in
//! its conversation; one that finds it said already counts nothing. Queries are in `transcripts/list.rs`.

mod list;

use std::iter::repeat_n;

use domain::{
    Private,
    conversation::{
        AdoptedMessage, CharacterGreeted, ConversationEvent, HistoryAdopted, MessageDeleted, MessageEdited,
        MessageSent, ReplyId, Speaker, VariantChosen,
    },
};
pub use list::{MessageRow, SpeakerKind, SpeakerRow, conversation_of, list};
use sqlx::{
    PgConnection,
    types::{Uuid, time::OffsetDateTime},
};

use crate::{moment::Moment, sql};

pub(crate) async fn apply(
    event: &ConversationEvent,
    moment: Moment,
    tx: &mut PgConnection,
) -> Result<(), sqlx::Error> {
    match event {
        ConversationEvent::HistoryAdopted(HistoryAdopted { messages, .. }) => {
            said(tx, moment, messages).await
        }
        ConversationEvent::CharacterGreeted(event) => said(tx, moment, &[greeting(event, moment.at)]).await,
        ConversationEvent::MessageSent(event) => said(tx, moment, &[message(event, moment.at)]).await,
        ConversationEvent::ReplyCompleted(event) => {
            landed(tx, moment, event.reply, Some(&event.text), Ended::Finished).await
        }
        ConversationEvent::ReplyFailed(event) => {
            landed(tx, moment, event.reply, event.partial.as_ref(), Ended::CutShort).await
        }
        ConversationEvent::ReplyCancelled(event) => {
            landed(tx, moment, event.reply, event.partial.as_ref(), Ended::CutShort).await
        }
        ConversationEvent::VariantChosen(event) => chosen(tx, moment, event).await,
        ConversationEvent::MessageEdited(event) => edited(tx, moment, event).await,
        ConversationEvent::MessageDeleted(event) => deleted(tx, moment, event).await,
        ConversationEvent::ConversationStarted(_)
        | ConversationEvent::ConversationBranched(_)
        | ConversationEvent::ConversationAdopted(_)
        | ConversationEvent::ReplyRequested(_)
        | ConversationEvent::ConversationRenamed(_)
        | ConversationEvent::ConversationClosed(_) => Ok(()),
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ended {
    Finished,
    CutShort,
}

/// A message that is said here and now is its own origin.
fn message(event: &MessageSent, at: OffsetDateTime) -> AdoptedMessage {
    AdoptedMessage {
        message: event.message,
        origin: event.message,
        speaker: Speaker::User(event.author),
        variants: vec![event.text.clone()],
        chosen: 0,
        at,
        name: None,
        hidden: false,
    }
}

fn greeting(event: &CharacterGreeted, at: OffsetDateTime) -> AdoptedMessage {
    AdoptedMessage {
        message: event.message,
        origin: event.message,
        speaker: Speaker::Character(event.character),
        variants: event.variants.clone(),
        chosen: event.chosen,
        at,
        name: None,
        hidden: false,
    }
}

fn speaker(speaker: Speaker) -> (SpeakerKind, Option<Uuid>) {
    match speaker {
        Speaker::User(user) => (SpeakerKind::User, Some(user.uuid())),
        Speaker::Character(character) => (SpeakerKind::Character, Some(character.uuid())),
        Speaker::Narrator => (SpeakerKind::Narrator, None),
    }
}

/// Whole messages, in order, with all their variants: one statement for any number of them.
async fn said(tx: &mut PgConnection, moment: Moment, messages: &[AdoptedMessage]) -> Result<(), sqlx::Error> {
    let ids: Vec<Uuid> = messages.iter().map(|message| message.message.uuid()).collect();
    let (kinds, speakers): (Vec<&str>, Vec<Option<Uuid>>) = messages
        .iter()
        .map(|message| speaker(message.speaker))
        .map(|(kind, speaker)| (kind.name(), speaker))
        .unzip();
    let chosen: Vec<i64> = messages.iter().map(|message| i64::from(message.chosen)).collect();
    let at: Vec<OffsetDateTime> = messages.iter().map(|message| message.at).collect();
    let names: Vec<_> = messages
        .iter()
        .map(|message| message.name.as_ref().and_then(Private::known).map(|name| sql::text(name)))
        .collect();
    let hidden: Vec<bool> = messages.iter().map(|message| message.hidden).collect();
    let owners: Vec<Uuid> = messages
        .iter()
        .flat_map(|message| repeat_n(message.message.uuid(), message.variants.len()))
        .collect();
    let numbers: Vec<i64> = messages.iter().flat_map(|message| (0..).take(message.variants.len())).collect();
    let texts: Vec<_> =
        messages.iter().flat_map(|message| &message.variants).map(|text| sql::text(text.words())).collect();
    sqlx::query(
        "with said as (
             insert into messages (id, conversation_id, ordinal, speaker, user_id, character_id, speaker_name, hidden,
                                   chosen, created_at, version)
             select id, $1,
                    coalesce((select max(ordinal) + 1 from messages where conversation_id = $1), 0) + number - 1,
                    kind,
                    case kind when 'user'      then speaker end,
                    case kind when 'character' then speaker end,
                    name, hidden, chosen, at, $2
             from unnest($3::uuid[], $4::text[], $5::uuid[], $6::bigint[], $7::timestamptz[],
                         $11::text[], $12::boolean[])
                  with ordinality as message (id, kind, speaker, chosen, at, name, hidden, number)
             on conflict (id) do nothing
             returning id, created_at
         ), worded as (
             insert into message_variants (message_id, variant, text, finished, created_at)
             select said.id, wording.variant, wording.text, true, said.created_at
             from unnest($8::uuid[], $9::bigint[], $10::text[]) as wording (message_id, variant, text)
             join said on said.id = wording.message_id
             on conflict (message_id, variant) do nothing
         )
         update conversations
         set message_count   = message_count + (select count(*) from said),
             last_message_at = greatest(last_message_at, (select max(created_at) from said))
         where id = $1
           and exists (select from said)",
    )
    .bind(moment.id)
    .bind(moment.sequence)
    .bind(ids)
    .bind(kinds)
    .bind(speakers)
    .bind(chosen)
    .bind(at)
    .bind(owners)
    .bind(numbers)
    .bind(texts)
    .bind(names)
    .bind(hidden)
    .execute(tx)
    .await?;
    Ok(())
}

/// The words of a reply: a new message, or another variant of one that is there, which counts from now on.
async fn landed(
    tx: &mut PgConnection,
    moment: Moment,
    reply: ReplyId,
    said: Option<&Private<String>>,
    ended: Ended,
) -> Result<(), sqlx::Error> {
    let Some(said) = said else { return Ok(()) };
    sqlx::query(
        "with asked as (
             select message_id, character_id
             from replies
             where id = $3
               and conversation_id = $1
               and not exists (select from message_variants where reply_id = $3)
         ), said as (
             insert into messages (id, conversation_id, ordinal, speaker, character_id, created_at, version)
             select message_id, $1,
                    coalesce((select max(ordinal) + 1 from messages where conversation_id = $1), 0),
                    'character', character_id, $4, $2
             from asked
             on conflict (id) do nothing
             returning created_at
         ), worded as (
             insert into message_variants (message_id, variant, text, reply_id, finished, created_at)
             select message_id,
                    coalesce((select max(variant) + 1
                              from message_variants
                              where message_variants.message_id = asked.message_id), 0),
                    $5, $3, $6, $4
             from asked
             returning message_id, variant
         ), counts as (
             update messages
             set chosen  = worded.variant,
                 version = $2
             from worded
             where messages.id = worded.message_id
         )
         update conversations
         set message_count   = message_count + 1,
             last_message_at = greatest(last_message_at, $4)
         where id = $1
           and exists (select from said)",
    )
    .bind(moment.id)
    .bind(moment.sequence)
    .bind(reply.uuid())
    .bind(moment.at)
    .bind(sql::text(said.words()))
    .bind(ended == Ended::Finished)
    .execute(tx)
    .await?;
    Ok(())
}

async fn chosen(tx: &mut PgConnection, moment: Moment, event: &VariantChosen) -> Result<(), sqlx::Error> {
    sqlx::query(
        "update messages
         set chosen  = $4,
             version = $2
         where conversation_id = $1
           and id = $3
           and version <= $2",
    )
    .bind(moment.id)
    .bind(moment.sequence)
    .bind(event.message.uuid())
    .bind(i64::from(event.variant))
    .execute(tx)
    .await?;
    Ok(())
}

/// The new words take the place of all that were there.
async fn edited(tx: &mut PgConnection, moment: Moment, event: &MessageEdited) -> Result<(), sqlx::Error> {
    sqlx::query(
        "with edited as (
             update messages
             set chosen    = 0,
                 edited_at = $4,
                 version   = $2
             where conversation_id = $1
               and id = $3
               and version <= $2
             returning id
         ), gone as (
             delete from message_variants
             using edited
             where message_id = edited.id
               and variant > 0
         )
         update message_variants
         set text = $5
         from edited
         where message_id = edited.id
           and variant = 0",
    )
    .bind(moment.id)
    .bind(moment.sequence)
    .bind(event.message.uuid())
    .bind(moment.at)
    .bind(sql::text(event.text.words()))
    .execute(tx)
    .await?;
    Ok(())
}

async fn deleted(tx: &mut PgConnection, moment: Moment, event: &MessageDeleted) -> Result<(), sqlx::Error> {
    sqlx::query(
        "with gone as (
             update messages
             set deleted_at = $4,
                 version    = $2
             where conversation_id = $1
               and id = $3
               and deleted_at is null
             returning id
         )
         update conversations
         set message_count = message_count - 1
         where id = $1
           and exists (select from gone)",
    )
    .bind(moment.id)
    .bind(moment.sequence)
    .bind(event.message.uuid())
    .bind(moment.at)
    .execute(tx)
    .await?;
    Ok(())
}
