//! The keys to people's words, in a file apart from the log that they open. They stay wrapped under the master key, which is
//! in neither.

use std::path::Path;

use serde::{Deserialize, Serialize};
use time::format_description::well_known::Rfc3339;

use super::{
    BackupError, Lock, Unlock,
    archive::{self, Writer},
};
use crate::{
    keys::{Copy, Ring},
    stamp,
};

/// What the form of the file is called; another form is another text.
const FORM: &str = "innkeeper/backup/keys/1";

#[derive(Serialize, Deserialize)]
struct Begin {
    form: String,
    made_at: String,
}

/// Saves all keys; answers of how many people.
pub async fn save(ring: &Ring, path: &Path, lock: &Lock) -> Result<usize, BackupError> {
    let copies = ring.copies().await.map_err(BackupError::Keys)?;
    let mut writer = Writer::begin(path, lock)?;
    let made_at = stamp::now().format(&Rfc3339).unwrap_or_default();
    writer.add_json("begin.json", &Begin { form: FORM.to_owned(), made_at })?;
    writer.add_json("keys.json", &copies)?;
    writer.end()?;
    Ok(copies.len())
}

/// Puts them back; answers how many keys came that were not here.
pub async fn restore(ring: &Ring, path: &Path, unlock: &Unlock) -> Result<u64, BackupError> {
    let copies = read(path, unlock)?;
    ring.put_back(&copies).await.map_err(BackupError::Keys)
}

/// Reads them, and changes nothing.
pub fn read(path: &Path, unlock: &Unlock) -> Result<Vec<Copy>, BackupError> {
    let mut archive = archive::open(path, unlock)?;
    let entries = archive.entries().map_err(|source| BackupError::file(path, source))?;
    let mut parts = entries.map(|entry| archive::part(path, entry));
    let mut part = |wanted: &str| match parts.next().transpose()? {
        Some((name, bytes)) if name == wanted => Ok(bytes),
        _ => Err(BackupError::malformed("it is no file of keys, or not whole")),
    };
    let begin = archive::json::<Begin>(&part("begin.json")?)?;
    if begin.form != FORM {
        return Err(BackupError::OtherForm { form: begin.form });
    }
    archive::json(&part("keys.json")?)
}
