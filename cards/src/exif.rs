//! EXIF as a carrier: cards in the user comment of a picture.
//!
//! WEBP has no text chunks and JPEG none that last, so cards in them stand in the one EXIF field that is made for text.
//! Backyard AI does the same in PNG. As with PNG, the picture itself is never decoded, everything is a borrowed slice of
//! the file, and what a length claims is worth nothing until that much is there.

mod comment;
mod jpeg;
mod webp;

use std::borrow::Cow;

use crate::payload;
use crate::refusal::Refusal;
use crate::warning::Warnings;

pub(crate) use jpeg::SIGNATURE as JPEG;
pub(crate) use webp::is_webp;

/// The bytes of the JSON in a block of EXIF. `None` when its comment holds no card.
pub(crate) fn card(exif: &[u8], at: &str, warnings: &mut Warnings) -> Option<Result<Vec<u8>, Refusal>> {
    let comment = comment::of(exif)?;
    let text = from_byte_list(&comment).map_or(comment, Cow::Owned);
    payload::looks_like_card(&text).then(|| payload::decode(&text, at, warnings))
}

/// Whether a block of EXIF holds a card.
pub(crate) fn holds_card(exif: &[u8]) -> bool {
    card(exif, "", &mut Warnings::default()).is_some()
}

/// The EXIF of a JPEG or WEBP.
pub(crate) fn of_picture(bytes: &[u8]) -> Option<Cow<'_, [u8]>> {
    if is_webp(bytes) { webp::exif(bytes).map(Cow::Borrowed) } else { jpeg::exif(bytes) }
}

/// The same picture without its EXIF.
pub(crate) fn without(bytes: &[u8]) -> Vec<u8> {
    if is_webp(bytes) { webp::without_exif(bytes) } else { jpeg::without_exif(bytes) }
}

/// Old writers of WEBP cards put the text down as a list of its bytes, in decimal.
fn from_byte_list(text: &[u8]) -> Option<Vec<u8>> {
    let text = str::from_utf8(text).ok()?.trim_matches(|c: char| c.is_whitespace() || c == '\0');
    let is_list =
        text.contains(',') && text.bytes().all(|byte| byte == b',' || byte == b' ' || byte.is_ascii_digit());
    if !is_list {
        return None;
    }
    text.split(',').map(|number| number.trim().parse().ok()).collect()
}

#[cfg(test)]
mod spec;
