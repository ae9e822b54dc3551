//! The database of keys: made beside the house's own where it is missing, unless it has an address of its own.

use std::{str::FromStr, time::Duration};

use sqlx::{
    AssertSqlSafe, Connection, PgConnection, PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};

use super::KeysError;
use crate::secret::Secret;

/// How many connections a process opens at most: keys are asked for rarely.
const CONNECTIONS: u32 = 3;
/// How long a caller waits for one.
const CONNECTION: Duration = Duration::from_secs(5);
/// Another process was quicker: `duplicate_database`, or the same a moment earlier.
const QUICKER: [&str; 2] = ["42P04", "23505"];

/// Opens the database at `url`; else the one beside the house's, of the same name with `_keys` behind it.
pub(super) async fn open(url: Option<&Secret>, house: &Secret) -> Result<PgPool, KeysError> {
    let options = match url {
        Some(url) => PgConnectOptions::from_str(url.expose()).map_err(KeysError::Database)?,
        None => beside(house).await.map_err(KeysError::Database)?,
    };
    let pool = PgPoolOptions::new()
        .max_connections(CONNECTIONS)
        .acquire_timeout(CONNECTION)
        .connect_with(options)
        .await
        .map_err(KeysError::Database)?;
    sqlx::migrate!("migrations/keys").run(&pool).await.map_err(KeysError::Migrate)?;
    Ok(pool)
}

async fn beside(house: &Secret) -> Result<PgConnectOptions, sqlx::Error> {
    let options = PgConnectOptions::from_str(house.expose())?;
    let mut connection = PgConnection::connect_with(&options).await?;
    let name: String =
        sqlx::query_scalar("select current_database() || '_keys'").fetch_one(&mut connection).await?;
    let is_there: bool = sqlx::query_scalar("select exists (select from pg_database where datname = $1)")
        .bind(&name)
        .fetch_one(&mut connection)
        .await?;
    if !is_there {
        let made = make(&mut connection, &name).await;
        made.or_else(|error| if was_quicker(&error) { Ok(()) } else { Err(error) })?;
    }
    connection.close().await?;
    Ok(options.database(&name))
}

async fn make(connection: &mut PgConnection, name: &str) -> Result<(), sqlx::Error> {
    let statement: String = sqlx::query_scalar("select format('create database %I', $1)")
        .bind(name)
        .fetch_one(&mut *connection)
        .await?;
    sqlx::raw_sql(AssertSqlSafe(statement)).execute(connection).await?;
    Ok(())
}

fn was_quicker(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(sqlx::error::DatabaseError::code);
    code.is_some_and(|code| QUICKER.contains(&&*code))
}
