//! The user comment in a block of EXIF, which is a small TIFF file.
//!
//! Only the way to that one field is known here: the first directory, the one that it refers to, the field. There is no
//! loop that a file could make endless: each directory is looked through once.

use std::borrow::Cow;

/// The directory of a camera's own fields.
const EXIF_DIRECTORY: u16 = 0x8769;

const USER_COMMENT: u16 = 0x9286;

/// What may stand before the TIFF, where the container did not take it off.
pub(super) const MARK: &[u8] = b"Exif\0\0";

/// The comment's text as bytes.
pub(super) fn of(exif: &[u8]) -> Option<Cow<'_, [u8]>> {
    let tiff = Tiff::of(exif.strip_prefix(MARK).unwrap_or(exif))?;
    let first = tiff.number(4)?;
    let inner = tiff.field(first, EXIF_DIRECTORY).and_then(|field| tiff.number(field.value));
    let comment = inner.and_then(|inner| tiff.field(inner, USER_COMMENT));
    let comment = comment.or_else(|| tiff.field(first, USER_COMMENT))?;
    tiff.text(&comment)
}

/// Whether bytes begin as a TIFF file does.
pub(super) fn is_tiff(bytes: &[u8]) -> bool {
    bytes.starts_with(b"II*\0") || bytes.starts_with(b"MM\0*")
}

#[derive(Debug)]
struct Tiff<'a> {
    bytes: &'a [u8],
    is_little: bool,
}

/// A field of a directory.
#[derive(Debug)]
struct Field {
    count: usize,
    /// Where its value stands, or where it is said to stand.
    value: usize,
}

impl<'a> Tiff<'a> {
    fn of(bytes: &'a [u8]) -> Option<Self> {
        is_tiff(bytes).then(|| Self { bytes, is_little: bytes[0] == b'I' })
    }

    fn short(&self, at: usize) -> Option<u16> {
        let pair = *self.bytes.get(at..)?.first_chunk::<2>()?;
        Some(if self.is_little { u16::from_le_bytes(pair) } else { u16::from_be_bytes(pair) })
    }

    fn number(&self, at: usize) -> Option<usize> {
        let four = *self.bytes.get(at..)?.first_chunk::<4>()?;
        let number = if self.is_little { u32::from_le_bytes(four) } else { u32::from_be_bytes(four) };
        usize::try_from(number).ok()
    }

    fn field(&self, directory: usize, tag: u16) -> Option<Field> {
        let fields = usize::from(self.short(directory)?);
        let mut places = (0..fields).filter_map(|nth| directory.checked_add(2 + nth * 12));
        let at = places.find(|&at| self.short(at) == Some(tag))?;
        Some(Field { count: self.number(at + 4)?, value: at + 8 })
    }

    /// A comment of up to four bytes stands in the field itself, and says nothing. The first eight name its letters.
    fn text(&self, comment: &Field) -> Option<Cow<'a, [u8]>> {
        let start = self.number(comment.value)?;
        let text = self.bytes.get(start..start.checked_add(comment.count)?)?;
        match text.split_first_chunk::<8>() {
            Some((b"UNICODE\0", text)) => Some(Cow::Owned(self.utf16(text))),
            Some((b"ASCII\0\0\0" | b"JIS\0\0\0\0\0" | &[0, 0, 0, 0, 0, 0, 0, 0], text)) => {
                Some(Cow::Borrowed(text))
            }
            _ => Some(Cow::Borrowed(text)),
        }
    }

    fn utf16(&self, text: &[u8]) -> Vec<u8> {
        let (text, is_little) = match text {
            [0xFF, 0xFE, rest @ ..] => (rest, true),
            [0xFE, 0xFF, rest @ ..] => (rest, false),
            text => (text, self.is_little),
        };
        let unit = if is_little { u16::from_le_bytes } else { u16::from_be_bytes };
        let units = text.as_chunks::<2>().0.iter().map(|&pair| unit(pair));
        let text = char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER));
        text.collect::<String>().into_bytes()
    }
}
