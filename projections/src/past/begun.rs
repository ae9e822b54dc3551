//! What of somebody's had begun by then: where a list of the past comes from. What became of it since is for the log to say.

use domain::{Id, character::Character, commit::Position, conversation::Conversation, user::UserId};
use sqlx::{
    AssertSqlSafe, PgPool,
    types::{Uuid, time::OffsetDateTime},
};

use crate::{
    page::{Cursor, Page, Paging},
    sql,
};

/// Up to where one looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Horizon {
    /// A place of the log.
    Position(Position),
    /// A time.
    Time(OffsetDateTime),
}

impl Horizon {
    /// The last sequence and the last time that count.
    fn bounds(self) -> (i64, OffsetDateTime) {
        match self {
            Self::Position(position) => (sql::bigint(position.sequence), Cursor::START.created_at()),
            Self::Time(time) => (i64::MAX, time),
        }
    }
}

/// Something that had begun by then.
#[derive(Debug, Clone, Copy)]
pub struct Begun<Kind> {
    /// What.
    pub id: Id<Kind>,
    /// A page that ends with it ends here.
    pub cursor: Cursor,
}

/// Somebody's characters that had come in by then, retired ones included, those that came last first.
pub async fn characters(
    pool: &PgPool,
    owner: UserId,
    horizon: Horizon,
    paging: Paging,
) -> Result<Page<Begun<Character>>, sqlx::Error> {
    page(pool, "characters", owner, horizon, paging).await
}

/// Somebody's conversations that had begun by then, closed ones included, those that began last first.
pub async fn conversations(
    pool: &PgPool,
    owner: UserId,
    horizon: Horizon,
    paging: Paging,
) -> Result<Page<Begun<Conversation>>, sqlx::Error> {
    page(pool, "conversations", owner, horizon, paging).await
}

async fn page<Kind>(
    pool: &PgPool,
    table: &'static str,
    owner: UserId,
    horizon: Horizon,
    paging: Paging,
) -> Result<Page<Begun<Kind>>, sqlx::Error> {
    let list = format!(
        "select id, created_at
         from {table}
         where user_id = $1
           and (created_at, id) < ($2, $3)
           and began <= $5
           and created_at <= $6
         order by created_at desc, id desc
         limit $4"
    );
    let (sequence, time) = horizon.bounds();
    let list = paging.of(owner, sqlx::query_as(AssertSqlSafe(list))).bind(sequence).bind(time);
    let rows: Vec<(Uuid, OffsetDateTime)> = list.fetch_all(pool).await?;
    let begun = |(id, created_at)| Begun { id: Id::new(id), cursor: Cursor::at(created_at, id) };
    Ok(Page::of(rows.into_iter().map(begun).collect(), paging.limit, |begun| begun.cursor))
}
