//! Archives of our own: plain, small enough for the oldest readers, the same bytes for the same content.
//!
//! No dates (all are the first day that the format knows), no attributes, no descriptors behind the data. Names must be
//! plain; who calls has seen to that.

use std::io::Write;

use flate2::Compression;
use flate2::write::DeflateEncoder;

use crate::bounds;
use crate::refusal::Refusal;

/// The version of the format that is needed: deflate.
const VERSION: u16 = 20;

/// The first of January 1980.
const DAY: u16 = 0x21;

const STORED: u16 = 0;
const DEFLATED: u16 = 8;

/// The end of a directory, without its comment.
pub(super) const END: usize = 22;

/// How the bytes of an entry are packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Packing {
    /// As they are: for pictures and sounds, which do not get smaller.
    Stored,
    /// Deflated: for text.
    Deflated,
}

/// An archive as it grows.
#[derive(Debug, Default)]
pub(crate) struct Writer {
    out: Vec<u8>,
    directory: Vec<u8>,
    entries: u16,
}

impl Writer {
    pub(crate) fn add(&mut self, name: &str, bytes: &[u8], packing: Packing) -> Result<(), Refusal> {
        let start = number(self.out.len())?;
        let packed = Packed::of(bytes, packing)?;
        let header = packed.header(name.as_bytes(), &[])?;
        self.out.extend(header);
        self.out.extend_from_slice(&packed.data);
        bounds::hold("finished card", self.out.len(), bounds::FILE_BYTES)?;

        self.directory.extend_from_slice(b"PK\x01\x02");
        self.directory.extend(VERSION.to_le_bytes());
        self.directory.extend(packed.fields(name.as_bytes(), &[])?);
        // No comment, the first disk, no attributes.
        self.directory.extend_from_slice(&[0; 10]);
        self.directory.extend(start.to_le_bytes());
        self.directory.extend_from_slice(name.as_bytes());
        self.entries = self.entries.checked_add(1).ok_or(Refusal::TooManyEntries)?;
        Ok(())
    }

    pub(crate) fn finish(mut self) -> Result<Vec<u8>, Refusal> {
        let end = end(self.entries, self.directory.len(), self.out.len(), &[])?;
        self.out.extend(self.directory);
        self.out.extend(end);
        Ok(self.out)
    }
}

/// The bytes of an entry as they stand in the archive.
#[derive(Debug)]
pub(super) struct Packed {
    method: u16,
    pub(super) checksum: u32,
    pub(super) size: u32,
    pub(super) data: Vec<u8>,
}

impl Packed {
    pub(super) fn of(bytes: &[u8], packing: Packing) -> Result<Self, Refusal> {
        let (method, data) = match packing {
            Packing::Stored => (STORED, bytes.to_vec()),
            Packing::Deflated => (DEFLATED, deflate(bytes)?),
        };
        Ok(Self { method, checksum: crc32fast::hash(bytes), size: number(bytes.len())?, data })
    }

    /// The header that stands before the data.
    pub(super) fn header(&self, name: &[u8], extra: &[u8]) -> Result<Vec<u8>, Refusal> {
        Ok([super::SIGNATURE, &self.fields(name, extra)?, name, extra].concat())
    }

    /// What header and directory both say.
    pub(super) fn fields(&self, name: &[u8], extra: &[u8]) -> Result<Vec<u8>, Refusal> {
        let mut fields = Vec::with_capacity(26);
        for short in [VERSION, flags(name), self.method, 0, DAY] {
            fields.extend(short.to_le_bytes());
        }
        for long in [self.checksum, number(self.data.len())?, self.size] {
            fields.extend(long.to_le_bytes());
        }
        for length in [name.len(), extra.len()] {
            fields.extend(u16::try_from(length).map_err(|_| TOO_LARGE)?.to_le_bytes());
        }
        Ok(fields)
    }
}

/// The flag that says that a name is UTF-8, for those that are more than ASCII.
fn flags(name: &[u8]) -> u16 {
    if name.is_ascii() { 0 } else { 1 << 11 }
}

/// The end of a directory of so many entries.
pub(super) fn end(entries: u16, directory: usize, start: usize, comment: &[u8]) -> Result<Vec<u8>, Refusal> {
    let mut end = Vec::with_capacity(END + comment.len());
    end.extend_from_slice(b"PK\x05\x06\0\0\0\0");
    end.extend(entries.to_le_bytes());
    end.extend(entries.to_le_bytes());
    end.extend(number(directory)?.to_le_bytes());
    end.extend(number(start)?.to_le_bytes());
    end.extend(u16::try_from(comment.len()).map_err(|_| TOO_LARGE)?.to_le_bytes());
    end.extend_from_slice(comment);
    Ok(end)
}

const TOO_LARGE: Refusal = Refusal::TooLarge { what: "finished card", limit: bounds::FILE_BYTES };

pub(super) fn number(length: usize) -> Result<u32, Refusal> {
    u32::try_from(length).map_err(|_| TOO_LARGE)
}

fn deflate(bytes: &[u8]) -> Result<Vec<u8>, Refusal> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).and_then(|()| encoder.finish()).map_err(|_| Refusal::BadCompression)
}
