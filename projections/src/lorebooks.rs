//! Lorebooks, as they are now: each with its entries in their order, and the characters that it is for.
//!
//! An import arrives in many commits; `entries_expected` counts down what its file still owes. Queries are in
//! `lorebooks/list.rs` and `lorebooks/entries.rs`.

mod entries;
mod links;
mod list;

use domain::{
    Private,
    commit::{Kind, Recorded},
    lorebook::{Entry, EntryRevised, Lorebook, LorebookEvent, Original, Settings},
    user::UserId,
};
pub use entries::{EntryRow, entries, entry};
pub use list::{Filter, LorebookRow, LorebookSummary, Retired, list, show};
use sqlx::PgConnection;

use crate::{Projection, moment::Moment, sql};

/// What worlds know.
pub const PROJECTION: Projection = Projection {
    name: "lorebooks",
    version: 1,
    reads: &[Kind::Lorebook],
    tables: &["lorebooks", "lorebook_entries", "lorebook_links"],
    forget: &[
        "delete from lorebook_entries using lorebooks where lorebook_id = lorebooks.id and user_id = $1",
        "delete from lorebook_links using lorebooks where lorebook_id = lorebooks.id and user_id = $1",
        "delete from lorebooks where user_id = $1",
    ],
    apply: |commits, tx| Box::pin(apply_all(commits, tx)),
};

async fn apply_all(commits: &[&Recorded], tx: &mut PgConnection) -> Result<(), sqlx::Error> {
    for recorded in commits {
        apply(recorded, tx).await?;
    }
    Ok(())
}

async fn apply(recorded: &Recorded, tx: &mut PgConnection) -> Result<(), sqlx::Error> {
    let moment = Moment::from(recorded);
    for event in recorded.events::<Lorebook>() {
        match event {
            LorebookEvent::LorebookImported(event) => {
                came_in(tx, moment, event.owner, &event.settings.or_default(), event.original.known())
                    .await?;
                take(tx, moment, &event.entries).await?;
            }
            LorebookEvent::LorebookCreated(event) => {
                came_in(tx, moment, event.owner, &event.settings.or_default(), None).await?;
            }
            LorebookEvent::EntriesAdded(event) => take(tx, moment, &event.entries).await?,
            LorebookEvent::EntryRevised(event) => entry_revised(tx, moment, event).await?,
            LorebookEvent::EntryRemoved(event) => entry_removed(tx, moment, event.uid).await?,
            LorebookEvent::LorebookRevised(event) => {
                revised(tx, moment, &event.settings.or_default()).await?;
            }
            LorebookEvent::LorebookLinked(event) => links::make(tx, moment, event.to).await?,
            LorebookEvent::LorebookUnlinked(event) => links::cut(tx, moment, event.from).await?,
            LorebookEvent::LorebookRetired(_) => active(tx, moment, Active::NoMore).await?,
            LorebookEvent::LorebookRestored(_) => active(tx, moment, Active::Again).await?,
        }
    }
    touched(tx, moment).await
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Active {
    Again,
    NoMore,
}

async fn came_in(
    tx: &mut PgConnection,
    moment: Moment,
    owner: UserId,
    settings: &Settings,
    original: Option<&Original>,
) -> Result<(), sqlx::Error> {
    let expected = original.map_or(0, |original| u64::try_from(original.entries).unwrap_or(u64::MAX));
    sqlx::query(
        "insert into lorebooks (id, user_id, name, description, scan_depth, token_budget, recursive_scanning,
                                entries_expected, is_changed, original_digest, original_format, created_at,
                                updated_at, version)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $12, $13)
         on conflict (id) do nothing",
    )
    .bind(moment.id)
    .bind(owner.uuid())
    .bind(sql::text(&settings.name))
    .bind(sql::text(&settings.description))
    .bind(settings.scan_depth.map(i64::from))
    .bind(settings.token_budget.map(i64::from))
    .bind(settings.recursive_scanning)
    .bind(sql::bigint(expected))
    .bind(original.is_none())
    .bind(original.map(|original| sql::text(&original.digest)))
    .bind(original.map(|original| sql::text(&original.format)))
    .bind(moment.at)
    .bind(moment.sequence)
    .execute(tx)
    .await?;
    Ok(())
}

/// Entries arrive behind the others: those of the file while it owes any, then those that somebody added. A commit that
/// is delivered again finds all of its entries here and changes nothing.
async fn take(tx: &mut PgConnection, moment: Moment, entries: &[Private<Entry>]) -> Result<(), sqlx::Error> {
    let entries: Vec<_> = entries.iter().filter_map(Private::known).collect();
    let uids: Vec<_> = entries.iter().map(|entry| sql::bigint(entry.uid)).collect();
    let texts: Result<Vec<_>, _> = entries.iter().map(|entry| whole(entry)).collect();
    sqlx::query(
        "with book as (
             select id
             from lorebooks
             where id = $1
               and version <= $2
         ), arrived as (
             insert into lorebook_entries (lorebook_id, uid, ordinal, entry)
             select book.id, news.uid,
                    coalesce((select max(ordinal) from lorebook_entries where lorebook_id = $1), 0) + news.place,
                    news.entry::json
             from book
             cross join unnest($3::bigint[], $4::text[]) with ordinality as news (uid, entry, place)
             on conflict (lorebook_id, uid) do nothing
             returning uid
         ), counted as (
             select count(*) as number
             from arrived
         )
         update lorebooks
         set entry_count      = entry_count + number,
             is_changed       = is_changed or entries_expected = 0,
             entries_expected = greatest(entries_expected - number, 0)
         from counted
         where id = $1
           and number > 0",
    )
    .bind(moment.id)
    .bind(moment.sequence)
    .bind(uids)
    .bind(texts?)
    .execute(tx)
    .await?;
    Ok(())
}

/// The entry as the table holds it.
fn whole(entry: &Entry) -> Result<String, sqlx::Error> {
    Ok(sql::json(entry)?.to_string())
}

async fn entry_revised(
    tx: &mut PgConnection,
    moment: Moment,
    event: &EntryRevised,
) -> Result<(), sqlx::Error> {
    let Some(entry) = event.entry.known() else { return Ok(()) };
    sqlx::query(
        "with revised as (
             update lorebooks
             set is_changed = true
             where id = $1
               and version <= $2
             returning id
         )
         update lorebook_entries
         set entry = $4::text::json
         from revised
         where lorebook_id = revised.id
           and uid = $3",
    )
    .bind(moment.id)
    .bind(moment.sequence)
    .bind(sql::bigint(entry.uid))
    .bind(whole(entry)?)
    .execute(tx)
    .await?;
    Ok(())
}

async fn entry_removed(tx: &mut PgConnection, moment: Moment, uid: u64) -> Result<(), sqlx::Error> {
    sqlx::query(
        "with removed as (
             delete from lorebook_entries
             using lorebooks
             where lorebooks.id = lorebook_id
               and lorebook_id = $1
               and uid = $3
               and version <= $2
             returning uid
         )
         update lorebooks
         set entry_count = entry_count - (select count(*) from removed),
             is_changed  = true
         where id = $1
           and version <= $2",
    )
    .bind(moment.id)
    .bind(moment.sequence)
    .bind(sql::bigint(uid))
    .execute(tx)
    .await?;
    Ok(())
}

async fn revised(tx: &mut PgConnection, moment: Moment, settings: &Settings) -> Result<(), sqlx::Error> {
    sqlx::query(
        "update lorebooks
         set name               = $3,
             description        = $4,
             scan_depth         = $5,
             token_budget       = $6,
             recursive_scanning = $7,
             is_changed         = true
         where id = $1
           and version <= $2",
    )
    .bind(moment.id)
    .bind(moment.sequence)
    .bind(sql::text(&settings.name))
    .bind(sql::text(&settings.description))
    .bind(settings.scan_depth.map(i64::from))
    .bind(settings.token_budget.map(i64::from))
    .bind(settings.recursive_scanning)
    .execute(tx)
    .await?;
    Ok(())
}

async fn active(tx: &mut PgConnection, moment: Moment, active: Active) -> Result<(), sqlx::Error> {
    sqlx::query(
        "update lorebooks
         set is_active = $3
         where id = $1
           and version <= $2",
    )
    .bind(moment.id)
    .bind(moment.sequence)
    .bind(active == Active::Again)
    .execute(tx)
    .await?;
    Ok(())
}

/// Whatever a commit says of a lorebook, its version is the commit's sequence.
async fn touched(tx: &mut PgConnection, moment: Moment) -> Result<(), sqlx::Error> {
    sqlx::query(
        "update lorebooks
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
