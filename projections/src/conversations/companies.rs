//! Companies: which of somebody's characters have sat together.

use domain::{character::CharacterId, user::UserId};
use sqlx::{PgPool, Row, postgres::PgRow, types::time::OffsetDateTime};

use crate::sql;

/// As many companies as are told.
const MOST: i64 = 1_000;

/// Several characters who have sat together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Company {
    /// Who, in the order in which they speak.
    pub characters: Vec<CharacterId>,
    /// When they first did.
    pub created_at: OffsetDateTime,
}

impl sqlx::FromRow<'_, PgRow> for Company {
    fn from_row(row: &PgRow) -> Result<Self, sqlx::Error> {
        Ok(Self { characters: sql::ids(row, "character_ids")?, created_at: row.try_get("created_at")? })
    }
}

/// The groups in which somebody's characters have sat, those that came first first.
pub async fn companies(pool: &PgPool, owner: UserId) -> Result<Vec<Company>, sqlx::Error> {
    sqlx::query_as(
        "select character_ids, min(created_at) as created_at
         from conversations
         where user_id = $1
           and cardinality(character_ids) > 1
         group by character_ids
         order by min(created_at), character_ids
         limit $2",
    )
    .bind(owner.uuid())
    .bind(MOST)
    .fetch_all(pool)
    .await
}
