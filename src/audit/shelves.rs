//! Where signed checkpoints lie: a table, a stream, and a file that an operator can put where nobody here can write.
//!
//! Each is a copy of the others, so that whoever changes history has to change three places, one of which is elsewhere.
//! A shelf that has missed some (its server was away, its disk full) gets the next one all the same: every checkpoint
//! vouches for all commits before it.

use std::{
    fs::{self, OpenOptions},
    io::{ErrorKind, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use domain::commit::Epoch;
use nats::SignedCheckpoints;
use proofs::Range;
use sqlx::{PgPool, Row};

use super::AuditError;

/// A checkpoint with the tree that it vouches for.
#[derive(Debug, Clone)]
pub struct Kept {
    /// The tree.
    pub tree: Range,
    /// The signed note.
    pub note: String,
    /// The leaf of its last commit.
    pub leaf: [u8; 32],
}

/// The three places.
#[derive(Debug, Clone)]
pub struct Shelves {
    pool: PgPool,
    stream: SignedCheckpoints,
    file: PathBuf,
    epoch: Epoch,
}

impl Shelves {
    /// The shelves of this life of the log.
    pub fn new(pool: &PgPool, stream: SignedCheckpoints, file: PathBuf, epoch: Epoch) -> Self {
        Self { pool: pool.clone(), stream, file, epoch }
    }

    /// Puts a checkpoint on every shelf.
    pub async fn keep(&self, kept: &Kept) -> Result<(), AuditError> {
        let size = kept.tree.size();
        sqlx::query(
            "insert into signed_checkpoints (epoch, size, note, frontier, leaf)
             values ($1, $2, $3, $4, $5)
             on conflict do nothing",
        )
        .bind(self.epoch.to_string())
        .bind(size.cast_signed())
        .bind(&kept.note)
        .bind(kept.tree.to_bytes())
        .bind(kept.leaf.as_slice())
        .execute(&self.pool)
        .await
        .map_err(AuditError::Table)?;
        self.stream.keep(&format!("{}-{size}", self.epoch), &kept.note).await?;
        append(&self.file, &kept.note).map_err(|source| self.no_file(source))
    }

    /// The largest checkpoint of no more than so many commits, if there is one.
    pub async fn last_within(&self, size: u64) -> Result<Option<Kept>, AuditError> {
        self.one(
            "select size, note, frontier, leaf
             from signed_checkpoints
             where epoch = $1 and size <= $2
             order by size desc
             limit 1",
            size,
        )
        .await
    }

    /// The smallest checkpoint of at least so many commits: the first that vouched for this one.
    pub async fn first_from(&self, size: u64) -> Result<Option<Kept>, AuditError> {
        self.one(
            "select size, note, frontier, leaf
             from signed_checkpoints
             where epoch = $1 and size >= $2
             order by size
             limit 1",
            size,
        )
        .await
    }

    async fn one(&self, query: &'static str, size: u64) -> Result<Option<Kept>, AuditError> {
        let row = sqlx::query(query)
            .bind(self.epoch.to_string())
            .bind(i64::try_from(size).unwrap_or(i64::MAX))
            .fetch_optional(&self.pool)
            .await
            .map_err(AuditError::Table)?;
        row.map(|row| kept(&row).map_err(AuditError::Table)).transpose()
    }

    /// All notes of every shelf, each with the name of the place where it lies.
    pub async fn all(&self) -> Result<Vec<(String, String)>, AuditError> {
        let rows = sqlx::query_scalar::<_, String>(
            "select note from signed_checkpoints where epoch = $1 order by size",
        )
        .bind(self.epoch.to_string())
        .fetch_all(&self.pool)
        .await
        .map_err(AuditError::Table)?;
        let in_table = rows.into_iter().map(|note| ("the table".to_owned(), note));
        let in_stream = self.stream.all().await?.into_iter().map(|note| ("the stream".to_owned(), note));
        Ok(in_table.chain(in_stream).chain(in_file(&self.file)?).collect())
    }

    fn no_file(&self, source: std::io::Error) -> AuditError {
        AuditError::File { path: self.file.clone(), source }
    }
}

/// The notes in a file, each with its name; none if it is not there.
pub fn in_file(path: &Path) -> Result<Vec<(String, String)>, AuditError> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(vec![]),
        Err(source) => return Err(AuditError::File { path: path.to_owned(), source }),
    };
    let place = path.display().to_string();
    Ok(proofs::notes(&text).into_iter().map(|note| (place.clone(), note)).collect())
}

fn append(path: &Path, note: &str) -> std::io::Result<()> {
    let mut file = OpenOptions::new().append(true).create(true).mode(0o600).open(path)?;
    file.write_all(format!("{note}\n").as_bytes())?;
    file.sync_all()
}

fn kept(row: &sqlx::postgres::PgRow) -> Result<Kept, sqlx::Error> {
    let undecodable = |error: &str| sqlx::Error::Decode(error.into());
    let size = row.try_get::<i64, _>("size")?.cast_unsigned();
    let tree = Range::from_bytes(size, &row.try_get::<Vec<u8>, _>("frontier")?)
        .map_err(|error| undecodable(&error.to_string()))?;
    let leaf = <[u8; 32]>::try_from(row.try_get::<Vec<u8>, _>("leaf")?);
    let leaf = leaf.map_err(|_| undecodable("a leaf has 32 bytes"))?;
    Ok(Kept { tree, note: row.try_get("note")?, leaf })
}
