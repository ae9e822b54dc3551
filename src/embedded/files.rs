//! Files and folders that only their owner may open, written whole or not at all.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, lchown};
use std::path::Path;

/// A log larger than this is set aside before its server starts anew.
const LOG_LIMIT: u64 = 4 * 1024 * 1024;

/// Make this folder, and those above it, for our own eyes; one that is there stays as it is.
pub(crate) fn private_folder(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)
}

/// Write a file for our own eyes so that a crash leaves the old text or the new one.
pub(crate) fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let beside = path.with_extension("new");
    // A leftover of a crash may have another mode, which opening would keep.
    remove_file(&beside)?;
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&beside)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&beside, path)?;
    sync_parent(path)
}

/// Make a rename or a new name in the folder above last through a power cut.
pub(crate) fn sync_parent(path: &Path) -> io::Result<()> {
    match path.parent() {
        Some(folder) => File::open(folder)?.sync_all(),
        None => Ok(()),
    }
}

/// Remove a file that may be gone already.
pub(crate) fn remove_file(path: &Path) -> io::Result<()> {
    forgive_absence(fs::remove_file(path))
}

/// Remove a folder, with all in it, that may be gone already.
pub(crate) fn remove_folder(path: &Path) -> io::Result<()> {
    forgive_absence(fs::remove_dir_all(path))
}

/// Give a folder and all in it to another account, the folder itself last: a crash half-way is seen by its owner.
pub(crate) fn give(path: &Path, uid: u32, gid: u32) -> io::Result<()> {
    if fs::symlink_metadata(path)?.is_dir() {
        for entry in fs::read_dir(path)? {
            give(&entry?.path(), uid, gid)?;
        }
    }
    lchown(path, Some(uid), Some(gid))
}

/// Who owns this, symbolic links followed.
pub(crate) fn owner(path: &Path) -> io::Result<u32> {
    Ok(fs::metadata(path)?.uid())
}

/// Open a log to append to; when it has grown large it is set aside first, over the one set aside before.
pub(crate) fn open_log(path: &Path) -> io::Result<File> {
    if fs::metadata(path).is_ok_and(|log| log.len() > LOG_LIMIT) {
        fs::rename(path, path.with_extension("log.1"))?;
    }
    OpenOptions::new().append(true).create(true).mode(0o600).open(path)
}

/// The last lines of a file from this offset on, at most `lines` of them and 4 KiB.
pub(crate) fn tail(path: &Path, from: u64, lines: usize) -> String {
    let Ok(text) = read_end(path, from) else { return String::new() };
    let all: Vec<&str> = text.lines().collect();
    all[all.len().saturating_sub(lines)..].join("\n")
}

fn read_end(path: &Path, from: u64) -> io::Result<String> {
    let mut file = File::open(path)?;
    let start = from.max(file.metadata()?.len().saturating_sub(4096));
    file.seek(SeekFrom::Start(start))?;
    let mut bytes = Vec::new();
    file.take(4096).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn forgive_absence(outcome: io::Result<()>) -> io::Result<()> {
    match outcome {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

/// A folder of a test's own.
#[cfg(test)]
pub(crate) fn scratch(name: &str) -> std::path::PathBuf {
    let folder =
        std::env::temp_dir().join(format!("innkeeper-{name}-{}", hex::encode(rand::random::<[u8; 6]>())));
    private_folder(&folder).unwrap();
    folder
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_large_log_is_set_aside() {
        let folder = scratch("log");
        let log = folder.join("nats.log");
        fs::write(&log, vec![b'.'; 1 + LOG_LIMIT as usize]).unwrap();

        open_log(&log).unwrap();

        assert_eq!(fs::metadata(&log).unwrap().len(), 0);
        assert!(folder.join("nats.log.1").exists());
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn the_tail_is_what_was_written_after_the_start() {
        let folder = scratch("tail");
        let log = folder.join("nats.log");
        fs::write(&log, "old\none\ntwo\nthree\n").unwrap();

        assert_eq!(tail(&log, 4, 2), "two\nthree");
        assert_eq!(tail(&folder.join("absent"), 0, 2), "");
        fs::remove_dir_all(folder).unwrap();
    }
}
