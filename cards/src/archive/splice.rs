//! Putting other bytes into one entry of an archive that is somebody else's.
//!
//! Whatever wrote the archive had its reasons, so nothing is packed anew: all other entries keep their bytes, headers
//! and order, what stands before and behind the archive stays, and only the directory's offsets move. The directory
//! itself is spelt in the plain form, which every reader knows and which files of our size never outgrow.

use rawzip::CompressionMethod;

use super::entry::Record;
use super::write::{END, Packed, Packing, end, number};
use super::{Archive, Entry};
use crate::bounds;
use crate::refusal::Refusal;

/// The extra field with sizes and offsets of eight bytes.
const ZIP64: u16 = 1;

impl Archive<'_> {
    /// The same file with other bytes in one of its entries.
    pub(crate) fn with_entry(&self, target: &Entry<'_>, bytes: &[u8]) -> Result<Vec<u8>, Refusal> {
        let is_stored = target.method == CompressionMethod::STORE;
        let packed = Packed::of(bytes, if is_stored { Packing::Stored } else { Packing::Deflated })?;
        let (start, next) = (target.span.start, self.next_after(target));

        let mut out = Vec::with_capacity(self.file.len() + packed.data.len());
        out.extend_from_slice(self.slice(0, start)?);
        out.extend(packed.header(target.record.name, &[])?);
        out.extend_from_slice(&packed.data);
        let moved = Moved { from: next, to: out.len(), base: self.directory.base };
        out.extend_from_slice(self.slice(next, self.directory.start)?);

        let directory_start = out.len();
        for entry in &self.entries {
            let is_target = entry.span.start == start;
            out.extend(record(entry, is_target.then_some(&packed), &moved)?);
        }
        out.extend(self.end(directory_start, out.len())?);
        out.extend_from_slice(self.slice(self.directory.over, self.file.len())?);
        bounds::hold("finished card", out.len(), bounds::FILE_BYTES)?;
        Ok(out)
    }

    /// Where the next entry begins, or the directory. A descriptor behind the old bytes goes with them.
    fn next_after(&self, target: &Entry<'_>) -> usize {
        let starts = self.entries.iter().map(|entry| entry.span.start);
        starts.filter(|&start| start >= target.span.end).min().unwrap_or(self.directory.start)
    }

    fn end(&self, start: usize, over: usize) -> Result<Vec<u8>, Refusal> {
        let count = u16::try_from(self.entries.len()).map_err(|_| Refusal::TooManyEntries)?;
        let offset = start.checked_sub(self.directory.base).ok_or(Refusal::DamagedArchive)?;
        let comment = self.slice(self.directory.end + END, self.directory.over)?;
        end(count, over - start, offset, comment)
    }

    fn slice(&self, from: usize, to: usize) -> Result<&[u8], Refusal> {
        self.file.get(from..to).ok_or(Refusal::DamagedArchive)
    }
}

/// Where things are now that stood behind the changed entry.
#[derive(Debug)]
struct Moved {
    from: usize,
    to: usize,
    base: usize,
}

impl Moved {
    fn offset(&self, place: usize) -> Result<u32, Refusal> {
        let place = if place >= self.from { place - self.from + self.to } else { place };
        number(place.checked_sub(self.base).ok_or(Refusal::DamagedArchive)?)
    }
}

fn record(entry: &Entry<'_>, packed: Option<&Packed>, moved: &Moved) -> Result<Vec<u8>, Refusal> {
    let Record { fixed, name, extra, comment } = &entry.record;
    let mut fixed = fixed.to_vec();
    let extra = if packed.is_some() { Vec::new() } else { without_zip64(extra) };
    match packed {
        Some(packed) => fixed[6..32].copy_from_slice(&packed.fields(name, &[])?),
        None => {
            let claim = u32::try_from(entry.claim).map_err(|_| Refusal::DamagedArchive)?;
            fixed[20..24].copy_from_slice(&number(entry.data.len())?.to_le_bytes());
            fixed[24..28].copy_from_slice(&claim.to_le_bytes());
            fixed[30..32].copy_from_slice(&u16::try_from(extra.len()).unwrap_or_default().to_le_bytes());
        }
    }
    fixed[34..36].copy_from_slice(&[0; 2]); // The first disk, as all are.
    fixed[42..46].copy_from_slice(&moved.offset(entry.span.start)?.to_le_bytes());
    Ok([&fixed[..], name, &extra, comment].concat())
}

/// The plain form has no use for that field, and its presence would be a second truth.
fn without_zip64(mut extra: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(extra.len());
    while let Some((head, rest)) = extra.split_first_chunk::<4>() {
        let length = usize::from(u16::from_le_bytes([head[2], head[3]]));
        let Some((_, others)) = rest.split_at_checked(length) else { break };
        if u16::from_le_bytes([head[0], head[1]]) != ZIP64 {
            out.extend_from_slice(&extra[..4 + length]);
        }
        extra = others;
    }
    out.extend_from_slice(extra);
    out
}
