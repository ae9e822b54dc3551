//! ZIP archives, as the carriers CHARX and BYAF and bundles of many cards use them.
//!
//! An archive is a list of names and of slices of the file. The list is made once, within bounds, and nothing is inflated
//! until somebody asks for one entry; then the bytes that come out are counted, because what headers say of sizes is
//! only what a stranger claims. Entries that overlap are how small files hide endless ones, so they are refused as a whole.
//! Bytes before the archive are allowed: such files are pictures and archives at once.
//!
//! Deliberately absent: writing to a disk. Names are labels, and those that would be dangerous as paths are not even that.

mod entry;
mod name;
mod splice;
mod stock;
mod write;

use rawzip::{ZipArchive, ZipSliceArchive};

use crate::bounds;
use crate::refusal::Refusal;
use crate::warning::{WarningCode, Warnings};
pub(crate) use entry::{Entry, Soundness};
pub(crate) use name::is_plain;
pub(crate) use write::{Packing, Writer};

/// How the first entry of an archive begins, and with it most archives.
const SIGNATURE: &[u8] = b"PK\x03\x04";

/// How an archive without entries begins.
const EMPTY_SIGNATURE: &[u8] = b"PK\x05\x06";

/// Whether a file begins as archives do.
pub(crate) fn is_archive(bytes: &[u8]) -> bool {
    bytes.starts_with(SIGNATURE) || bytes.starts_with(EMPTY_SIGNATURE)
}

/// The entries of an archive. All places are counted from the beginning of the file.
#[derive(Debug)]
pub(crate) struct Archive<'a> {
    file: &'a [u8],
    /// Every entry in the order of the directory, also those that nobody may read.
    entries: Vec<Entry<'a>>,
    directory: Directory,
}

/// Where the directory stands.
#[derive(Debug)]
struct Directory {
    start: usize,
    /// Where the record begins that ends it.
    end: usize,
    /// Where the archive is over. Whatever follows is not its own.
    over: usize,
    /// What offsets in the archive are counted from.
    base: usize,
}

impl<'a> Archive<'a> {
    /// The archive that a file is. Its offsets may count from the file's beginning or from the archive's own.
    pub(crate) fn open(file: &'a [u8]) -> Result<Self, Refusal> {
        let whole = Self::behind(0, file);
        match first_entry(file) {
            Some(start) if start > 0 && matches!(whole, Err(Refusal::DamagedArchive)) => {
                Self::behind(start, file)
            }
            _ => whole,
        }
    }

    fn behind(start: usize, file: &'a [u8]) -> Result<Self, Refusal> {
        let zip = ZipArchive::from_slice(&file[start..]).map_err(|_| Refusal::DamagedArchive)?;
        let entries = entries(&zip, start, file)?;
        let directory = Directory::of(&zip, start, file)?;
        Ok(Self { file, entries, directory })
    }

    /// What stands before the archive.
    pub(crate) fn prefix(&self) -> &'a [u8] {
        let first = self.entries.iter().map(|entry| entry.span.start).min().unwrap_or(self.directory.start);
        self.file.get(..first).unwrap_or_default()
    }

    /// The entry of this very name. Of two that share one the first counts, as with chunks of pictures.
    pub(crate) fn entry(&self, name: &str) -> Option<&Entry<'a>> {
        self.files().find(|entry| entry.name == name)
    }

    /// The entries that hold something and may be named.
    pub(crate) fn files(&self) -> impl Iterator<Item = &Entry<'a>> {
        self.entries.iter().filter(|entry| entry.is_file())
    }

    /// Every entry in the order of the directory, also those that nobody may read.
    pub(crate) fn into_entries(self) -> Vec<Entry<'a>> {
        self.entries
    }

    /// Says which entries are left out, and why.
    pub(crate) fn report(&self, warnings: &mut Warnings) {
        for entry in &self.entries {
            if let Some(message) = entry.oddity() {
                let code =
                    if entry.is_repeated() { WarningCode::DuplicateEntry } else { WarningCode::UnsafeName };
                warnings.add(code, entry.at(), message);
            }
        }
    }
}

/// Where the first entry begins. Pictures of many megabytes may stand before it.
fn first_entry(bytes: &[u8]) -> Option<usize> {
    let mut from = 0;
    while let Some(at) = bytes.get(from..)?.iter().position(|&byte| byte == SIGNATURE[0]) {
        if bytes[from + at..].starts_with(SIGNATURE) {
            return Some(from + at);
        }
        from += at + 1;
    }
    None
}

impl Directory {
    fn of(zip: &ZipSliceArchive<&[u8]>, origin: usize, file: &[u8]) -> Result<Self, Refusal> {
        let (start, end) = (place(zip.directory_offset(), origin)?, place(zip.eocd_offset(), origin)?);
        let record = file.get(end..).and_then(<[u8]>::first_chunk::<{ write::END }>);
        let said = record.map(|record| u32::from_le_bytes([record[16], record[17], record[18], record[19]]));
        let base = match said.ok_or(Refusal::DamagedArchive)? {
            u32::MAX => origin, // The offset is in a longer record, which reckons from the beginning.
            said => start.checked_sub(said as usize).ok_or(Refusal::DamagedArchive)?,
        };
        Ok(Self { start, end, over: place(zip.end_offset(), origin)?, base })
    }
}

fn place(offset: u64, origin: usize) -> Result<usize, Refusal> {
    let offset = usize::try_from(offset).map_err(|_| Refusal::DamagedArchive)?;
    offset.checked_add(origin).ok_or(Refusal::DamagedArchive)
}

fn entries<'a>(
    zip: &ZipSliceArchive<&'a [u8]>,
    origin: usize,
    file: &'a [u8],
) -> Result<Vec<Entry<'a>>, Refusal> {
    let mut entries = Vec::new();
    for header in zip.entries() {
        let header = header.map_err(|_| Refusal::DamagedArchive)?;
        if entries.len() == bounds::ENTRIES {
            return Err(Refusal::TooManyEntries);
        }
        entries.push(Entry::of(&header, entries.len(), zip, origin, file)?);
    }
    entry::mark_repeated(&mut entries);
    refuse_overlaps(&entries)?;
    Ok(entries)
}

fn refuse_overlaps(entries: &[Entry<'_>]) -> Result<(), Refusal> {
    let mut spans: Vec<_> = entries.iter().map(|entry| (entry.span.start, entry.span.end)).collect();
    spans.sort_unstable();
    let overlap = spans.windows(2).any(|pair| pair[0].1 > pair[1].0);
    if overlap { Err(Refusal::OverlappingEntries) } else { Ok(()) }
}

#[cfg(test)]
pub(crate) mod forge;
#[cfg(test)]
mod spec;
