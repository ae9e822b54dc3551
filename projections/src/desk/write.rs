//! What is new or changed on the desk, back into the tables: two statements a table, whatever the number of rows.

use sqlx::{PgConnection, types::Uuid};

use super::{
    Desk, InteractionSheet,
    sheets::{Mark, MessageSheet, NewInteraction, ReplySheet, Room, Tally},
};
use crate::{prints::print, sql};

/// Writes everything.
pub(super) async fn write(desk: Desk, tx: &mut PgConnection) -> Result<(), sqlx::Error> {
    let Desk { conversations, messages, replies, interactions, asked: _ } = desk;
    let of = |mark: Mark| {
        let rooms = conversations.iter();
        rooms.filter_map(move |(id, sheet)| {
            let room = sheet.room.as_ref().filter(|room| room.mark == mark)?;
            Some((*id, &room.row, &sheet.tally))
        })
    };
    new_conversations(&of(Mark::New).collect::<Vec<_>>(), tx).await?;
    changed_conversations(&of(Mark::Changed).collect::<Vec<_>>(), tx).await?;
    let of = |mark: Mark| {
        messages.iter().filter(move |(_, sheet)| sheet.mark == mark).map(|(id, sheet)| (*id, &sheet.row))
    };
    new_messages(&of(Mark::New).collect::<Vec<_>>(), tx).await?;
    changed_messages(&of(Mark::Changed).collect::<Vec<_>>(), tx).await?;
    edited(&of(Mark::Changed).collect::<Vec<_>>(), tx).await?;
    variants(&of(Mark::New).chain(of(Mark::Changed)).collect::<Vec<_>>(), tx).await?;
    let of = |mark: Mark| {
        replies.iter().filter(move |(_, sheet)| sheet.mark == mark).map(|(id, sheet)| (*id, &sheet.row))
    };
    new_replies(&of(Mark::New).collect::<Vec<_>>(), tx).await?;
    ended_replies(&of(Mark::Changed).collect::<Vec<_>>(), tx).await?;
    let new = interactions.iter().filter_map(|(id, sheet)| Some((*id, sheet.row.as_ref()?, sheet)));
    new_interactions(&new.collect::<Vec<_>>(), tx).await?;
    let old = interactions.iter().filter(|(_, sheet)| sheet.row.is_none());
    answered_interactions(&old.map(|(id, sheet)| (*id, sheet)).collect::<Vec<_>>(), tx).await
}

/// A column of some rows.
fn column<'a, Row, Value>(rows: &'a [Row], value: impl Fn(&'a Row) -> Value) -> Vec<Value> {
    rows.iter().map(value).collect()
}

/// A list of ids as Postgres reads it: an array of arrays would come apart.
fn array(ids: &[Uuid]) -> String {
    format!("{{{}}}", ids.iter().map(Uuid::to_string).collect::<Vec<_>>().join(","))
}

async fn new_conversations(rows: &[(Uuid, &Room, &Tally)], tx: &mut PgConnection) -> Result<(), sqlx::Error> {
    if rows.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "insert into conversations (id, user_id, title, character_ids, persona, status, branched_from, message_count,
                                    last_message_at, created_at, updated_at, version, began)
         select id, user_id, title, character_ids::uuid[], persona::jsonb,
                case when is_open then 'open' else 'closed' end,
                branched_from::jsonb, message_count, last_message_at, created_at, updated_at, version, began
         from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::boolean[], $7::text[],
                     $8::bigint[], $9::timestamptz[], $10::timestamptz[], $11::timestamptz[], $12::bigint[], $13::bigint[])
              as new (id, user_id, title, character_ids, persona, is_open, branched_from, message_count,
                      last_message_at, created_at, updated_at, version, began)",
    )
    .bind(column(rows, |(id, ..)| *id))
    .bind(column(rows, |(_, room, _)| room.user))
    .bind(column(rows, |(_, room, _)| room.title.as_deref()))
    .bind(column(rows, |(_, room, _)| array(&room.characters)))
    .bind(column(rows, |(_, room, _)| room.persona.as_ref().map(ToString::to_string)))
    .bind(column(rows, |(_, room, _)| room.is_open))
    .bind(column(rows, |(_, room, _)| room.branched_from.as_ref().map(ToString::to_string)))
    .bind(column(rows, |(_, _, tally)| tally.messages))
    .bind(column(rows, |(_, _, tally)| tally.last))
    .bind(column(rows, |(_, room, _)| room.created_at))
    .bind(column(rows, |(_, room, _)| room.updated_at))
    .bind(column(rows, |(_, room, _)| room.version))
    .bind(column(rows, |(_, room, _)| room.began))
    .execute(tx)
    .await?;
    Ok(())
}

async fn changed_conversations(
    rows: &[(Uuid, &Room, &Tally)],
    tx: &mut PgConnection,
) -> Result<(), sqlx::Error> {
    if rows.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "update conversations
         set title           = new.title,
             persona         = case when is_recast then new.persona::jsonb else conversations.persona end,
             status          = case when is_open then 'open' else 'closed' end,
             message_count   = new.message_count,
             last_message_at = new.last_message_at,
             updated_at      = new.updated_at,
             version         = new.version
         from unnest($1::uuid[], $2::text[], $3::boolean[], $4::bigint[], $5::timestamptz[], $6::timestamptz[],
                     $7::bigint[], $8::text[], $9::boolean[])
              as new (id, title, is_open, message_count, last_message_at, updated_at, version, persona, is_recast)
         where conversations.id = new.id",
    )
    .bind(column(rows, |(id, ..)| *id))
    .bind(column(rows, |(_, room, _)| room.title.as_deref()))
    .bind(column(rows, |(_, room, _)| room.is_open))
    .bind(column(rows, |(_, _, tally)| tally.messages))
    .bind(column(rows, |(_, _, tally)| tally.last))
    .bind(column(rows, |(_, room, _)| room.updated_at))
    .bind(column(rows, |(_, room, _)| room.version))
    .bind(column(rows, |(_, room, _)| room.persona.as_ref().map(ToString::to_string)))
    .bind(column(rows, |(_, room, _)| room.recast))
    .execute(tx)
    .await?;
    Ok(())
}

async fn new_messages(rows: &[(Uuid, &MessageSheet)], tx: &mut PgConnection) -> Result<(), sqlx::Error> {
    if rows.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "insert into messages (id, conversation_id, ordinal, speaker, user_id, character_id, speaker_name, hidden, chosen,
                               deleted_at, edited_at, created_at, version, owner_id)
         select *
         from unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::text[], $5::uuid[], $6::uuid[], $7::text[],
                     $8::boolean[], $9::bigint[], $10::timestamptz[], $11::timestamptz[], $12::timestamptz[],
                     $13::bigint[], $14::uuid[])",
    )
    .bind(column(rows, |(id, _)| *id))
    .bind(column(rows, |(_, message)| message.conversation))
    .bind(column(rows, |(_, message)| message.ordinal))
    .bind(column(rows, |(_, message)| message.speaker.name()))
    .bind(column(rows, |(_, message)| message.user))
    .bind(column(rows, |(_, message)| message.character))
    .bind(column(rows, |(_, message)| message.name.as_deref()))
    .bind(column(rows, |(_, message)| message.hidden))
    .bind(column(rows, |(_, message)| message.chosen))
    .bind(column(rows, |(_, message)| message.deleted_at))
    .bind(column(rows, |(_, message)| message.edited_at))
    .bind(column(rows, |(_, message)| message.created_at))
    .bind(column(rows, |(_, message)| message.version))
    .bind(column(rows, |(_, message)| message.owner))
    .execute(tx)
    .await?;
    Ok(())
}

async fn changed_messages(rows: &[(Uuid, &MessageSheet)], tx: &mut PgConnection) -> Result<(), sqlx::Error> {
    if rows.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "update messages
         set chosen     = new.chosen,
             deleted_at = new.deleted_at,
             edited_at  = new.edited_at,
             version    = new.version
         from unnest($1::uuid[], $2::bigint[], $3::timestamptz[], $4::timestamptz[], $5::bigint[])
              as new (id, chosen, deleted_at, edited_at, version)
         where messages.id = new.id",
    )
    .bind(column(rows, |(id, _)| *id))
    .bind(column(rows, |(_, message)| message.chosen))
    .bind(column(rows, |(_, message)| message.deleted_at))
    .bind(column(rows, |(_, message)| message.edited_at))
    .bind(column(rows, |(_, message)| message.version))
    .execute(tx)
    .await?;
    Ok(())
}

/// Before new wordings come in: an edit takes the place of those that were there.
async fn edited(rows: &[(Uuid, &MessageSheet)], tx: &mut PgConnection) -> Result<(), sqlx::Error> {
    let edits = rows.iter().filter_map(|(id, message)| Some((*id, message.edited.as_deref()?)));
    let (ids, texts): (Vec<Uuid>, Vec<&str>) = edits.unzip();
    if ids.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "with gone as (
             delete from message_variants
             where message_id = any($1)
               and variant > 0
         )
         update message_variants
         set text  = new.text,
             print = new.print
         from unnest($1::uuid[], $2::text[], $3::bytea[]) as new (id, text, print)
         where message_id = new.id
           and variant = 0",
    )
    .bind(ids)
    .bind(&texts)
    .bind(column(&texts, |text| print(text)))
    .execute(tx)
    .await?;
    Ok(())
}

async fn variants(rows: &[(Uuid, &MessageSheet)], tx: &mut PgConnection) -> Result<(), sqlx::Error> {
    let fresh: Vec<_> = rows
        .iter()
        .flat_map(|(id, message)| message.fresh.iter().map(|(number, variant)| (*id, *number, variant)))
        .collect();
    if fresh.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "insert into message_variants (message_id, variant, text, reply_id, finished, created_at, print)
         select *
         from unnest($1::uuid[], $2::bigint[], $3::text[], $4::uuid[], $5::boolean[], $6::timestamptz[], $7::bytea[])",
    )
    .bind(column(&fresh, |(id, ..)| *id))
    .bind(column(&fresh, |(_, number, _)| *number))
    .bind(column(&fresh, |(.., variant)| variant.text.as_str()))
    .bind(column(&fresh, |(.., variant)| variant.reply))
    .bind(column(&fresh, |(.., variant)| variant.finished))
    .bind(column(&fresh, |(.., variant)| variant.created_at))
    .bind(column(&fresh, |(.., variant)| print(&variant.text)))
    .execute(tx)
    .await?;
    Ok(())
}

async fn new_replies(rows: &[(Uuid, &ReplySheet)], tx: &mut PgConnection) -> Result<(), sqlx::Error> {
    if rows.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "insert into replies (id, conversation_id, user_id, character_id, message_id, turn_message_id, requested_at, stage,
                              reason, sentence, attempt, run, variant, proposal, ended_at, ended_sequence)
         select *
         from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[], $6::uuid[], $7::timestamptz[],
                     $8::text[], $9::text[], $10::text[], $11::bigint[], $12::bigint[], $13::bigint[], $14::text[],
                     $15::timestamptz[], $16::bigint[])",
    )
    .bind(column(rows, |(id, _)| *id))
    .bind(column(rows, |(_, reply)| reply.conversation))
    .bind(column(rows, |(_, reply)| reply.user))
    .bind(column(rows, |(_, reply)| reply.character))
    .bind(column(rows, |(_, reply)| reply.message))
    .bind(column(rows, |(_, reply)| reply.turn))
    .bind(column(rows, |(_, reply)| reply.requested_at))
    .bind(column(rows, |(_, reply)| reply.end.as_ref().map_or("requested", |end| end.stage)))
    .bind(column(rows, |(_, reply)| reply.end.as_ref().and_then(|end| end.reason.as_deref())))
    .bind(column(rows, |(_, reply)| reply.end.as_ref().and_then(|end| end.sentence.as_deref())))
    .bind(column(rows, |(_, reply)| reply.end.as_ref().and_then(|end| end.attempt)))
    .bind(column(rows, |(_, reply)| reply.end.as_ref().and_then(|end| end.run)))
    .bind(column(rows, |(_, reply)| reply.variant))
    .bind(column(rows, |(_, reply)| reply.end.as_ref().and_then(|end| end.proposal.as_deref())))
    .bind(column(rows, |(_, reply)| reply.end.as_ref().map(|end| end.at)))
    .bind(column(rows, |(_, reply)| reply.end.as_ref().map(|end| end.sequence)))
    .execute(tx)
    .await?;
    Ok(())
}

async fn ended_replies(rows: &[(Uuid, &ReplySheet)], tx: &mut PgConnection) -> Result<(), sqlx::Error> {
    let ended = rows.iter().filter_map(|(id, reply)| Some((*id, reply.variant, reply.end.as_ref()?)));
    let ended: Vec<_> = ended.collect();
    if ended.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "update replies
         set stage          = new.stage,
             reason         = new.reason,
             sentence       = new.sentence,
             attempt        = new.attempt,
             run            = new.run,
             variant        = new.variant,
             proposal       = new.proposal,
             ended_at       = new.ended_at,
             ended_sequence = new.ended_sequence
         from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::bigint[], $7::bigint[],
                     $8::text[], $9::timestamptz[], $10::bigint[])
              as new (id, stage, reason, sentence, attempt, run, variant, proposal, ended_at, ended_sequence)
         where replies.id = new.id",
    )
    .bind(column(&ended, |(id, ..)| *id))
    .bind(column(&ended, |(.., end)| end.stage))
    .bind(column(&ended, |(.., end)| end.reason.as_deref()))
    .bind(column(&ended, |(.., end)| end.sentence.as_deref()))
    .bind(column(&ended, |(.., end)| end.attempt))
    .bind(column(&ended, |(.., end)| end.run))
    .bind(column(&ended, |(_, variant, _)| *variant))
    .bind(column(&ended, |(.., end)| end.proposal.as_deref()))
    .bind(column(&ended, |(.., end)| end.at))
    .bind(column(&ended, |(.., end)| end.sequence))
    .execute(tx)
    .await?;
    Ok(())
}

async fn new_interactions(
    rows: &[(Uuid, &NewInteraction, &InteractionSheet)],
    tx: &mut PgConnection,
) -> Result<(), sqlx::Error> {
    if rows.is_empty() {
        return Ok(());
    }
    let contexts: Result<Vec<String>, sqlx::Error> =
        rows.iter().map(|(.., sheet)| Ok(sql::json(&sheet.context)?.to_string())).collect();
    sqlx::query(
        "insert into character_interactions (id, character_id, user_id, message, response, context_data, interaction_type,
                                             created_at)
         select id, character_id, user_id, message, response, context_data::jsonb, interaction_type, created_at
         from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[],
                     $8::timestamptz[])
              as new (id, character_id, user_id, message, response, context_data, interaction_type, created_at)",
    )
    .bind(column(rows, |(id, ..)| *id))
    .bind(column(rows, |(_, new, _)| new.character))
    .bind(column(rows, |(_, new, _)| new.user))
    .bind(column(rows, |(_, new, _)| new.message.as_deref()))
    .bind(column(rows, |(.., sheet)| sheet.response.as_deref()))
    .bind(contexts?)
    .bind(column(rows, |(_, new, _)| new.kind))
    .bind(column(rows, |(_, new, _)| new.created_at))
    .execute(tx)
    .await?;
    Ok(())
}

async fn answered_interactions(
    rows: &[(Uuid, &InteractionSheet)],
    tx: &mut PgConnection,
) -> Result<(), sqlx::Error> {
    if rows.is_empty() {
        return Ok(());
    }
    let contexts: Result<Vec<String>, sqlx::Error> =
        rows.iter().map(|(_, sheet)| Ok(sql::json(&sheet.context)?.to_string())).collect();
    sqlx::query(
        "update character_interactions
         set response     = new.response,
             context_data = character_interactions.context_data || new.context_data::jsonb
         from unnest($1::uuid[], $2::text[], $3::text[]) as new (id, response, context_data)
         where character_interactions.id = new.id",
    )
    .bind(column(rows, |(id, _)| *id))
    .bind(column(rows, |(_, sheet)| sheet.response.as_deref()))
    .bind(contexts?)
    .execute(tx)
    .await?;
    Ok(())
}
