//! Opening a wheel, which is a zip: only plain files and folders, only inside the given folder, only so much.

use std::fs::{self, OpenOptions};
use std::io::{self, Cursor, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use zip::ZipArchive;
use zip::result::ZipError;

/// Several times what the largest wheel holds.
const LARGEST: u64 = 512 * 1024 * 1024;
const MOST: usize = 20_000;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("it is not a readable zip")]
    Zip(#[from] ZipError),
    #[error("it names a file outside of its folder")]
    Escapes,
    #[error("it holds a symbolic link, which a wheel may not")]
    Link,
    #[error("it holds more than it should")]
    TooLarge,
    #[error("cannot write {}", path.display())]
    Write { path: PathBuf, source: io::Error },
}

/// Unpack those entries of the zip that `wanted` says yes to.
pub(super) fn unpack(wheel: &[u8], into: &Path, wanted: impl Fn(&str) -> bool) -> Result<(), Error> {
    let mut archive = ZipArchive::new(Cursor::new(wheel))?;
    if archive.len() > MOST {
        return Err(Error::TooLarge);
    }
    let mut room = LARGEST;
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index)?;
        if entry.is_symlink() {
            return Err(Error::Link);
        }
        let inside = entry.enclosed_name().ok_or(Error::Escapes)?;
        if entry.is_dir() || !wanted(&inside.to_string_lossy()) {
            continue;
        }
        let executable = entry.unix_mode().is_some_and(|mode| mode & 0o111 != 0);
        let path = into.join(inside);
        let written = write(&path, if executable { 0o755 } else { 0o644 }, (&mut entry).take(room + 1));
        let written = written.map_err(|source| Error::Write { path, source })?;
        room = room.checked_sub(written).ok_or(Error::TooLarge)?;
    }
    Ok(())
}

fn write(path: &Path, mode: u32, mut from: impl Read) -> io::Result<u64> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut file = OpenOptions::new().write(true).create_new(true).mode(mode).open(path)?;
    io::copy(&mut from, &mut file)
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::os::unix::fs::PermissionsExt;

    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    use super::*;
    use crate::embedded::files;

    fn zipped(name: &str, mode: u32) -> Vec<u8> {
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        zip.start_file(name, SimpleFileOptions::default().unix_permissions(mode)).unwrap();
        zip.write_all(b"#!/bin/sh\n").unwrap();
        zip.finish().unwrap().into_inner()
    }

    #[test]
    fn a_program_stays_executable_and_what_is_not_wanted_stays_out() {
        let folder = files::scratch("unpack");

        unpack(&zipped("a/bin/run", 0o755), &folder, |_| true).unwrap();
        unpack(&zipped("a/include/c.h", 0o644), &folder, |name| !name.contains("include")).unwrap();

        assert_eq!(fs::metadata(folder.join("a/bin/run")).unwrap().permissions().mode() & 0o700, 0o700);
        assert!(!folder.join("a/include").exists());
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn no_name_leads_out_of_the_folder() {
        let folder = files::scratch("escape");
        for name in ["../outside", "a/../../outside", "/outside"] {
            let _ = unpack(&zipped(name, 0o644), &folder.join("in"), |_| true);
            assert!(!folder.join("outside").exists() && !Path::new("/outside").exists(), "{name}");
        }
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn a_link_is_refused() {
        let folder = files::scratch("link");
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        zip.add_symlink("a", "/etc/passwd", SimpleFileOptions::default()).unwrap();
        let wheel = zip.finish().unwrap().into_inner();

        assert!(matches!(unpack(&wheel, &folder, |_| true), Err(Error::Link)));
        fs::remove_dir_all(folder).unwrap();
    }
}
