//! People who were erased: nothing of theirs is in any row, whatever comes late.
//!
//! Every projection forgets them by its own statements and remembers for itself that it has, so that each can be built anew
//! alone. What was decided in the very moment in which somebody was erased may stand behind it in the log: a commit of a
//! person who is remembered here is passed over.

use std::collections::HashSet;

use domain::{commit::Recorded, user::UserId};
use sqlx::{PgConnection, types::Uuid};

use crate::{Projection, checkpoint::keys};

/// Who was erased, as each projection has it.
#[derive(Debug, Default)]
pub(crate) struct Erased(HashSet<(String, Uuid)>);

impl Erased {
    /// Those among the people of these commits.
    pub(crate) async fn among(
        tx: &mut PgConnection,
        projections: &[Projection],
        commits: &[Recorded],
    ) -> Result<Self, sqlx::Error> {
        let people: HashSet<_> = commits.iter().filter_map(|commit| commit.commit.whose).collect();
        let people: Vec<_> = people.into_iter().map(UserId::uuid).collect();
        let rows: Vec<(String, Uuid)> = sqlx::query_as(
            "select projection, user_id
             from erased
             where projection = any($1)
               and user_id = any($2)",
        )
        .bind(keys(projections).0)
        .bind(people)
        .fetch_all(tx)
        .await?;
        Ok(Self(rows.into_iter().collect()))
    }

    /// Whether the commit says something of a person whom this projection has forgotten.
    pub(crate) fn holds(&self, projection: &Projection, commit: &Recorded) -> bool {
        let whose = commit.commit.whose;
        whose.is_some_and(|person| self.0.contains(&(projection.name.to_owned(), person.uuid())))
    }

    /// Lets a projection forget a person. Done twice, it is done.
    pub(crate) async fn forget(
        &mut self,
        tx: &mut PgConnection,
        projection: &Projection,
        person: UserId,
    ) -> Result<(), sqlx::Error> {
        for statement in projection.forget {
            sqlx::query(*statement).bind(person.uuid()).execute(&mut *tx).await?;
        }
        sqlx::query("insert into erased (projection, user_id) values ($1, $2) on conflict do nothing")
            .bind(projection.name)
            .bind(person.uuid())
            .execute(tx)
            .await?;
        self.0.insert((projection.name.to_owned(), person.uuid()));
        Ok(())
    }
}
