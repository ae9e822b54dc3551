//! JPEG as a list of segments, up to where the picture begins.

use std::borrow::Cow;

use super::comment::{self, MARK};
use crate::bounds;

/// How every JPEG begins, and its first segment.
pub(crate) const SIGNATURE: &[u8] = b"\xff\xd8\xff";

/// The segment of metadata.
const APP1: u8 = 0xE1;

/// The segment after which only pixels follow.
const SCAN: u8 = 0xDA;

/// One segment where it stands in the file.
#[derive(Debug)]
struct Segment<'a> {
    marker: u8,
    data: &'a [u8],
    /// The whole segment with its marker and length.
    raw: &'a [u8],
}

impl<'a> Segment<'a> {
    /// The segment that `bytes` begin with. Any number of fill bytes may stand before its marker.
    fn first(bytes: &'a [u8]) -> Option<Self> {
        let fill = bytes.iter().take_while(|&&byte| byte == 0xFF).count();
        let (&marker, rest) = bytes.get(fill..)?.split_first()?;
        let length = usize::from(u16::from_be_bytes(*rest.first_chunk::<2>()?));
        let data = rest.get(2..length)?;
        (fill > 0).then(|| Self { marker, data, raw: &bytes[..fill + 1 + length] })
    }

    fn exif(&self) -> Option<&'a [u8]> {
        if self.marker == APP1 { self.data.strip_prefix(MARK) } else { None }
    }
}

/// The segments before the pixels, and everything from there on.
fn segments(bytes: &[u8]) -> (Vec<Segment<'_>>, &[u8]) {
    let mut rest = bytes.get(2..).unwrap_or_default();
    let mut segments = Vec::new();
    while let Some(segment) = Segment::first(rest).filter(|segment| segment.marker != SCAN) {
        if segments.len() == bounds::SEGMENTS {
            break;
        }
        rest = &rest[segment.raw.len()..];
        segments.push(segment);
    }
    (segments, rest)
}

/// The EXIF of the picture. One segment holds 64 KB, so writers go on in the next, without a second beginning.
pub(super) fn exif(bytes: &[u8]) -> Option<Cow<'_, [u8]>> {
    let (segments, _) = segments(bytes);
    let mut parts = segments.iter().filter_map(Segment::exif).skip_while(|part| !comment::is_tiff(part));
    let first = parts.next()?;
    let more: Vec<_> = parts.take_while(|part| !comment::is_tiff(part)).collect();
    Some(if more.is_empty() { Cow::Borrowed(first) } else { Cow::Owned([first, &more.concat()].concat()) })
}

pub(super) fn without_exif(bytes: &[u8]) -> Vec<u8> {
    let (segments, rest) = segments(bytes);
    let mut out = bytes.get(..2).unwrap_or_default().to_vec();
    for segment in segments.iter().filter(|segment| segment.exif().is_none()) {
        out.extend_from_slice(segment.raw);
    }
    out.extend_from_slice(rest);
    out
}
