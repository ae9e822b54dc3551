//! Lorebooks, listed and shown to their owner. Somebody else's are answered like unknown ones.

use domain::{bounds, character::CharacterId, lorebook::LorebookId, user::UserId};
use serde::Serialize;
use sqlx::{PgPool, Row, postgres::PgRow, types::time::OffsetDateTime};

pub use crate::page::Retired;
use crate::{
    page::{Cursor, Page, Paging},
    sql,
};

/// Which lorebooks are wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Those whose name holds this, or a word much like it.
    pub query: Option<String>,
    /// Those that are for this character.
    pub character: Option<CharacterId>,
    /// What becomes of retired ones.
    pub retired: Retired,
}

impl Filter {
    /// Longer than any name can be: none has it.
    fn finds_nothing(&self) -> bool {
        self.query.as_ref().is_some_and(|query| query.len() > bounds::NAME)
    }
}

/// A lorebook in a list: what it takes to recognise it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LorebookSummary {
    /// Its id.
    pub id: LorebookId,
    /// What it is called.
    pub name: String,
    /// How its description begins.
    pub excerpt: String,
    /// How many entries it has.
    pub entry_count: u64,
    /// How many entries of its file have yet to arrive.
    pub entries_expected: u64,
    /// Whether it is for every conversation of its owner.
    pub is_global: bool,
    /// Whether it may be used.
    pub is_active: bool,
    /// When it came in.
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
    /// When it last changed.
    #[serde(with = "time::serde::rfc3339")]
    pub updated_at: OffsetDateTime,
    /// The sequence of the last commit in this row.
    pub version: u64,
}

impl sqlx::FromRow<'_, PgRow> for LorebookSummary {
    fn from_row(row: &PgRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            id: sql::id(row, "id")?,
            name: row.try_get("name")?,
            excerpt: row.try_get("excerpt")?,
            entry_count: sql::count(row, "entry_count")?,
            entries_expected: sql::count(row, "entries_expected")?,
            is_global: row.try_get("is_global")?,
            is_active: row.try_get("is_active")?,
            created_at: row.try_get("created_at")?,
            updated_at: row.try_get("updated_at")?,
            version: sql::count(row, "version")?,
        })
    }
}

/// A lorebook, without its entries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LorebookRow {
    /// Its id.
    pub id: LorebookId,
    /// Whose it is.
    pub user_id: UserId,
    /// What it is called.
    pub name: String,
    /// What it is about, for people.
    pub description: String,
    /// How many messages are searched for keys, where it says so.
    pub scan_depth: Option<u64>,
    /// How many tokens its entries may take, where it says so.
    pub token_budget: Option<u64>,
    /// Whether entries may wake each other, where it says so.
    pub recursive_scanning: Option<bool>,
    /// How many entries it has.
    pub entry_count: u64,
    /// How many entries of its file have yet to arrive.
    pub entries_expected: u64,
    /// Whether it says something else than its file.
    pub is_changed: bool,
    /// Whether it is for every conversation of its owner.
    pub is_global: bool,
    /// The characters that it is for, those that came first first.
    pub character_ids: Vec<CharacterId>,
    /// Whether it may be used.
    pub is_active: bool,
    /// The address of its file in the object store.
    pub original_digest: Option<String>,
    /// Whose shape that file has.
    pub original_format: Option<String>,
    /// When it came in.
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
    /// When it last changed.
    #[serde(with = "time::serde::rfc3339")]
    pub updated_at: OffsetDateTime,
    /// The sequence of the last commit in this row; its `ETag`.
    pub version: u64,
}

impl sqlx::FromRow<'_, PgRow> for LorebookRow {
    fn from_row(row: &PgRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            id: sql::id(row, "id")?,
            user_id: sql::id(row, "user_id")?,
            name: row.try_get("name")?,
            description: row.try_get("description")?,
            scan_depth: sql::maybe_count(row, "scan_depth")?,
            token_budget: sql::maybe_count(row, "token_budget")?,
            recursive_scanning: row.try_get("recursive_scanning")?,
            entry_count: sql::count(row, "entry_count")?,
            entries_expected: sql::count(row, "entries_expected")?,
            is_changed: row.try_get("is_changed")?,
            is_global: row.try_get("is_global")?,
            character_ids: sql::ids(row, "character_ids")?,
            is_active: row.try_get("is_active")?,
            original_digest: row.try_get("original_digest")?,
            original_format: row.try_get("original_format")?,
            created_at: row.try_get("created_at")?,
            updated_at: row.try_get("updated_at")?,
            version: sql::count(row, "version")?,
        })
    }
}

/// Somebody's lorebooks, those that came last first.
pub async fn list(
    pool: &PgPool,
    owner: UserId,
    filter: &Filter,
    paging: Paging,
) -> Result<Page<LorebookSummary>, sqlx::Error> {
    if filter.finds_nothing() {
        return Ok(Page::empty());
    }
    let list = sqlx::query_as(
        "select id, name, left(description, 280) as excerpt, entry_count, entries_expected, is_global, is_active,
                created_at, updated_at, version
         from lorebooks
         where user_id = $1
           and (created_at, id) < ($2, $3)
           and ($5::text is null or name ilike $5 or $6 <% name)
           and ($7::uuid is null or exists (
                   select from lorebook_links where lorebook_id = id and character_id = $7))
           and (is_active or $8)
         order by created_at desc, id desc
         limit $4",
    );
    let list = paging
        .of(owner, list)
        .bind(filter.query.as_deref().map(sql::pattern))
        .bind(filter.query.as_deref().map(sql::text))
        .bind(filter.character.map(CharacterId::uuid))
        .bind(filter.retired == Retired::Included);
    // Planned for just these filters, each time: a plan for all of them could use none of the indexes.
    let rows: Vec<LorebookSummary> = list.persistent(false).fetch_all(pool).await?;
    Ok(Page::of(rows, paging.limit, |row| Cursor::at(row.created_at, row.id.uuid())))
}

/// The lorebook of this id, if it is this owner's.
pub async fn show(
    pool: &PgPool,
    owner: UserId,
    lorebook: LorebookId,
) -> Result<Option<LorebookRow>, sqlx::Error> {
    sqlx::query_as(
        "select id, user_id, name, description, scan_depth, token_budget, recursive_scanning, entry_count,
                entries_expected, is_changed, is_global, is_active, original_digest, original_format, created_at,
                updated_at, version,
                array(select character_id from lorebook_links where lorebook_id = id
                      order by linked_at, character_id) as character_ids
         from lorebooks
         where id = $1
           and user_id = $2",
    )
    .bind(lorebook.uuid())
    .bind(owner.uuid())
    .fetch_optional(pool)
    .await
}
