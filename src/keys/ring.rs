//! The keys of people, in Postgres.

use std::{collections::HashMap, fmt, sync::Arc, time::Duration};

use domain::{Id, user::UserId};
use futures_util::{FutureExt, future::BoxFuture};
use nats::keys::{DataKey, Held, KEY_LENGTH, KeyError, KeyName, KeyRing};
use sqlx::{PgConnection, PgPool, Row, postgres::PgRow, types::Uuid};
use tokio::time::timeout;
use zeroize::Zeroizing;

use super::{KeysError, Master, cache::AtHand, database};
use crate::{secret::Secret, stamp};

/// How long the database may take to find or to make a key.
const PATIENCE: Duration = Duration::from_secs(5);

/// The keys of people, cheap to clone.
#[derive(Clone)]
pub struct Ring(Arc<Inside>);

struct Inside {
    pool: PgPool,
    master: Master,
    at_hand: AtHand,
}

impl fmt::Debug for Ring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Ring(***)")
    }
}

impl Ring {
    /// Opens the database of keys at `url`, or the one beside the house's.
    pub async fn open(url: Option<&Secret>, house: &Secret, master: Master) -> Result<Self, KeysError> {
        let ring = Self::reach(url, house, master).await?;
        ring.fits().await?;
        Ok(ring)
    }

    /// The same, whether or not the master key is the one of these keys.
    pub async fn reach(url: Option<&Secret>, house: &Secret, master: Master) -> Result<Self, KeysError> {
        let pool = database::open(url, house).await?;
        Ok(Self(Arc::new(Inside { pool, master, at_hand: AtHand::default() })))
    }

    pub(super) fn pool(&self) -> &PgPool {
        &self.0.pool
    }

    pub(super) fn at_hand(&self) -> &AtHand {
        &self.0.at_hand
    }

    pub(super) fn master(&self) -> &Master {
        &self.0.master
    }

    /// Whether the master key is the one of these keys: better told at the start than when somebody speaks.
    async fn fits(&self) -> Result<(), KeysError> {
        let newest = sqlx::query(
            "select user_id, number::bigint, wrapped, master
             from data_keys
             order by created_at desc
             limit 1",
        );
        let row = newest.fetch_optional(&self.0.pool).await.map_err(KeysError::Database)?;
        let Some(row) = row else { return Ok(()) };
        let Wrapped { name, wrapped, master } = Wrapped::of(&row).map_err(KeysError::Database)?;
        self.0.master.unwrap(name, &wrapped, &master)?;
        Ok(())
    }

    /// Hangs up.
    pub async fn close(&self) {
        self.0.pool.close().await;
    }

    /// Lets go of the keys of a person that are at hand here: they were destroyed.
    pub fn forget(&self, person: UserId) {
        self.0.at_hand.forget(person);
    }

    async fn newest_or_new(&self, person: UserId) -> Result<(KeyName, Arc<DataKey>), KeyError> {
        let mut tx = self.0.pool.begin().await.map_err(away)?;
        match take_in(&mut tx, person).await.map_err(away)? {
            Standing::Destroyed => return Err(KeyError::Destroyed),
            Standing::Known => {}
        }
        let found = match newest(&mut tx, person).await.map_err(away)? {
            Some(wrapped) => self.unwrap(&wrapped)?,
            None => self.make(&mut tx, KeyName { person, number: 1 }).await?,
        };
        tx.commit().await.map_err(away)?;
        Ok(found)
    }

    async fn make(&self, tx: &mut PgConnection, name: KeyName) -> Result<(KeyName, Arc<DataKey>), KeyError> {
        let key = Zeroizing::new(stamp::secret::<KEY_LENGTH>());
        let wrapped = self.0.master.wrap(name, &key).map_err(unusable)?;
        sqlx::query("insert into data_keys (user_id, number, wrapped, master) values ($1, $2, $3, $4)")
            .bind(name.person.uuid())
            .bind(i64::from(name.number))
            .bind(wrapped)
            .bind(self.0.master.id())
            .execute(tx)
            .await
            .map_err(away)?;
        Ok((name, Arc::new(DataKey::new(name.number, &key))))
    }

    fn unwrap(
        &self,
        Wrapped { name, wrapped, master }: &Wrapped,
    ) -> Result<(KeyName, Arc<DataKey>), KeyError> {
        let key = self.0.master.unwrap(*name, wrapped, master).map_err(unusable)?;
        Ok((*name, Arc::new(DataKey::new(name.number, &key))))
    }

    async fn look_up(&self, names: &[KeyName]) -> Result<HashMap<KeyName, Held>, KeyError> {
        let (people, numbers): (Vec<Uuid>, Vec<i64>) =
            names.iter().map(|name| (name.person.uuid(), i64::from(name.number))).unzip();
        let rows = sqlx::query(
            "select people.user_id, wanted.number, destroyed_at is not null as destroyed, wrapped, master
             from unnest($1::uuid[], $2::bigint[]) as wanted (user_id, number)
             join people on people.user_id = wanted.user_id
             left join data_keys on data_keys.user_id = wanted.user_id and data_keys.number = wanted.number
             where destroyed_at is not null
                or wrapped is not null",
        );
        let rows = rows.bind(people).bind(numbers).fetch_all(&self.0.pool).await.map_err(away)?;
        rows.iter().map(|row| self.held(row)).collect()
    }

    fn held(&self, row: &PgRow) -> Result<(KeyName, Held), KeyError> {
        let (name, held) = if row.try_get("destroyed").map_err(away)? {
            (name(row).map_err(away)?, Held::Destroyed)
        } else {
            let (name, key) = self.unwrap(&Wrapped::of(row).map_err(away)?)?;
            (name, Held::Key(key))
        };
        self.0.at_hand.keep(name, &held);
        Ok((name, held))
    }
}

impl KeyRing for Ring {
    fn current(&self, person: UserId) -> BoxFuture<'_, Result<Arc<DataKey>, KeyError>> {
        async move {
            if let Some(key) = self.0.at_hand.current(person) {
                return Ok(key);
            }
            if self.0.at_hand.is_gone(person) {
                return Err(KeyError::Destroyed);
            }
            let (name, key) = within(self.newest_or_new(person)).await?;
            self.0.at_hand.keep_current(name, &key);
            Ok(key)
        }
        .boxed()
    }

    fn at_hand(&self, name: KeyName) -> Option<Held> {
        self.0.at_hand.named(name)
    }

    fn find<'a>(&'a self, names: &'a [KeyName]) -> BoxFuture<'a, Result<HashMap<KeyName, Held>, KeyError>> {
        within(self.look_up(names)).boxed()
    }
}

/// The answer, if it comes in time: whoever needs a key is somebody who waits.
async fn within<T>(answer: impl Future<Output = Result<T, KeyError>>) -> Result<T, KeyError> {
    let answer = timeout(PATIENCE, answer).await;
    answer
        .unwrap_or_else(|_elapsed| Err(KeyError::Unavailable("the database does not answer in time".into())))
}

/// What is known of a person.
enum Standing {
    Known,
    Destroyed,
}

/// Takes a person in, if they are new, and holds on to them until the transaction ends: whoever destroys their keys in
/// this moment waits.
async fn take_in(tx: &mut PgConnection, person: UserId) -> Result<Standing, sqlx::Error> {
    sqlx::query("insert into people (user_id) values ($1) on conflict do nothing")
        .bind(person.uuid())
        .execute(&mut *tx)
        .await?;
    let destroyed =
        sqlx::query_scalar("select destroyed_at is not null from people where user_id = $1 for update");
    let destroyed: bool = destroyed.bind(person.uuid()).fetch_one(tx).await?;
    Ok(if destroyed { Standing::Destroyed } else { Standing::Known })
}

async fn newest(tx: &mut PgConnection, person: UserId) -> Result<Option<Wrapped>, sqlx::Error> {
    let row = sqlx::query(
        "select user_id, number::bigint, wrapped, master
         from data_keys
         where user_id = $1
         order by number desc
         limit 1",
    );
    let row = row.bind(person.uuid()).fetch_optional(tx).await?;
    row.as_ref().map(Wrapped::of).transpose()
}

/// A key as the table holds it.
pub(super) struct Wrapped {
    pub(super) name: KeyName,
    pub(super) wrapped: Vec<u8>,
    pub(super) master: String,
}

impl Wrapped {
    pub(super) fn of(row: &PgRow) -> Result<Self, sqlx::Error> {
        Ok(Self { name: name(row)?, wrapped: row.try_get("wrapped")?, master: row.try_get("master")? })
    }
}

pub(super) fn name(row: &PgRow) -> Result<KeyName, sqlx::Error> {
    let number: i64 = row.try_get("number")?;
    let number = u32::try_from(number).map_err(|error| sqlx::Error::Decode(error.into()))?;
    Ok(KeyName { person: Id::new(row.try_get("user_id")?), number })
}

pub(super) fn away(error: sqlx::Error) -> KeyError {
    KeyError::Unavailable(error.into())
}

pub(super) fn unusable(error: super::MasterError) -> KeyError {
    KeyError::Unusable(error.into())
}
