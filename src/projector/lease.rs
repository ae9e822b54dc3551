//! Who of all projectors is at work: whoever has the lease, which is a lock of a Postgres session.
//!
//! A process that dies loses its session at once. One that freezes, or that nobody reaches any more, does not say that it
//! is there, and Postgres ends its session after a few seconds. Should it wake up and go on, the checkpoints fence it.

use std::time::Duration;

use sqlx::{Connection, PgConnection, PgPool};
use tokio::time::{sleep, timeout};

/// The number of the lock; nothing else in this database has it.
const LOCK: i64 = 0x1a4b_ee9e_0001;
/// How often who stands by looks whether the lease is free.
const LOOK: Duration = Duration::from_millis(500);
/// How often who is at work says so.
const SAY: Duration = Duration::from_secs(1);
/// How long Postgres, or whoever is at work, may hear nothing before the lease is lost.
const SILENCE: Duration = Duration::from_secs(5);

/// The right to be at work. To drop it is to give it back.
pub struct Lease(PgConnection);

impl Lease {
    /// Stands by until the lease is free.
    pub async fn wait(pool: &PgPool) -> Self {
        loop {
            match timeout(SILENCE, Self::take(pool)).await {
                Ok(Ok(Some(lease))) => return lease,
                Ok(Ok(None)) => {}
                Ok(Err(error)) => {
                    tracing::debug!(error = &error as &dyn std::error::Error, "projector: no lease");
                }
                Err(_) => tracing::debug!("projector: the database does not answer"),
            }
            sleep(LOOK).await;
        }
    }

    /// Takes the lease, if it is free.
    pub async fn take(pool: &PgPool) -> Result<Option<Self>, sqlx::Error> {
        let mut connection = pool.acquire().await?;
        let taken: bool = sqlx::query_scalar("select pg_try_advisory_lock($1)")
            .bind(LOCK)
            .fetch_one(&mut *connection)
            .await?;
        if !taken {
            return Ok(None);
        }
        let mut connection = connection.detach();
        sqlx::query("select set_config('idle_session_timeout', $1, false)")
            .bind(format!("{}ms", SILENCE.as_millis()))
            .execute(&mut connection)
            .await?;
        Ok(Some(Self(connection)))
    }

    /// Says again and again that we are at work, until nobody hears it any more.
    pub async fn lost(&mut self) {
        while matches!(timeout(SILENCE, self.0.ping()).await, Ok(Ok(()))) {
            sleep(SAY).await;
        }
    }
}

/// Whether anybody has the lease.
pub async fn is_held(pool: &PgPool) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar(
        "select exists (
             select from pg_locks
             where locktype = 'advisory'
               and database = (select oid from pg_database where datname = current_database())
               and (classid::bigint << 32) | objid::bigint = $1
               and objsubid = 1
               and granted
         )",
    )
    .bind(LOCK)
    .fetch_one(pool)
    .await
}
