//! How many keys of somebody there are, for whoever looks whether they are forgotten.

use domain::user::UserId;

use super::Ring;

impl Ring {
    /// How many keys of this person could still be had.
    pub async fn left_of(&self, person: UserId) -> Result<u64, sqlx::Error> {
        let count = sqlx::query_scalar::<_, i64>("select count(*) from data_keys where user_id = $1");
        let count = count.bind(person.uuid()).fetch_one(&self.0.pool).await?;
        Ok(count.try_into().unwrap_or(0))
    }
}
