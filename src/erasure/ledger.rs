//! Who was erased, in a file that is in no backup: so whoever was erased after a backup was made is erased again when that
//! backup comes back, before anything of it is served.
//!
//! It holds ids and times, a line each, and only ever grows. It outlives keys, logs and tables, so it is best kept on another
//! machine (`backup.ledger`).

use std::{
    collections::BTreeSet,
    fs::{self, OpenOptions},
    io::{ErrorKind, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use domain::{
    Id,
    user::{EraseAgain, EraseAgainRejected, UserId},
};
use time::format_description::well_known::Rfc3339;
use uuid::Uuid;

use super::ErasureError;
use crate::{
    config::Config,
    execute::{Envelope, ExecuteError, Outcome},
    house::House,
    stamp,
};

/// Somebody is not in the ledger, or not erased again.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// The file cannot be used.
    #[error("cannot use the ledger of erased people, {}", path.display())]
    File {
        /// Which one.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// A line of it is none.
    #[error("line {line} of {} is no line of a ledger of erased people: it is a time and an id", path.display())]
    Line {
        /// Which file.
        path: PathBuf,
        /// Which one, from 1.
        line: usize,
    },
    /// The log cannot say so.
    #[error("somebody who was erased cannot be erased again")]
    Log(#[from] ExecuteError<EraseAgainRejected>),
    /// What is theirs is still there.
    #[error(transparent)]
    Erasure(#[from] ErasureError),
}

/// Where the ledger lies.
pub fn path(config: &Config) -> PathBuf {
    config.backup.ledger.clone().unwrap_or_else(|| config.data.join("erased.ledger"))
}

/// Enters a person, on the disk, unless they are in it.
pub fn enter(path: &Path, user: UserId) -> Result<(), LedgerError> {
    if entered(path)?.contains(&user.uuid()) {
        return Ok(());
    }
    let line = format!("{} {user}\n", stamp::now().format(&Rfc3339).unwrap_or_default());
    let write = || {
        let mut file = OpenOptions::new().append(true).create(true).mode(0o600).open(path)?;
        file.write_all(line.as_bytes())?;
        file.sync_all()
    };
    write().map_err(|source| LedgerError::File { path: path.to_owned(), source })
}

/// Everybody who is in it.
fn entered(path: &Path) -> Result<BTreeSet<Uuid>, LedgerError> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(BTreeSet::new()),
        Err(source) => return Err(LedgerError::File { path: path.to_owned(), source }),
    };
    let id = |(number, line): (usize, &str)| {
        let id = line.split_once(' ').and_then(|(_time, id)| id.trim().parse().ok());
        id.ok_or_else(|| LedgerError::Line { path: path.to_owned(), line: number + 1 })
    };
    text.lines().enumerate().map(id).collect()
}

/// Erases everybody again who is in it and has keys here: somebody put an old copy of the keys back. Done at every start.
pub async fn apply_to_keys(house: &House) -> Result<usize, LedgerError> {
    let mut entered = entered(&path(&house.config))?;
    let destroyed = house.keys.destroyed(&entered.iter().copied().collect::<Vec<_>>()).await;
    for user in destroyed.map_err(ErasureError::Keys)? {
        entered.remove(&user);
    }
    erase_all(house, entered).await
}

/// Erases everybody again who is in it and still known here; answers how many those were. Done after a restore.
pub async fn apply(house: &House) -> Result<usize, LedgerError> {
    erase_all(house, entered(&path(&house.config))?).await
}

async fn erase_all(house: &House, users: BTreeSet<Uuid>) -> Result<usize, LedgerError> {
    let mut again = 0;
    for user in users {
        let user = Id::new(user);
        let envelope = Envelope::from_house(stamp::id());
        let accepted = house.executor.execute(user, &EraseAgain {}, &envelope).await?;
        super::forget(house, user).await?;
        again += usize::from(accepted.outcome == Outcome::Decided);
    }
    Ok(again)
}

#[cfg(test)]
mod spec {
    use super::*;

    #[test]
    fn a_person_is_entered_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("erased.ledger");
        let (one, two): (UserId, UserId) = (stamp::id(), stamp::id());
        for user in [one, two, one] {
            enter(&path, user).unwrap();
        }
        assert_eq!(entered(&path).unwrap(), [one, two].map(Id::uuid).into());
        assert_eq!(fs::read_to_string(&path).unwrap().lines().count(), 2);
    }

    #[test]
    fn a_ledger_that_cannot_be_read_is_not_taken_for_an_empty_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("erased.ledger");
        fs::write(&path, "2026-11-26T00:00:00Z nobody\n").unwrap();
        assert!(matches!(entered(&path), Err(LedgerError::Line { line: 1, .. })));
    }
}
