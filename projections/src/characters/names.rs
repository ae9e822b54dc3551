//! The names of somebody's characters, for whoever has to tell them all apart.

use domain::{character::CharacterId, user::UserId};
use sqlx::{PgPool, Row, postgres::PgRow, types::time::OffsetDateTime};

use crate::sql;

/// As many characters as are told apart by name; whoever came later is known by id only.
const MOST: i64 = 10_000;

/// What a character is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CharacterName {
    /// Its id.
    pub id: CharacterId,
    /// What it is called.
    pub name: String,
    /// Whether it speaks.
    pub is_active: bool,
    /// When it came in.
    pub created_at: OffsetDateTime,
}

impl sqlx::FromRow<'_, PgRow> for CharacterName {
    fn from_row(row: &PgRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            id: sql::id(row, "id")?,
            name: row.try_get("name")?,
            is_active: row.try_get("is_active")?,
            created_at: row.try_get("created_at")?,
        })
    }
}

/// The names of all of somebody's characters, retired ones included, those that came first first.
pub async fn names(pool: &PgPool, owner: UserId) -> Result<Vec<CharacterName>, sqlx::Error> {
    sqlx::query_as(
        "select id, name, is_active, created_at
         from characters
         where user_id = $1
         order by created_at, id
         limit $2",
    )
    .bind(owner.uuid())
    .bind(MOST)
    .fetch_all(pool)
    .await
}
