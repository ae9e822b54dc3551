//! The entries of a lorebook, read back by its owner in the order of the book.

use domain::{
    lorebook::{Entry, LorebookId},
    user::UserId,
};
use sqlx::{
    PgPool, Row,
    postgres::PgRow,
    types::{Json, Uuid},
};

use crate::{
    page::{Cursor, Page, Paging},
    sql,
};

/// An entry, and its place.
#[derive(Debug, Clone, PartialEq)]
pub struct EntryRow {
    /// Its place among the others.
    pub ordinal: u64,
    /// The whole entry.
    pub entry: Entry,
}

impl sqlx::FromRow<'_, PgRow> for EntryRow {
    fn from_row(row: &PgRow) -> Result<Self, sqlx::Error> {
        let Json(entry) = row.try_get("entry")?;
        Ok(Self { ordinal: sql::count(row, "ordinal")?, entry })
    }
}

/// The entries of a lorebook, the first ones first; none if it is not this owner's.
pub async fn entries(
    pool: &PgPool,
    owner: UserId,
    lorebook: LorebookId,
    paging: Paging,
) -> Result<Option<Page<EntryRow>>, sqlx::Error> {
    let rows: Vec<EntryRow> = sqlx::query_as(
        "select ordinal, entry
         from lorebooks
         join lorebook_entries on lorebook_id = lorebooks.id
         where lorebooks.id = $1
           and user_id      = $2
           and ordinal      > $3
         order by ordinal
         limit $4",
    )
    .bind(lorebook.uuid())
    .bind(owner.uuid())
    .bind(paging.after.map_or(-1, Cursor::ordinal))
    .bind(paging.limit.and_one())
    .fetch_all(pool)
    .await?;
    if rows.is_empty() && super::show(pool, owner, lorebook).await?.is_none() {
        return Ok(None);
    }
    Ok(Some(Page::of(rows, paging.limit, |row| Cursor::behind(row.ordinal, Uuid::nil()))))
}

/// The entry of this number, if the lorebook is this owner's and has it.
pub async fn entry(
    pool: &PgPool,
    owner: UserId,
    lorebook: LorebookId,
    uid: u64,
) -> Result<Option<EntryRow>, sqlx::Error> {
    sqlx::query_as(
        "select ordinal, entry
         from lorebooks
         join lorebook_entries on lorebook_id = lorebooks.id
         where lorebooks.id = $1
           and user_id      = $2
           and uid          = $3",
    )
    .bind(lorebook.uuid())
    .bind(owner.uuid())
    .bind(sql::bigint(uid))
    .fetch_optional(pool)
    .await
}
