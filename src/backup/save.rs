//! Saves a stretch of the log and the files beside it.

use std::path::Path;

use futures_util::{StreamExt, TryStreamExt};
use nats::Stored;
use proofs::Range;
use serde::Serialize;
use time::{Duration, format_description::well_known::Rfc3339};

use super::{
    BackupError, Lock, Step,
    archive::Writer,
    manifest::{End, FORM, Head},
};
use crate::{
    audit::{self, shelves::Kept},
    house::House,
    stamp,
};

/// How many commits are in one part, and how many bytes of them.
const COMMITS: usize = 1_000;
const BYTES: usize = 4 * 1024 * 1024;
/// Files are stored a moment before the commit that names them; clocks of a cluster differ a little.
const OVERLAP: Duration = Duration::minutes(10);

/// What was saved.
#[derive(Debug, Clone, Serialize)]
pub struct Saved {
    /// The commits after this one.
    pub after: u64,
    /// Up to this one: what the next archive goes on after.
    pub until: u64,
    /// How many files.
    pub files: u64,
    /// The root of the tree.
    pub root: String,
}

/// Saves the commits after this one, and the files that came since.
pub async fn save(
    house: &House,
    path: &Path,
    after: u64,
    lock: &Lock,
    progress: impl Fn(Step),
) -> Result<Saved, BackupError> {
    let signed = house.notary.sign().await?;
    let until = signed.tree.size();
    if after > 0 && after >= until {
        return Err(BackupError::NothingAfter { after, last: until });
    }
    let mut tree = before(house, after).await?;
    let mut writer = Writer::begin(path, lock)?;
    writer.add_json("begin.json", &head(house, &tree, until))?;
    commits(house, &mut writer, &mut tree, until, &progress).await?;
    if tree.root() != signed.tree.root() {
        return Err(proofs::Fault::Root { from: after + 1, to: until }.into());
    }
    let files = files(house, &mut writer, after, &progress).await?;
    let root = tree.root().to_string();
    writer.add_json("end.json", &end(house, files, &root, signed))?;
    writer.end()?;
    Ok(Saved { after, until, files, root })
}

fn head(house: &House, before: &Range, until: u64) -> Head {
    Head {
        form: FORM.to_owned(),
        made_at: stamp::now().format(&Rfc3339).unwrap_or_default(),
        epoch: house.journal().epoch().to_string(),
        prefix: house.config.nats.prefix.clone(),
        after: before.size(),
        until,
        before: hex::encode(before.to_bytes()),
    }
}

fn end(house: &House, files: u64, root: &str, signed: Kept) -> End {
    End { files, root: root.to_owned(), checkpoint: signed.note, key: house.notary.key().to_string() }
}

/// The tree up to this commit, grown from the last checkpoint before it.
async fn before(house: &House, after: u64) -> Result<Range, BackupError> {
    let known = house.notary.last_within(after).await?;
    let mut tree = known.map(|kept| kept.tree).unwrap_or_default();
    let mut messages = house.journal().replay(tree.size(), after);
    while let Some(stored) = messages.next().await {
        let stored = stored.map_err(|error| audit::of_replay(error, after))?;
        tree.push(audit::message(&stored).leaf(), |_| ());
    }
    Ok(tree)
}

async fn commits(
    house: &House,
    writer: &mut Writer,
    tree: &mut Range,
    until: u64,
    progress: &impl Fn(Step),
) -> Result<(), BackupError> {
    let messages = house.journal().replay(tree.size(), until);
    let mut parts = messages.map_err(|error| audit::of_replay(error, until)).ready_chunks(COMMITS);
    let mut part = Part::default();
    while let Some(chunk) = parts.next().await {
        for stored in chunk {
            let stored = stored?;
            tree.push(audit::message(&stored).leaf(), |_| ());
            part.take(&stored, writer)?;
        }
        progress(Step::Commit(tree.size(), until));
    }
    part.end(writer)
}

/// Lines that wait until they are enough for a part.
#[derive(Default)]
struct Part {
    first: u64,
    count: usize,
    lines: String,
}

impl Part {
    fn take(&mut self, stored: &Stored, writer: &mut Writer) -> Result<(), BackupError> {
        if self.count == 0 {
            self.first = stored.sequence;
        }
        self.lines += &proofs::to_line(&audit::message(stored));
        self.lines.push('\n');
        self.count += 1;
        if self.count >= COMMITS || self.lines.len() >= BYTES { self.end(writer) } else { Ok(()) }
    }

    fn end(&mut self, writer: &mut Writer) -> Result<(), BackupError> {
        let Self { first, count, lines } = std::mem::take(self);
        if count == 0 {
            return Ok(());
        }
        writer.add(&format!("log/{first:020}.ndjson"), lines.as_bytes())
    }
}

/// Files that were stored since this commit; all, if it is the whole log.
async fn files(
    house: &House,
    writer: &mut Writer,
    after: u64,
    progress: &impl Fn(Step),
) -> Result<u64, BackupError> {
    let since = match after {
        0 => None,
        after => house.journal().stored_at(after).await?.map(|time| time - OVERLAP),
    };
    let mut count = 0;
    for name in house.objects.names(since).await? {
        // What was removed meanwhile belongs to nobody any more.
        let Some(sealed) = house.objects.sealed(&name).await? else { continue };
        writer.add(&format!("files/{name}"), &sealed)?;
        count += 1;
        progress(Step::File(count));
    }
    Ok(count)
}
