//! Characters, listed and shown to their owner. Somebody else's are answered like unknown ones.

use domain::{bounds, character::CharacterId, user::UserId};
use serde::Serialize;
use serde_json::Value;
use sqlx::{PgPool, Row, postgres::PgRow, types::time::OffsetDateTime};

pub use crate::page::Retired;
use crate::{
    page::{Cursor, Page, Paging},
    sql,
};

/// Which characters are wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Those whose name holds this, or a word much like it.
    pub query: Option<String>,
    /// Those that have just this tag.
    pub tag: Option<String>,
    /// What becomes of retired ones.
    pub retired: Retired,
}

impl Filter {
    /// Longer than any name or tag can be: nobody has it.
    fn finds_nobody(&self) -> bool {
        let longer = |words: &Option<String>, most| words.as_ref().is_some_and(|words| words.len() > most);
        longer(&self.query, bounds::NAME) || longer(&self.tag, bounds::WORD)
    }
}

/// A character in a list: what it takes to recognise it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CharacterSummary {
    /// Its id.
    pub id: CharacterId,
    /// What it is called.
    pub name: String,
    /// How its description begins.
    pub excerpt: String,
    /// Words to find it by.
    pub tags: Vec<String>,
    /// Where its picture is served.
    pub avatar_url: Option<String>,
    /// Whether it speaks.
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

impl sqlx::FromRow<'_, PgRow> for CharacterSummary {
    fn from_row(row: &PgRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            id: sql::id(row, "id")?,
            name: row.try_get("name")?,
            excerpt: row.try_get("excerpt")?,
            tags: row.try_get("tags")?,
            avatar_url: row.try_get("avatar_url")?,
            is_active: row.try_get("is_active")?,
            created_at: row.try_get("created_at")?,
            updated_at: row.try_get("updated_at")?,
            version: sql::count(row, "version")?,
        })
    }
}

/// A character, whole.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CharacterRow {
    /// Its id.
    pub id: CharacterId,
    /// Whose it is.
    pub user_id: UserId,
    /// What it is called.
    pub name: String,
    /// Who it is.
    pub description: String,
    /// Its traits.
    pub personality_data: Value,
    /// Where its picture is served.
    pub avatar_url: Option<String>,
    /// What it sounds like.
    pub voice_settings: Value,
    /// What it remembers.
    pub memory_data: Value,
    /// The circumstances in which one meets it.
    pub scenario_data: Value,
    /// Whether it speaks.
    pub is_active: bool,
    /// When it came in.
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
    /// When it last changed.
    #[serde(with = "time::serde::rfc3339")]
    pub updated_at: OffsetDateTime,
    /// Words to find it by.
    pub tags: Vec<String>,
    /// All its parts, as they are revised.
    pub profile: Value,
    /// Which model speaks for it: the settings that are no secrets.
    pub provider: Value,
    /// The address of its picture in the object store.
    pub avatar_digest: Option<String>,
    /// Such as `image/png`.
    pub avatar_media_type: Option<String>,
    /// The address of its card in the object store.
    pub original_digest: Option<String>,
    /// Such as `image/png` or `application/json`.
    pub original_media_type: Option<String>,
    /// The version of the card format.
    pub original_spec: Option<String>,
    /// The sequence of the last commit in this row; its `ETag`.
    pub version: u64,
}

impl sqlx::FromRow<'_, PgRow> for CharacterRow {
    fn from_row(row: &PgRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            id: sql::id(row, "id")?,
            user_id: sql::id(row, "user_id")?,
            name: row.try_get("name")?,
            description: row.try_get("description")?,
            personality_data: row.try_get("personality_data")?,
            avatar_url: row.try_get("avatar_url")?,
            voice_settings: row.try_get("voice_settings")?,
            memory_data: row.try_get("memory_data")?,
            scenario_data: row.try_get("scenario_data")?,
            is_active: row.try_get("is_active")?,
            created_at: row.try_get("created_at")?,
            updated_at: row.try_get("updated_at")?,
            tags: row.try_get("tags")?,
            profile: row.try_get("profile")?,
            provider: row.try_get("provider")?,
            avatar_digest: row.try_get("avatar_digest")?,
            avatar_media_type: row.try_get("avatar_media_type")?,
            original_digest: row.try_get("original_digest")?,
            original_media_type: row.try_get("original_media_type")?,
            original_spec: row.try_get("original_spec")?,
            version: sql::count(row, "version")?,
        })
    }
}

/// Somebody's characters, those that came last first.
pub async fn list(
    pool: &PgPool,
    owner: UserId,
    filter: &Filter,
    paging: Paging,
) -> Result<Page<CharacterSummary>, sqlx::Error> {
    if filter.finds_nobody() {
        return Ok(Page::empty());
    }
    let list = sqlx::query_as(
        "select id, name, left(description, 280) as excerpt, tags, avatar_url, is_active, created_at, updated_at, version
         from characters
         where user_id = $1
           and (created_at, id) < ($2, $3)
           and ($5::text is null or name ilike $5 or $6 <% name)
           and ($7::text is null or tags @> array[$7])
           and (is_active or $8)
         order by created_at desc, id desc
         limit $4",
    );
    let list = paging
        .of(owner, list)
        .bind(filter.query.as_deref().map(sql::pattern))
        .bind(filter.query.as_ref().map(|query| sql::text(query)))
        .bind(filter.tag.as_ref().map(|tag| sql::text(tag)))
        .bind(filter.retired == Retired::Included);
    // Planned for just these filters, each time: a plan for all of them could use none of the indexes.
    let rows: Vec<CharacterSummary> = list.persistent(false).fetch_all(pool).await?;
    Ok(Page::of(rows, paging.limit, |row| Cursor::at(row.created_at, row.id.uuid())))
}

/// The character of this id, if it is this owner's.
pub async fn show(
    pool: &PgPool,
    owner: UserId,
    character: CharacterId,
) -> Result<Option<CharacterRow>, sqlx::Error> {
    sqlx::query_as(
        "select id, user_id, name, description, personality_data, avatar_url, voice_settings, memory_data,
                scenario_data, is_active, created_at, updated_at, tags, profile, provider, avatar_digest,
                avatar_media_type, original_digest, original_media_type, original_spec, version
         from characters
         where id = $1
           and user_id = $2",
    )
    .bind(character.uuid())
    .bind(owner.uuid())
    .fetch_optional(pool)
    .await
}

#[cfg(test)]
mod spec {
    use super::*;

    fn asking(query: &str) -> Filter {
        Filter { query: Some(query.into()), ..Filter::default() }
    }

    #[test]
    fn what_no_name_can_hold_is_not_even_asked_for() {
        assert!(asking(&"a".repeat(256)).finds_nobody());
        assert!(!asking(&"a".repeat(255)).finds_nobody());
    }
}
