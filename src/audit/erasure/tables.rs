//! Every row of every table of the house, whatever it is called, read as text.

use aho_corasick::AhoCorasick;
use futures_util::TryStreamExt;
use sqlx::{AssertSqlSafe, PgPool};

use super::Searched;

/// The tables that note who was erased, by their id and nothing else.
pub const NOTES: [&str; 1] = ["erased"];

/// Looks for the ids in all tables but the notes.
pub async fn search(pool: &PgPool, needles: &AhoCorasick) -> Result<Vec<Searched>, sqlx::Error> {
    let tables = sqlx::query_as::<_, (String, String)>(
        "select format('%I.%I', table_schema, table_name), table_name::text
         from information_schema.tables
         where table_type = 'BASE TABLE'
           and table_schema not in ('pg_catalog', 'information_schema')
         order by 1",
    );
    let tables: Vec<_> = tables.fetch_all(pool).await?;
    let mut searched = vec![];
    for (quoted, _) in tables.iter().filter(|(_, name)| !NOTES.contains(&name.as_str())) {
        searched.push(table(pool, quoted, needles).await?);
    }
    Ok(searched)
}

/// The name comes out of the catalogue, quoted by the database.
async fn table(pool: &PgPool, quoted: &str, needles: &AhoCorasick) -> Result<Searched, sqlx::Error> {
    let statement = format!("select searched::text from {quoted} searched");
    let mut rows = sqlx::query_scalar::<_, String>(AssertSqlSafe(statement)).fetch(pool);
    let mut searched = Searched { name: quoted.to_owned(), seen: 0, left: 0 };
    while let Some(row) = rows.try_next().await? {
        searched.seen += 1;
        searched.left += u64::from(needles.is_match(&row));
    }
    Ok(searched)
}
