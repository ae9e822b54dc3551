//! What is done to keys besides using them: a person is forgotten, new keys are made, another master key takes over.

use domain::{Id, user::UserId};
use nats::keys::{KEY_LENGTH, KeyError, KeyName};
use sqlx::{Row, types::Uuid};
use zeroize::Zeroizing;

use super::{
    Master, Ring,
    ring::{Wrapped, away, unusable},
};
use crate::stamp;

/// How many keys are made or wrapped anew by one statement.
const PAGE: i64 = 500;

impl Ring {
    /// Destroys all keys of a person, for ever, and lets go of those that are at hand here. Done twice, it is done.
    ///
    /// What Postgres deletes it leaves lying about for a while; so the table, which is small, is written anew.
    pub async fn destroy(&self, person: UserId) -> Result<(), KeyError> {
        let mut tx = self.pool().begin().await.map_err(away)?;
        sqlx::query(
            "insert into people (user_id, destroyed_at)
             values ($1, now())
             on conflict (user_id) do update
             set destroyed_at = coalesce(people.destroyed_at, excluded.destroyed_at)",
        )
        .bind(person.uuid())
        .execute(&mut *tx)
        .await
        .map_err(away)?;
        let gone = sqlx::query("delete from data_keys where user_id = $1").bind(person.uuid());
        let gone = gone.execute(&mut *tx).await.map_err(away)?.rows_affected();
        tx.commit().await.map_err(away)?;
        self.forget(person);
        if gone > 0 {
            sqlx::raw_sql("vacuum (full) data_keys").execute(self.pool()).await.map_err(away)?;
        }
        Ok(())
    }

    /// Makes a new key for everybody: what is said from now on is sealed under it, and what was said stays as it is. Other
    /// processes take it up within minutes.
    pub async fn rotate(&self) -> Result<u64, KeyError> {
        let (mut made, mut after) = (0, Uuid::nil());
        loop {
            let rows = sqlx::query(
                "select data_keys.user_id, max(number)::bigint + 1 as number
                 from data_keys
                 join people on people.user_id = data_keys.user_id
                 where destroyed_at is null
                   and data_keys.user_id > $1
                 group by data_keys.user_id
                 order by data_keys.user_id
                 limit $2",
            );
            let rows = rows.bind(after).bind(PAGE).fetch_all(self.pool()).await.map_err(away)?;
            let Some(last) = rows.last() else { return Ok(made) };
            after = last.try_get("user_id").map_err(away)?;
            for row in &rows {
                made += self.another(super::ring::name(row).map_err(away)?).await?;
            }
        }
    }

    /// Makes this key, unless another process just did.
    async fn another(&self, name: KeyName) -> Result<u64, KeyError> {
        let key = Zeroizing::new(stamp::secret::<KEY_LENGTH>());
        let wrapped = self.master().wrap(name, &key).map_err(unusable)?;
        let made = sqlx::query(
            "insert into data_keys (user_id, number, wrapped, master)
             select user_id, $2, $3, $4
             from people
             where user_id = $1
               and destroyed_at is null
             on conflict do nothing",
        );
        let made = made
            .bind(name.person.uuid())
            .bind(i64::from(name.number))
            .bind(wrapped)
            .bind(self.master().id())
            .execute(self.pool())
            .await
            .map_err(away)?;
        self.at_hand().let_go(name.person);
        Ok(made.rows_affected())
    }

    /// Wraps everything that is under the old master key under the one that is in force. One that was stopped half-way goes
    /// on when it is repeated; no event is touched.
    pub async fn wrap_anew(&self, old: &Master) -> Result<u64, KeyError> {
        let mut wrapped = 0;
        loop {
            let rows = sqlx::query(
                "select user_id, number::bigint, wrapped, master
                 from data_keys
                 where master = $1
                 limit $2",
            );
            let rows = rows.bind(old.id()).bind(PAGE).fetch_all(self.pool()).await.map_err(away)?;
            if rows.is_empty() || old.id() == self.master().id() {
                return Ok(wrapped);
            }
            for row in &rows {
                wrapped += self.wrap_one(&Wrapped::of(row).map_err(away)?, old).await?;
            }
        }
    }

    async fn wrap_one(&self, key: &Wrapped, old: &Master) -> Result<u64, KeyError> {
        let inside = old.unwrap(key.name, &key.wrapped, &key.master).map_err(unusable)?;
        let wrapped = self.master().wrap(key.name, &inside).map_err(unusable)?;
        let done = sqlx::query(
            "update data_keys
             set wrapped = $3,
                 master  = $4
             where user_id = $1
               and number  = $2",
        );
        let done = done
            .bind(Id::uuid(key.name.person))
            .bind(i64::from(key.name.number))
            .bind(wrapped)
            .bind(self.master().id())
            .execute(self.pool())
            .await
            .map_err(away)?;
        Ok(done.rows_affected())
    }
}
