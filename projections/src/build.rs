//! Building a projection anew beside the one that serves, and switching over when it has caught up.
//!
//! What is built has a schema of its own, with the same tables, a checkpoint and a list of parked commits. The rules that
//! apply commits do not know it: a transaction that builds looks there first for every table. So the queries stay as they
//! are, the rows that serve stay where they are, and the switch is one short transaction, in which the new tables take
//! the place of the old ones, their checkpoint and their parked commits included.
//!
//! Nothing here reads the log: whoever does hands commits to [`apply_at`](crate::apply_at).

use domain::commit::{Epoch, Position};
use sqlx::{AssertSqlSafe, PgConnection, PgPool, Row};

use crate::{News, Projection, apply, checkpoint};

/// A projection that is being built, and how far it is.
#[derive(Debug, Clone)]
pub struct Building {
    /// Which.
    pub projection: Projection,
    /// The last commit in its new rows.
    pub at: Position,
    /// SHA-256 of that commit as it was stored, where it could be read.
    pub digest: Option<String>,
}

/// Whether a building was begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Begun {
    /// It was, now.
    Now,
    /// It is under way already, and goes on.
    Already,
}

/// What the new rows have to have seen before they take over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Over {
    /// Everything that is in the rows that serve.
    SameLog,
    /// Nothing: the rows that serve are of another log than this one.
    AnotherLog,
}

/// What came of a switch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Switched {
    /// The new rows serve.
    Yes,
    /// The rows that serve have seen more, up to here.
    NotYet(Position),
}

fn schema(projection: &Projection) -> String {
    format!("rebuild_{}", projection.name)
}

/// Begins to build a projection anew for this life of the log. What was begun by another version of the house, on other
/// tables or from another log, is begun again.
pub async fn start(pool: &PgPool, projection: &Projection, epoch: Epoch) -> Result<Begun, sqlx::Error> {
    let schema = schema(projection);
    let mut tx = pool.begin().await?;
    sqlx::query("select pg_advisory_xact_lock(hashtextextended($1, 0))")
        .bind(&schema)
        .execute(&mut *tx)
        .await?;
    let mark = mark(&mut tx, projection, epoch).await?;
    if found(&mut tx, &schema).await?.is_some_and(|found| found == mark) {
        return Ok(Begun::Already);
    }
    run(&mut tx, format!("drop schema if exists {schema} cascade; create schema {schema}")).await?;
    run(&mut tx, format!("comment on schema {schema} is '{mark}'")).await?;
    for table in projection.tables {
        run(&mut tx, format!("create table {schema}.{table} (like {table} including all excluding indexes)"))
            .await?;
    }
    for index in indexes(&mut tx, projection, &schema).await? {
        run(&mut tx, index).await?;
    }
    for table in ["checkpoints", "parked", "erased"] {
        run(&mut tx, format!("create table {schema}.{table} (like {table} including all)")).await?;
    }
    enter(&mut tx, projection).await?;
    sqlx::query("insert into checkpoints (projection, version, epoch, sequence) values ($1, $2, $3, 0)")
        .bind(projection.name)
        .bind(projection.version)
        .bind(epoch.to_string())
        .execute(&mut *tx)
        .await?;
    tx.commit().await?;
    Ok(Begun::Now)
}

/// What tells buildings apart: the rules, the log, and the form of the tables. It holds digits and names of ours only.
async fn mark(tx: &mut PgConnection, projection: &Projection, epoch: Epoch) -> Result<String, sqlx::Error> {
    let migration: i64 =
        sqlx::query_scalar("select coalesce(max(version), 0) from _sqlx_migrations").fetch_one(tx).await?;
    Ok(format!("version {} of epoch {epoch} on migration {migration}", projection.version))
}

/// The mark of the building that is there, if one is.
async fn found(tx: &mut PgConnection, schema: &str) -> Result<Option<String>, sqlx::Error> {
    sqlx::query_scalar(
        "select coalesce(obj_description(oid, 'pg_namespace'), '')
         from pg_namespace
         where nspname = $1",
    )
    .bind(schema)
    .fetch_optional(tx)
    .await
}

/// The statements that give the new tables the indexes and keys of the old ones, under the same names: `like` would
/// choose new names, and those of constraints are part of the rules.
async fn indexes(
    tx: &mut PgConnection,
    projection: &Projection,
    schema: &str,
) -> Result<Vec<String>, sqlx::Error> {
    sqlx::query_scalar(
        "with ours as (
             select pg_class.oid, relname
             from pg_class
             join pg_namespace on pg_namespace.oid = relnamespace
             where nspname = current_schema()
               and relname = any($2)
         )
         select format('alter table %I.%I add constraint %I %s', $1, relname, conname, pg_get_constraintdef(key.oid))
         from ours
         join pg_constraint as key on conrelid = ours.oid
         where contype in ('p', 'u', 'x')
         union all
         select replace(pg_get_indexdef(indexrelid), format(' ON %I.%I ', current_schema(), relname),
                        format(' ON %I.%I ', $1, relname))
         from ours
         join pg_index on indrelid = ours.oid
         where not exists (select from pg_constraint where conindid = indexrelid and conrelid = indrelid)",
    )
    .bind(schema)
    .bind(projection.tables)
    .fetch_all(tx)
    .await
}

/// From here on the transaction finds the tables that are built before those that serve.
pub(crate) async fn enter(tx: &mut PgConnection, projection: &Projection) -> Result<(), sqlx::Error> {
    sqlx::query("select set_config('search_path', $1 || ', ' || quote_ident(current_schema()), true)")
        .bind(schema(projection))
        .execute(tx)
        .await?;
    Ok(())
}

/// Statements of ours: the names in them are those of projections, their tables and their schemas.
async fn run(tx: &mut PgConnection, statements: String) -> Result<(), sqlx::Error> {
    sqlx::raw_sql(AssertSqlSafe(statements)).execute(tx).await?;
    Ok(())
}

/// Which of these projections are being built, and how far they are.
pub async fn under_way(pool: &PgPool, projections: &[Projection]) -> Result<Vec<Building>, sqlx::Error> {
    let mut connection = pool.acquire().await?;
    let mut buildings = vec![];
    for projection in projections {
        if found(&mut connection, &schema(projection)).await?.is_none() {
            continue;
        }
        let checkpoint = format!("select epoch, sequence, digest from {}.checkpoints", schema(projection));
        let row = sqlx::query(AssertSqlSafe(checkpoint)).fetch_optional(&mut *connection).await;
        match row {
            Ok(Some(row)) => {
                let (at, digest) = (checkpoint::position(&row)?, row.try_get("digest")?);
                buildings.push(Building { projection: *projection, at, digest });
            }
            Ok(None) => {}
            // It was finished in this moment.
            Err(sqlx::Error::Database(error)) if error.code().as_deref() == Some("42P01") => {}
            Err(error) => return Err(error),
        }
    }
    Ok(buildings)
}

/// Gives a building up. The rows that serve are not touched.
pub async fn abandon(pool: &PgPool, projection: &Projection) -> Result<(), sqlx::Error> {
    let mut connection = pool.acquire().await?;
    run(&mut connection, format!("drop schema if exists {} cascade", schema(projection))).await
}

/// Lets the new rows take the place of the old ones, if they have seen as much. Who reads waits for a moment; who
/// projects learns at its next batch that the checkpoint is not where it was.
pub async fn switch(pool: &PgPool, projection: &Projection, over: Over) -> Result<Switched, sqlx::Error> {
    let schema = schema(projection);
    let mut tx = pool.begin().await?;
    // A reader that does not let go of a table holds up the switch, and may not hold up those behind it for long.
    run(&mut tx, "set local lock_timeout = '2s'; set local statement_timeout = '30s'".to_owned()).await?;
    let serving = sqlx::query("select epoch, sequence from checkpoints where projection = $1 for update")
        .bind(projection.name)
        .fetch_all(&mut *tx)
        .await?;
    let built = format!("select epoch, sequence from {schema}.checkpoints for update");
    let built = checkpoint::position(&sqlx::query(AssertSqlSafe(built)).fetch_one(&mut *tx).await?)?;
    for row in serving {
        let serving = checkpoint::position(&row)?;
        let more = serving.epoch == built.epoch && serving.sequence > built.sequence;
        if more && over == Over::SameLog {
            return Ok(Switched::NotYet(serving));
        }
    }
    take_over(&mut tx, projection, &schema).await?;
    apply::tell(&mut tx, &News::of(built, &[*projection])).await?;
    tx.commit().await?;
    Ok(Switched::Yes)
}

async fn take_over(tx: &mut PgConnection, projection: &Projection, schema: &str) -> Result<(), sqlx::Error> {
    let row = sqlx::query("select quote_ident(current_schema()) as house").fetch_one(&mut *tx).await?;
    let house: String = row.try_get("house")?;
    for table in projection.tables {
        run(tx, format!("drop table {house}.{table}; alter table {schema}.{table} set schema {house}"))
            .await?;
    }
    for table in ["checkpoints", "parked", "erased"] {
        let name = projection.name;
        run(
            tx,
            format!(
                "delete from {house}.{table} where projection = '{name}';
                 insert into {house}.{table} select * from {schema}.{table}"
            ),
        )
        .await?;
    }
    run(tx, format!("drop schema {schema} cascade")).await
}
