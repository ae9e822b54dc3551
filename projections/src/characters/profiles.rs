//! The profiles of somebody's characters, for whoever lets several of them speak.

use domain::{
    character::{CharacterId, Profile},
    user::UserId,
};
use sqlx::{
    PgPool, Row,
    postgres::PgRow,
    types::{Json, time::OffsetDateTime},
};

use crate::{
    page::{Cursor, Page, Paging},
    sql,
};

/// A character who speaks, with all its parts.
#[derive(Debug, Clone, PartialEq)]
pub struct CharacterProfile {
    /// Its id.
    pub id: CharacterId,
    /// All its parts.
    pub profile: Profile,
    /// When it came in.
    pub created_at: OffsetDateTime,
    /// The sequence of its last commit.
    pub version: u64,
}

impl sqlx::FromRow<'_, PgRow> for CharacterProfile {
    fn from_row(row: &PgRow) -> Result<Self, sqlx::Error> {
        let Json(profile) = row.try_get("profile")?;
        Ok(Self {
            id: sql::id(row, "id")?,
            profile,
            created_at: row.try_get("created_at")?,
            version: sql::count(row, "version")?,
        })
    }
}

/// Those of somebody's characters who speak, those that came last first.
pub async fn profiles(
    pool: &PgPool,
    owner: UserId,
    paging: Paging,
) -> Result<Page<CharacterProfile>, sqlx::Error> {
    let list = sqlx::query_as(
        "select id, profile, created_at, version
         from characters
         where user_id = $1
           and (created_at, id) < ($2, $3)
           and is_active
         order by created_at desc, id desc
         limit $4",
    );
    let rows: Vec<CharacterProfile> = paging.of(owner, list).fetch_all(pool).await?;
    Ok(Page::of(rows, paging.limit, |row| Cursor::at(row.created_at, row.id.uuid())))
}
