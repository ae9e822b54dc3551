//! People, and the keys that they were given.
//!
//! Neither a key nor its hash is here, nor the sealed half of a provider's settings: who may come in is decided from the
//! log, and a table that people read holds nothing that opens a door.

use domain::{
    commit::{Kind, Recorded},
    user::{ApiKeyIssued, ApiKeyRevoked, KeyId, User, UserEvent, UserId, UserProviderChosen, UserRegistered},
};
use serde::Serialize;
use serde_json::Value;
use sqlx::{PgConnection, PgPool, Row, postgres::PgRow, types::time::OffsetDateTime};

use crate::{Projection, moment::Moment, sql};

/// The people of the house.
pub const PROJECTION: Projection = Projection {
    name: "users",
    version: 1,
    reads: &[Kind::User],
    tables: &["users", "api_keys"],
    forget: &["delete from users where id = $1", "delete from api_keys where user_id = $1"],
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
    for event in recorded.events::<User>() {
        match event {
            UserEvent::UserRegistered(event) => registered(tx, moment, event).await?,
            UserEvent::ApiKeyIssued(event) => key_issued(tx, moment, event).await?,
            UserEvent::ApiKeyRevoked(event) => key_revoked(tx, moment, event).await?,
            UserEvent::UserProviderChosen(event) => provider_chosen(tx, moment, event).await?,
            // As whom they talk is asked of the log.
            UserEvent::UserPersonaChosen(_) | UserEvent::UserErased(_) => {}
        }
    }
    touched(tx, moment).await
}

async fn registered(
    tx: &mut PgConnection,
    moment: Moment,
    event: &UserRegistered,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "insert into users (id, name, created_at, updated_at, version)
         values ($1, $2, $3, $3, $4)
         on conflict (id) do update
         set name = excluded.name
         where users.version <= excluded.version",
    )
    .bind(moment.id)
    .bind(sql::text(event.name.words()))
    .bind(moment.at)
    .bind(moment.sequence)
    .execute(tx)
    .await?;
    Ok(())
}

async fn key_issued(tx: &mut PgConnection, moment: Moment, event: &ApiKeyIssued) -> Result<(), sqlx::Error> {
    sqlx::query(
        "insert into api_keys (id, user_id, label, created_at)
         values ($1, $2, $3, $4)
         on conflict (id) do nothing",
    )
    .bind(event.key.uuid())
    .bind(moment.id)
    .bind(sql::text(event.label.words()))
    .bind(moment.at)
    .execute(tx)
    .await?;
    Ok(())
}

async fn key_revoked(
    tx: &mut PgConnection,
    moment: Moment,
    event: &ApiKeyRevoked,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "update api_keys
         set revoked_at = $3
         where id = $1
           and user_id = $2
           and revoked_at is null",
    )
    .bind(event.key.uuid())
    .bind(moment.id)
    .bind(moment.at)
    .execute(tx)
    .await?;
    Ok(())
}

async fn provider_chosen(
    tx: &mut PgConnection,
    moment: Moment,
    event: &UserProviderChosen,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "update users
         set provider = $2
         where id = $1
           and version <= $3",
    )
    .bind(moment.id)
    .bind(sql::json(&event.provider.or_default().settings)?)
    .bind(moment.sequence)
    .execute(tx)
    .await?;
    Ok(())
}

/// Whatever a commit says of somebody, their version is its sequence.
async fn touched(tx: &mut PgConnection, moment: Moment) -> Result<(), sqlx::Error> {
    sqlx::query(
        "update users
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

/// A person.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct UserRow {
    /// Their id.
    pub id: UserId,
    /// What they are called.
    pub name: String,
    /// Which model answers them: the settings that are no secrets.
    pub provider: Value,
    /// When they were registered.
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
    /// When something about them last changed.
    #[serde(with = "time::serde::rfc3339")]
    pub updated_at: OffsetDateTime,
    /// The sequence of the last commit in this row.
    pub version: u64,
}

impl sqlx::FromRow<'_, PgRow> for UserRow {
    fn from_row(row: &PgRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            id: sql::id(row, "id")?,
            name: row.try_get("name")?,
            provider: row.try_get("provider")?,
            created_at: row.try_get("created_at")?,
            updated_at: row.try_get("updated_at")?,
            version: sql::count(row, "version")?,
        })
    }
}

/// A key, without anything that opens a door.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct KeyRow {
    /// Its id.
    pub id: KeyId,
    /// What it is for, in their words.
    pub label: String,
    /// When it was issued.
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
    /// When it was revoked, if it was.
    #[serde(with = "time::serde::rfc3339::option")]
    pub revoked_at: Option<OffsetDateTime>,
}

impl sqlx::FromRow<'_, PgRow> for KeyRow {
    fn from_row(row: &PgRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            id: sql::id(row, "id")?,
            label: row.try_get("label")?,
            created_at: row.try_get("created_at")?,
            revoked_at: row.try_get("revoked_at")?,
        })
    }
}

/// The person of this id.
pub async fn show(pool: &PgPool, user: UserId) -> Result<Option<UserRow>, sqlx::Error> {
    sqlx::query_as(
        "select id, name, provider, created_at, updated_at, version
         from users
         where id = $1",
    )
    .bind(user.uuid())
    .fetch_optional(pool)
    .await
}

/// All keys of somebody, newest first; the rules bound how many there are.
pub async fn keys(pool: &PgPool, user: UserId) -> Result<Vec<KeyRow>, sqlx::Error> {
    sqlx::query_as(
        "select id, label, created_at, revoked_at
         from api_keys
         where user_id = $1
         order by created_at desc, id desc",
    )
    .bind(user.uuid())
    .fetch_all(pool)
    .await
}
