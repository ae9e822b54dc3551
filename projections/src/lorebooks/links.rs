//! For whom lorebooks are: a mark for the whole account, a row for each character.

use domain::lorebook::Link;
use sqlx::{PgConnection, types::Uuid};

use crate::moment::Moment;

/// It is for them.
pub(super) async fn make(tx: &mut PgConnection, moment: Moment, to: Link) -> Result<(), sqlx::Error> {
    match to {
        Link::Account => global(tx, moment, Global::Yes).await,
        Link::Character(character) => linked(tx, moment, character.uuid()).await,
    }
}

/// It is for them no more.
pub(super) async fn cut(tx: &mut PgConnection, moment: Moment, from: Link) -> Result<(), sqlx::Error> {
    match from {
        Link::Account => global(tx, moment, Global::No).await,
        Link::Character(character) => unlinked(tx, moment, character.uuid()).await,
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Global {
    Yes,
    No,
}

async fn global(tx: &mut PgConnection, moment: Moment, global: Global) -> Result<(), sqlx::Error> {
    sqlx::query(
        "update lorebooks
         set is_global = $3
         where id = $1
           and version <= $2",
    )
    .bind(moment.id)
    .bind(moment.sequence)
    .bind(global == Global::Yes)
    .execute(tx)
    .await?;
    Ok(())
}

async fn linked(tx: &mut PgConnection, moment: Moment, character: Uuid) -> Result<(), sqlx::Error> {
    sqlx::query(
        "insert into lorebook_links (lorebook_id, character_id, linked_at)
         select id, $3, $4
         from lorebooks
         where id = $1
           and version <= $2
         on conflict (lorebook_id, character_id) do nothing",
    )
    .bind(moment.id)
    .bind(moment.sequence)
    .bind(character)
    .bind(moment.at)
    .execute(tx)
    .await?;
    Ok(())
}

async fn unlinked(tx: &mut PgConnection, moment: Moment, character: Uuid) -> Result<(), sqlx::Error> {
    sqlx::query(
        "delete from lorebook_links
         using lorebooks
         where lorebooks.id = lorebook_id
           and lorebook_id = $1
           and character_id = $3
           and version <= $2",
    )
    .bind(moment.id)
    .bind(moment.sequence)
    .bind(character)
    .execute(tx)
    .await?;
    Ok(())
}
