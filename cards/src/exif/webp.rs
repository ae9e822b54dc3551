//! WEBP as a list of RIFF chunks.

use crate::bounds;

/// The header of the file: `RIFF`, a length, `WEBP`.
const HEADER: usize = 12;

/// The bit of the `VP8X` chunk that promises EXIF.
const HAS_EXIF: u8 = 0x08;

/// One chunk where it stands in the file.
#[derive(Debug)]
struct Chunk<'a> {
    kind: [u8; 4],
    data: &'a [u8],
    /// The whole chunk with its header and padding.
    raw: &'a [u8],
}

impl<'a> Chunk<'a> {
    fn first(bytes: &'a [u8]) -> Option<Self> {
        let (&kind, rest) = bytes.split_first_chunk::<4>()?;
        let (length, rest) = rest.split_first_chunk::<4>()?;
        let length = usize::try_from(u32::from_le_bytes(*length)).ok()?;
        let data = rest.get(..length)?;
        // The padding of the last chunk is sometimes left out.
        let end = bytes.len().min(8 + length + length % 2);
        Some(Self { kind, data, raw: &bytes[..end] })
    }
}

/// Whether bytes begin as a WEBP does.
pub(crate) fn is_webp(bytes: &[u8]) -> bool {
    bytes.starts_with(b"RIFF") && bytes.get(8..HEADER) == Some(b"WEBP")
}

fn chunks(bytes: &[u8]) -> (Vec<Chunk<'_>>, &[u8]) {
    let mut rest = bytes.get(HEADER..).unwrap_or_default();
    let mut chunks = Vec::new();
    while let Some(chunk) = Chunk::first(rest) {
        if chunks.len() == bounds::SEGMENTS {
            break;
        }
        rest = &rest[chunk.raw.len()..];
        chunks.push(chunk);
    }
    (chunks, rest)
}

pub(super) fn exif(bytes: &[u8]) -> Option<&[u8]> {
    chunks(bytes).0.iter().find(|chunk| &chunk.kind == b"EXIF").map(|chunk| chunk.data)
}

pub(super) fn without_exif(bytes: &[u8]) -> Vec<u8> {
    let (chunks, rest) = chunks(bytes);
    let mut out = bytes.get(..HEADER).unwrap_or_default().to_vec();
    for chunk in chunks.iter().filter(|chunk| &chunk.kind != b"EXIF") {
        let flags = out.len() + 8;
        out.extend_from_slice(chunk.raw);
        if let (b"VP8X", Some(flags)) = (&chunk.kind, out.get_mut(flags)) {
            *flags &= !HAS_EXIF;
        }
    }
    out.extend_from_slice(rest);
    if let (Ok(length), Some(field)) = (u32::try_from(out.len().saturating_sub(8)), out.get_mut(4..8)) {
        field.copy_from_slice(&length.to_le_bytes());
    }
    out
}
