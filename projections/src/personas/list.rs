//! Personas, listed and shown to their owner. Somebody else's are answered like unknown ones.

use domain::{
    bounds,
    character::Picture,
    persona::{PersonaId, Profile},
    user::UserId,
};
use sqlx::{PgPool, Row, postgres::PgRow, types::time::OffsetDateTime};

pub use crate::page::Retired;
use crate::{
    page::{Cursor, Page, Paging},
    sql,
};

/// Which personas are wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Those whose name holds this, or a word much like it.
    pub query: Option<String>,
    /// What becomes of retired ones.
    pub retired: Retired,
}

/// A persona.
#[derive(Debug, Clone, PartialEq)]
pub struct PersonaRow {
    /// Its id.
    pub id: PersonaId,
    /// Who it is.
    pub profile: Profile,
    /// What it looks like.
    pub picture: Option<Picture>,
    /// The file by which the program that it was brought from knows it.
    pub source_file: Option<String>,
    /// Whether it may be chosen.
    pub is_active: bool,
    /// When it came in.
    pub created_at: OffsetDateTime,
    /// When it last changed.
    pub updated_at: OffsetDateTime,
    /// The sequence of the last commit in this row; its `ETag`.
    pub version: u64,
}

impl sqlx::FromRow<'_, PgRow> for PersonaRow {
    fn from_row(row: &PgRow) -> Result<Self, sqlx::Error> {
        let profile: String = row.try_get("profile")?;
        let digest: Option<String> = row.try_get("picture_digest")?;
        let media_type: Option<String> = row.try_get("picture_media_type")?;
        Ok(Self {
            id: sql::id(row, "id")?,
            profile: serde_json::from_str(&profile).map_err(|error| sqlx::Error::Decode(error.into()))?,
            picture: digest.zip(media_type).map(|(digest, media_type)| Picture { digest, media_type }),
            source_file: row.try_get("source_file")?,
            is_active: row.try_get("is_active")?,
            created_at: row.try_get("created_at")?,
            updated_at: row.try_get("updated_at")?,
            version: sql::count(row, "version")?,
        })
    }
}

/// Somebody's personas, those that came last first.
pub async fn list(
    pool: &PgPool,
    owner: UserId,
    filter: &Filter,
    paging: Paging,
) -> Result<Page<PersonaRow>, sqlx::Error> {
    // Longer than any name can be: none has it.
    if filter.query.as_ref().is_some_and(|query| query.len() > bounds::NAME) {
        return Ok(Page::empty());
    }
    let list = sqlx::query_as(
        "select id, profile::text as profile, picture_digest, picture_media_type, source_file, is_active, created_at,
                updated_at, version
         from personas
         where user_id = $1
           and (created_at, id) < ($2, $3)
           and ($5::text is null or name ilike $5 or $6 <% name)
           and (is_active or $7)
         order by created_at desc, id desc
         limit $4",
    );
    let list = paging
        .of(owner, list)
        .bind(filter.query.as_deref().map(sql::pattern))
        .bind(filter.query.as_deref().map(sql::text))
        .bind(filter.retired == Retired::Included);
    // Planned for just these filters, each time: a plan for all of them could use none of the indexes.
    let rows: Vec<PersonaRow> = list.persistent(false).fetch_all(pool).await?;
    Ok(Page::of(rows, paging.limit, |row| Cursor::at(row.created_at, row.id.uuid())))
}

/// The persona of this id, if it is this owner's.
pub async fn show(
    pool: &PgPool,
    owner: UserId,
    persona: PersonaId,
) -> Result<Option<PersonaRow>, sqlx::Error> {
    sqlx::query_as(
        "select id, profile::text as profile, picture_digest, picture_media_type, source_file, is_active, created_at,
                updated_at, version
         from personas
         where id = $1
           and user_id = $2",
    )
    .bind(persona.uuid())
    .bind(owner.uuid())
    .fetch_optional(pool)
    .await
}
