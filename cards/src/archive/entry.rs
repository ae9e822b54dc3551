//! One entry of an archive: where it stands, whether it may be read, and its bytes.

use std::collections::HashSet;
use std::io::Read;
use std::ops::Range;

use flate2::read::DeflateDecoder;
use rawzip::{CompressionMethod, ZipFileHeaderRecord, ZipSliceArchive};

use super::{name, place};
use crate::bounds;
use crate::refusal::Refusal;

/// An entry. Nothing of it is inflated yet.
#[derive(Debug)]
pub(crate) struct Entry<'a> {
    /// Its place in the directory, from 0.
    index: usize,
    pub(crate) name: String,
    role: Role,
    pub(super) data: &'a [u8],
    pub(super) method: CompressionMethod,
    encrypted: bool,
    checksum: u32,
    /// How long its bytes are said to be when they are out. Nothing believes it.
    pub(super) claim: u64,
    /// From its header to the end of its bytes.
    pub(super) span: Range<usize>,
    /// Its record in the directory.
    pub(super) record: Record<'a>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    File,
    Folder,
    /// Another entry of the same name comes earlier.
    Repeated,
    Dangerous(&'static str),
}

impl<'a> Entry<'a> {
    pub(super) fn of(
        header: &ZipFileHeaderRecord<'_>,
        index: usize,
        zip: &ZipSliceArchive<&'a [u8]>,
        origin: usize,
        file: &'a [u8],
    ) -> Result<Self, Refusal> {
        let found = zip.get_entry(header.wayfinder()).map_err(|_| Refusal::DamagedArchive)?;
        let (start, end) = found.compressed_data_range();
        let (start, end) = (place(start, origin)?, place(end, origin)?);
        let header_start = place(header.local_header_offset(), origin)?;
        let record_start = place(header.central_directory_offset(), origin)?;
        Ok(Self {
            index,
            name: String::from_utf8_lossy(header.file_path().as_bytes()).into_owned(),
            role: Role::of(header),
            data: file.get(start..end).ok_or(Refusal::DamagedArchive)?,
            claim: header.uncompressed_size_hint(),
            method: header.compression_method(),
            encrypted: header.flags().is_encrypted(),
            checksum: header.crc32(),
            span: header_start..end,
            record: Record::at(record_start, file)?,
        })
    }

    /// The entry's name in warnings. Its own name may be private.
    pub(crate) fn at(&self) -> String {
        format!("entry {}", self.index)
    }

    pub(crate) fn is_file(&self) -> bool {
        self.role == Role::File
    }

    pub(crate) fn is_folder(&self) -> bool {
        self.role == Role::Folder
    }

    pub(crate) fn is_dangerous(&self) -> bool {
        matches!(self.role, Role::Dangerous(_))
    }

    pub(super) fn is_repeated(&self) -> bool {
        self.role == Role::Repeated
    }

    /// Why the entry is left out, for those of which anybody should hear.
    pub(crate) fn oddity(&self) -> Option<&'static str> {
        match self.role {
            Role::File | Role::Folder => None,
            Role::Repeated => Some("another entry of the same name comes earlier and is preferred"),
            Role::Dangerous(why) => Some(why),
        }
    }

    /// How many bytes at most were inflated when that failed at a limit.
    pub(crate) fn cost(&self, limit: usize) -> usize {
        limit.min(self.data.len().saturating_mul(RATIO))
    }

    /// Its bytes, at most so many, and whether they are what its checksum says.
    pub(crate) fn bytes(&self, limit: usize) -> Result<(Vec<u8>, Soundness), Refusal> {
        if self.encrypted {
            return Err(Refusal::EncryptedArchive);
        }
        let bytes = match self.method {
            CompressionMethod::STORE => {
                bounds::hold("inflated archive", self.data.len(), limit)?;
                self.data.to_vec()
            }
            CompressionMethod::DEFLATE => inflate(self.data, limit)?,
            _ => return Err(Refusal::UnknownCompression),
        };
        let sound = crc32fast::hash(&bytes) == self.checksum;
        Ok((bytes, if sound { Soundness::Sound } else { Soundness::WrongChecksum }))
    }
}

/// What deflate can make of one byte at most.
const RATIO: usize = 1032;

/// Whether bytes are those that once were put in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Soundness {
    Sound,
    WrongChecksum,
}

impl Role {
    fn of(header: &ZipFileHeaderRecord<'_>) -> Self {
        if let Some(why) = name::danger(header.file_path().as_bytes()) {
            return Self::Dangerous(why);
        }
        if header.mode().is_symlink() {
            return Self::Dangerous("the entry is a symbolic link; it was left out");
        }
        if header.is_dir() { Self::Folder } else { Self::File }
    }
}

/// Later entries of a name that was taken.
pub(super) fn mark_repeated(entries: &mut [Entry<'_>]) {
    let mut names = HashSet::new();
    for entry in entries.iter_mut().filter(|entry| entry.is_file()) {
        if !names.insert(entry.name.as_str()) {
            entry.role = Role::Repeated;
        }
    }
}

/// What the directory says of an entry, as it stands there.
#[derive(Debug)]
pub(super) struct Record<'a> {
    pub(super) fixed: &'a [u8; 46],
    pub(super) name: &'a [u8],
    pub(super) extra: &'a [u8],
    pub(super) comment: &'a [u8],
}

impl<'a> Record<'a> {
    fn at(start: usize, file: &'a [u8]) -> Result<Self, Refusal> {
        let rest = file.get(start..).and_then(<[u8]>::split_first_chunk::<46>);
        let (fixed, mut rest) = rest.ok_or(Refusal::DamagedArchive)?;
        let mut part = |at: usize| {
            let length = usize::from(u16::from_le_bytes([fixed[at], fixed[at + 1]]));
            let (part, others) = rest.split_at_checked(length).ok_or(Refusal::DamagedArchive)?;
            rest = others;
            Ok(part)
        };
        Ok(Self { fixed, name: part(28)?, extra: part(30)?, comment: part(32)? })
    }
}

fn inflate(deflated: &[u8], limit: usize) -> Result<Vec<u8>, Refusal> {
    let mut bytes = Vec::new();
    // One byte beyond the bound tells an entry that fills it from one that exceeds it.
    let mut bounded = DeflateDecoder::new(deflated).take(limit as u64 + 1);
    bounded.read_to_end(&mut bytes).map_err(|_| Refusal::DamagedArchive)?;
    bounds::hold("inflated archive", bytes.len(), limit)?;
    Ok(bytes)
}
