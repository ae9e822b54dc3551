//! A PNG as a list of chunks, borrowed from the file.
//!
//! Lenient on purpose: a wrong checksum is noted by whoever cares, a break in the middle ends the list and leaves the
//! rest as a tail, chunks behind the end are still chunks. Nothing is copied, so nothing that a header claims allocates.

use crate::bounds;
use crate::refusal::Refusal;

/// How every PNG begins.
pub(crate) const SIGNATURE: [u8; 8] = *b"\x89PNG\r\n\x1a\n";

/// Length, kind and checksum around a chunk's data.
const FRAME: usize = 12;

/// One chunk where it stands in the file.
#[derive(Debug)]
pub(crate) struct Chunk<'a> {
    /// Its place in the file, from 0.
    pub(crate) index: usize,
    pub(crate) kind: [u8; 4],
    pub(crate) data: &'a [u8],
    /// The whole chunk with its frame.
    pub(crate) raw: &'a [u8],
    /// Whether it stands behind the picture's end.
    pub(crate) after_end: bool,
}

impl<'a> Chunk<'a> {
    /// The chunk that `bytes` begin with, if it is there in full.
    fn first(bytes: &'a [u8], index: usize, after_end: bool) -> Option<Self> {
        let (length, rest) = bytes.split_first_chunk::<4>()?;
        let (&kind, rest) = rest.split_first_chunk::<4>()?;
        let data = rest.get(..usize::try_from(u32::from_be_bytes(*length)).ok()?)?;
        let raw = bytes.get(..data.len().checked_add(FRAME)?)?;
        kind.iter().all(u8::is_ascii_alphabetic).then_some(Self { index, kind, data, raw, after_end })
    }

    /// Whether the checksum fits the content.
    pub(crate) fn is_sound(&self) -> bool {
        let (content, checksum) = self.raw[4..].split_at(4 + self.data.len());
        checksum == crc32fast::hash(content).to_be_bytes()
    }
}

/// All chunks of a file, and what follows them.
#[derive(Debug)]
pub(crate) struct Layout<'a> {
    pub(crate) chunks: Vec<Chunk<'a>>,
    /// What is no chunk: the remains of a broken file, or whatever was appended to a whole one.
    pub(crate) tail: &'a [u8],
}

impl<'a> Layout<'a> {
    pub(crate) fn of(bytes: &'a [u8]) -> Result<Self, Refusal> {
        let mut tail = bytes.strip_prefix(&SIGNATURE).ok_or(Refusal::UnknownFormat)?;
        let mut chunks = Vec::new();
        let mut ended = false;
        while let Some(chunk) = Chunk::first(tail, chunks.len(), ended) {
            if chunks.len() == bounds::PNG_CHUNKS {
                return Err(Refusal::TooManyChunks);
            }
            tail = &tail[chunk.raw.len()..];
            ended |= &chunk.kind == b"IEND";
            chunks.push(chunk);
        }
        Ok(Self { chunks, tail })
    }

    /// Whether the picture reaches its end.
    pub(crate) fn is_whole(&self) -> bool {
        self.chunks.iter().any(|chunk| &chunk.kind == b"IEND")
    }

    /// Whether a card can be written into it: it begins and ends as pictures do.
    pub(crate) fn is_picture(&self) -> bool {
        self.chunks.first().is_some_and(|chunk| &chunk.kind == b"IHDR") && self.is_whole()
    }
}

/// A chunk ready to be written. `None` when the data is longer than a chunk can say.
pub(crate) fn write(kind: [u8; 4], data: &[u8]) -> Option<Vec<u8>> {
    let length = u32::try_from(data.len()).ok()?;
    let mut out = Vec::with_capacity(data.len() + FRAME);
    out.extend_from_slice(&length.to_be_bytes());
    out.extend_from_slice(&kind);
    out.extend_from_slice(data);
    out.extend_from_slice(&crc32fast::hash(&out[4..]).to_be_bytes());
    Some(out)
}
