//! An archive of many cards, one file after the other.
//!
//! People bring their whole collection as one ZIP. Each file of it stands alone: one that cannot be taken out is a
//! refusal of its own, and the others come. Only one is inflated at a time, so a collection may be larger than any card.
//! Names are labels for lists. Archives inside the archive are not opened here; a CHARX is one, and is read as a card.

use crate::archive::{Archive, Entry};
use crate::bounds;
use crate::refusal::Refusal;

/// One file of an archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unpacked {
    /// What the archive calls it, with its folders. A label: never open or create a file by it.
    pub name: String,
    /// Its bytes, or why they stay inside.
    pub bytes: Result<Vec<u8>, Refusal>,
}

/// The files of a plain ZIP archive, inflated one by one as they are asked for.
///
/// What file managers add of their own accord (`__MACOSX`, `.DS_Store`, `Thumbs.db`) is left out.
///
/// # Errors
///
/// A [`Refusal`] when these bytes are no archive that can be read as a whole.
pub fn unpack(bytes: &[u8]) -> Result<impl Iterator<Item = Unpacked>, Refusal> {
    bounds::hold("archive", bytes.len(), bounds::BUNDLE_BYTES)?;
    let entries = Archive::open(bytes)?.into_entries();
    let mut left = bounds::BUNDLE_TOTAL;
    Ok(entries.into_iter().filter(is_meant).map(move |entry| {
        let limit = usize::try_from(left).unwrap_or(usize::MAX).min(bounds::FILE_BYTES);
        let bytes = if entry.is_dangerous() { Err(Refusal::UnsafeName) } else { inflated(&entry, limit) };
        // What failed has cost its work all the same.
        let cost = bytes.as_ref().map_or(entry.cost(limit), Vec::len);
        left = left.saturating_sub(cost as u64);
        Unpacked { name: entry.name.replace('\0', "\u{fffd}"), bytes }
    }))
}

fn inflated(entry: &Entry<'_>, limit: usize) -> Result<Vec<u8>, Refusal> {
    entry.bytes(limit).map(|(bytes, _)| bytes)
}

fn is_meant(entry: &Entry<'_>) -> bool {
    const CLUTTER: [&str; 3] = [".DS_Store", "Thumbs.db", "desktop.ini"];
    let file = entry.name.rsplit('/').next().unwrap_or_default();
    !entry.is_folder() && !entry.name.starts_with("__MACOSX/") && !CLUTTER.contains(&file)
}

#[cfg(test)]
mod spec {
    use super::*;
    use crate::archive::forge::{Forged, deflated, stored, zip};

    fn all(entries: &[Forged]) -> Vec<(String, Result<Vec<u8>, &'static str>)> {
        let file = zip(entries);
        let unpacked = unpack(&file).unwrap();
        unpacked.map(|file| (file.name, file.bytes.map_err(|refusal| refusal.code()))).collect()
    }

    #[test]
    fn each_file_comes_or_says_why_not() {
        let locked = Forged { flags: 1, ..stored("locked.png", b"") };
        let entries = [
            deflated("cards/a.json", b"{}"),
            stored("cards/", b""),
            locked,
            stored("../b.json", b"{}"),
            stored("cards/a.json", b"again"),
            stored("__MACOSX/cards/._a.json", b""),
            stored("cards/.DS_Store", b""),
        ];

        let expected = [
            ("cards/a.json", Ok(b"{}".to_vec())),
            ("locked.png", Err("encrypted-archive")),
            ("../b.json", Err("unsafe-name")),
            ("cards/a.json", Ok(b"again".to_vec())),
        ];
        assert_eq!(all(&entries), expected.map(|(name, bytes)| (name.to_owned(), bytes)));
    }

    #[test]
    fn what_is_no_archive_is_refused() {
        assert_eq!(unpack(b"{}").err(), Some(Refusal::DamagedArchive));
    }

    #[test]
    fn a_file_beyond_its_bound_stays_inside() {
        let bomb = deflated("bomb", &vec![0; bounds::FILE_BYTES + 1]);

        assert_eq!(
            all(&[bomb, stored("a", b"a")]),
            [("bomb".to_owned(), Err("too-large")), ("a".to_owned(), Ok(b"a".to_vec()))]
        );
    }
}
