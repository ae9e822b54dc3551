//! Emptying a projection, so that the projector builds it again from the first commit: law 1, made a command.

use domain::commit::Epoch;
use sqlx::PgPool;

use crate::Projection;

/// Drops everything that a projection knows, its checkpoint and its parked commits included. Its next commit is the first
/// of this life of the log; a projector that is in the middle of a batch is fenced.
pub async fn rebuild(pool: &PgPool, projection: &Projection, epoch: Epoch) -> Result<(), sqlx::Error> {
    let mut tx = pool.begin().await?;
    sqlx::query(
        "insert into checkpoints (projection, version, epoch, sequence)
         values ($1, $2, $3, 0)
         on conflict (projection, version)
         do update set epoch = excluded.epoch, sequence = 0, updated_at = now()",
    )
    .bind(projection.name)
    .bind(projection.version)
    .bind(epoch.to_string())
    .execute(&mut *tx)
    .await?;
    sqlx::query("delete from parked where projection = $1 and version = $2")
        .bind(projection.name)
        .bind(projection.version)
        .execute(&mut *tx)
        .await?;
    sqlx::query(projection.clear).execute(&mut *tx).await?;
    tx.commit().await
}
