//! What a picture's metadata holds: base64 of the card's JSON, in all the spellings that exist.
//!
//! Writers leave out the padding, use the url-safe letters, break the lines, or skip base64 altogether. All of these
//! still say exactly one thing, so all are read; only what was cut off or garbled is refused.

use base64::Engine;
use base64::engine::general_purpose::{GeneralPurpose, NO_PAD, STANDARD};

use crate::bounds;
use crate::refusal::Refusal;
use crate::warning::{WarningCode, Warnings};

/// Standard letters, no padding, and no quarrel about the unused bits of the last letter.
const LENIENT: GeneralPurpose =
    GeneralPurpose::new(&base64::alphabet::STANDARD, NO_PAD.with_decode_allow_trailing_bits(true));

/// How RisuAI's encrypted cards begin.
pub(crate) const RISU_ENCRYPTED: &[u8] = b"rcc||";

pub(crate) fn decode(text: &[u8], at: &str, warnings: &mut Warnings) -> Result<Vec<u8>, Refusal> {
    let text = trim(text);
    if text.starts_with(RISU_ENCRYPTED) {
        return Err(Refusal::Encrypted);
    }
    if is_json(text) {
        bounds::hold("card's JSON", text.len(), bounds::JSON_BYTES)?;
        warnings.add(WarningCode::PlainJson, at, "the chunk holds JSON without base64; it was read as it is");
        return Ok(text.to_vec());
    }
    bounds::hold("card's text", text.len(), bounds::INFLATED_BYTES)?;
    if let Ok(json) = STANDARD.decode(text) {
        return Ok(json);
    }
    let json = LENIENT.decode(normal(text)).map_err(|_| Refusal::BadBase64)?;
    warnings.add(
        WarningCode::Base64Repaired,
        at,
        "the base64 was unpadded, url-safe or broken into lines; it was repaired",
    );
    Ok(json)
}

/// Blanks and stray zeros around the text mean nothing.
fn trim(mut text: &[u8]) -> &[u8] {
    while let [first, rest @ ..] = text
        && is_blank(*first)
    {
        text = rest;
    }
    while let [rest @ .., last] = text
        && is_blank(*last)
    {
        text = rest;
    }
    text
}

fn is_blank(byte: u8) -> bool {
    byte.is_ascii_whitespace() || byte == 0
}

/// Whether a text is JSON without base64.
pub(crate) fn is_plain(text: &[u8]) -> bool {
    is_json(trim(text))
}

/// No base64 begins with a brace, nor with a byte order mark.
fn is_json(text: &[u8]) -> bool {
    text.starts_with(b"{") || text.starts_with(b"\xef\xbb\xbf")
}

/// Other bytes in base64: a picture, a sound.
pub(crate) fn binary(text: &[u8]) -> Option<Vec<u8>> {
    let text = trim(text);
    STANDARD.decode(text).or_else(|_| LENIENT.decode(normal(text))).ok()
}

/// Whether a text could be a card, judged by its beginning: an object in JSON, or base64 of one. Other people keep other
/// things in the same places, and words such as `exile` are good base64, so two letters of the JSON are asked for.
pub(crate) fn looks_like_card(text: &[u8]) -> bool {
    let text = trim(text);
    let head: Vec<u8> = text.iter().copied().filter(|&byte| !is_blank(byte)).take(8).collect();
    let decoded = LENIENT.decode(normal(&head)).unwrap_or_default();
    let json = decoded.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&decoded);
    let begins =
        matches!(json, [b'{', b'"' | b'}', ..]) || matches!(json, [b'{', blank, ..] if is_blank(*blank));
    begins || is_json(text) || text.starts_with(RISU_ENCRYPTED)
}

fn normal(text: &[u8]) -> Vec<u8> {
    let letters = text.iter().copied().filter(|&byte| !is_blank(byte) && byte != b'=');
    letters
        .map(|byte| match byte {
            b'-' => b'+',
            b'_' => b'/',
            other => other,
        })
        .collect()
}

#[cfg(test)]
mod spec {
    use super::*;

    #[test]
    fn cards_are_told_from_what_else_people_write() {
        let cards = [&br#"{"name":"x"}"#[..], b"{\n \"a\": 1}", b"\xef\xbb\xbf{\"a\":1}", b"{}"];
        for card in cards {
            assert!(looks_like_card(card) && looks_like_card(STANDARD.encode(card).as_bytes()));
        }
        assert!(looks_like_card(b" ey\nJu YW1") && looks_like_card(b"rcc||rccv1||"));
        for other in [&b"exile"[..], b"ex1t", b"eyes", b"eyeliner", b"a knight", b"", b"e", b"ey", b"[1]"] {
            assert!(!looks_like_card(other), "{}", String::from_utf8_lossy(other));
        }
    }
}
