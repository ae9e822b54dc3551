//! Archives for tests, honest and forged.

use std::io::Write;

use flate2::Compression;
use flate2::write::DeflateEncoder;

/// An entry, with every claim about it open to lies.
#[derive(Debug, Clone)]
pub(crate) struct Forged {
    pub(crate) name: Vec<u8>,
    pub(crate) data: Vec<u8>,
    pub(crate) flags: u16,
    pub(crate) method: u16,
    pub(crate) checksum: u32,
    pub(crate) packed_claim: Option<u32>,
    pub(crate) claim: u32,
    pub(crate) attributes: u32,
    pub(crate) extra: Vec<u8>,
    pub(crate) behind: Vec<u8>,
    /// Where the directory says that it is, when that is a lie.
    pub(crate) offset: Option<u32>,
}

pub(crate) fn stored(name: &str, bytes: &[u8]) -> Forged {
    Forged {
        name: name.into(),
        data: bytes.to_vec(),
        flags: 0,
        method: 0,
        checksum: crc32fast::hash(bytes),
        packed_claim: None,
        claim: u32::try_from(bytes.len()).unwrap(),
        attributes: 0,
        extra: vec![],
        behind: vec![],
        offset: None,
    }
}

pub(crate) fn deflated(name: &str, bytes: &[u8]) -> Forged {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    Forged { data: encoder.finish().unwrap(), method: 8, ..stored(name, bytes) }
}

/// An archive of these entries whose offsets count from `base`.
pub(crate) fn zip_from(base: usize, entries: &[Forged]) -> Vec<u8> {
    let long = |number: usize| u32::try_from(number).unwrap().to_le_bytes();
    let short = |number: usize| u16::try_from(number).unwrap().to_le_bytes();
    let (mut out, mut directory) = (Vec::new(), Vec::new());
    for entry in entries {
        let start = entry.offset.unwrap_or_else(|| u32::try_from(base + out.len()).unwrap());
        let packed = entry.packed_claim.map_or_else(|| long(entry.data.len()), u32::to_le_bytes);
        let fields = [
            &20_u16.to_le_bytes()[..],
            &entry.flags.to_le_bytes(),
            &entry.method.to_le_bytes(),
            &[0; 4],
            &entry.checksum.to_le_bytes(),
            &packed,
            &entry.claim.to_le_bytes(),
            &short(entry.name.len()),
            &short(entry.extra.len()),
        ]
        .concat();
        out.extend(
            [b"PK\x03\x04", &fields[..], &entry.name, &entry.extra, &entry.data, &entry.behind].concat(),
        );
        let attributes = entry.attributes.to_le_bytes();
        let tail = [&[0; 6][..], &attributes, &start.to_le_bytes(), &entry.name, &entry.extra].concat();
        // Made on Unix, where attributes can be links.
        directory.extend([b"PK\x01\x02\x14\x03", &fields[..], &tail].concat());
    }
    let (count, start) = (short(entries.len()), long(base + out.len()));
    let size = long(directory.len());
    out.extend(directory);
    out.extend([b"PK\x05\x06\0\0\0\0", &count[..], &count, &size, &start, &[0; 2]].concat());
    out
}

pub(crate) fn zip(entries: &[Forged]) -> Vec<u8> {
    zip_from(0, entries)
}
