//! The URIs of assets, as far as they say where bytes are.

use crate::payload;

/// What a URI points to.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Target<'a> {
    /// Into the file that carries the card.
    Inside(&'a str),
    /// It holds the bytes itself, if they can be read.
    Data(Option<Vec<u8>>),
    /// The picture that carries the card.
    Portrait,
    /// Anything else.
    Elsewhere,
}

/// The specification spells one of them `embeded`, writers spell it both ways, and V3 pictures have their own.
pub(super) fn target(uri: &str) -> Target<'_> {
    const INSIDE: [&str; 3] = ["embeded://", "embedded://", "__asset:"];
    if let Some(path) = INSIDE.iter().find_map(|scheme| strip_scheme(uri, scheme)) {
        return Target::Inside(path.trim_start_matches("./"));
    }
    if let Some(data) = strip_scheme(uri, "data:") {
        return Target::Data(decode(data));
    }
    if strip_scheme(uri, "ccdefault:").is_some() {
        return Target::Portrait;
    }
    // A bare path is no URI, but some writers mean a file of the archive by it.
    if uri.contains(':') { Target::Elsewhere } else { Target::Inside(uri) }
}

/// A URI as it is shown: data URIs may be megabytes, and their bytes are shown elsewhere.
pub(super) fn shown(uri: &str) -> String {
    match strip_scheme(uri, "data:").and_then(|data| data.find(',')) {
        Some(comma) => {
            uri["data:".len()..].get(..comma).map(|head| format!("data:{head},")).unwrap_or_default()
        }
        None => uri.to_owned(),
    }
}

fn strip_scheme<'a>(uri: &'a str, scheme: &str) -> Option<&'a str> {
    let (start, rest) = uri.split_at_checked(scheme.len())?;
    start.eq_ignore_ascii_case(scheme).then_some(rest)
}

fn decode(data: &str) -> Option<Vec<u8>> {
    let (head, body) = data.split_once(',')?;
    let body = percent_decoded(body.as_bytes());
    let is_base64 = head.rsplit(';').next().is_some_and(|last| last.trim().eq_ignore_ascii_case("base64"));
    if is_base64 { payload::binary(&body) } else { Some(body) }
}

fn percent_decoded(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut at = 0;
    while let Some(&byte) = text.get(at) {
        let escaped = if byte == b'%' { text.get(at + 1..at + 3).and_then(hex) } else { None };
        out.push(escaped.unwrap_or(byte));
        at += if escaped.is_some() { 3 } else { 1 };
    }
    out
}

fn hex(digits: &[u8]) -> Option<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let [high, low] = digits else { return None };
    u8::try_from(digit(*high)? << 4 | digit(*low)?).ok()
}
