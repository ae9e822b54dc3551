//! Whether an error is the commit's fault or the machine's.
//!
//! The commit's fault means that it will fail in the same way for ever: its aggregate is parked and the others go on.
//! Anything else (a lost connection, a deadlock, a table that is missing) is told to the caller, who tries again:
//! parking on those would park everybody.

use sqlx::postgres::PgDatabaseError;

/// The reason to park by, if the commit is to blame. It holds codes and names of the schema only: what Postgres writes in
/// its messages may be somebody's words.
pub(crate) fn reason(error: &sqlx::Error) -> Option<String> {
    match error {
        sqlx::Error::Database(database) => {
            let error = database.try_downcast_ref::<PgDatabaseError>()?;
            is_about_data(error.code()).then(|| described(error))
        }
        sqlx::Error::Encode(_) => Some("encode: a value has no form in Postgres".to_owned()),
        sqlx::Error::Decode(_) | sqlx::Error::ColumnDecode { .. } => {
            Some("decode: a row has no form here".to_owned())
        }
        _ => None,
    }
}

/// Classes of SQLSTATE: cardinality, data, integrity, program limits, and what a trigger raises.
fn is_about_data(code: &str) -> bool {
    ["21", "22", "23", "54", "P0"].iter().any(|class| code.starts_with(class))
}

fn described(error: &PgDatabaseError) -> String {
    let named = [("table", error.table()), ("column", error.column()), ("constraint", error.constraint())];
    let named = named.into_iter().filter_map(|(what, name)| Some(format!(" {what}={}", name?)));
    std::iter::once(format!("sqlstate {}", error.code())).chain(named).collect()
}
