//! Copies of the keys, still wrapped: useless without the master key, and kept apart from the log that they open.

use serde::{Deserialize, Serialize};
use sqlx::types::Uuid;

use super::Ring;

/// What is known of a person: their keys, or that they were destroyed.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Copy {
    /// Who.
    pub user: Uuid,
    /// Whether their keys were destroyed.
    pub destroyed: bool,
    /// Their keys.
    pub keys: Vec<WrappedCopy>,
}

/// A wrapped key.
#[derive(Clone, Serialize, Deserialize)]
pub struct WrappedCopy {
    /// Which of theirs.
    number: i32,
    /// The key, wrapped, in hexadecimal digits.
    wrapped: String,
    /// Under which master key.
    master: String,
}

impl std::fmt::Debug for WrappedCopy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "WrappedCopy({}, ***)", self.number)
    }
}

impl Ring {
    /// A copy of everything. A person takes about a kilobyte.
    pub async fn copies(&self) -> Result<Vec<Copy>, sqlx::Error> {
        let rows = sqlx::query_as::<_, (Uuid, bool, sqlx::types::Json<Vec<WrappedCopy>>)>(
            "select people.user_id,
                    destroyed_at is not null,
                    coalesce(
                        json_agg(json_build_object(
                            'number', number, 'wrapped', encode(wrapped, 'hex'), 'master', master
                        ) order by number) filter (where number is not null),
                        '[]'
                    )
             from people
             left join data_keys on data_keys.user_id = people.user_id
             group by people.user_id
             order by people.user_id",
        );
        let rows = rows.fetch_all(self.pool()).await?;
        Ok(rows.into_iter().map(|(user, destroyed, keys)| Copy { user, destroyed, keys: keys.0 }).collect())
    }

    /// Whether no key was ever made.
    pub async fn is_empty(&self) -> Result<bool, sqlx::Error> {
        sqlx::query_scalar("select not exists (select from people)").fetch_one(self.pool()).await
    }

    /// Puts copies back. What is here already stays, and nobody whose keys were destroyed here gets any again.
    pub async fn put_back(&self, copies: &[Copy]) -> Result<u64, sqlx::Error> {
        let mut transaction = self.pool().begin().await?;
        let mut keys = 0;
        for copy in copies {
            sqlx::query(
                "insert into people (user_id, destroyed_at)
                 values ($1, case when $2 then now() end)
                 on conflict (user_id) do update
                 set destroyed_at = coalesce(people.destroyed_at, excluded.destroyed_at)",
            )
            .bind(copy.user)
            .bind(copy.destroyed)
            .execute(&mut *transaction)
            .await?;
            for key in &copy.keys {
                let done = sqlx::query(
                    "insert into data_keys (user_id, number, wrapped, master)
                     select user_id, $2, decode($3, 'hex'), $4
                     from people
                     where user_id = $1
                       and destroyed_at is null
                     on conflict do nothing",
                );
                let done = done.bind(copy.user).bind(key.number).bind(&key.wrapped).bind(&key.master);
                keys += done.execute(&mut *transaction).await?.rows_affected();
            }
        }
        transaction.commit().await?;
        Ok(keys)
    }
}
