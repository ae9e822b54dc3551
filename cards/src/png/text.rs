//! The three kinds of text chunk, as far as they carry cards.
//!
//! The specification of cards knows only `tEXt`, but picture editors and optimisers turn text into `zTXt` and `iTXt`
//! when they save, so all three are read. Only `tEXt` is written.

use std::borrow::Cow;
use std::io::Read;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::read::ZlibDecoder;

use super::chunks::{self, Chunk};
use super::payload;
use crate::bounds;
use crate::refusal::Refusal;
use crate::warning::{WarningCode, Warnings};

/// The names under which cards are stored, in the order of trust.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Keyword {
    Ccv3,
    Chara,
}

impl Keyword {
    /// Real files spell it in every case.
    fn parse(name: &[u8]) -> Option<Self> {
        [Self::Ccv3, Self::Chara].into_iter().find(|k| name.eq_ignore_ascii_case(k.as_str().as_bytes()))
    }

    fn as_str(self) -> &'static str {
        match self {
            Self::Ccv3 => "ccv3",
            Self::Chara => "chara",
        }
    }
}

/// A text chunk under a card's keyword.
#[derive(Debug)]
pub(crate) struct CardText<'a> {
    pub(crate) keyword: Keyword,
    kind: Kind,
    /// What follows the keyword: text, or the small header that two of the kinds put before it.
    body: &'a [u8],
    index: usize,
    after_end: bool,
    sound: bool,
}

#[derive(Debug, Clone, Copy)]
enum Kind {
    Text,
    Compressed,
    International,
}

impl<'a> CardText<'a> {
    pub(crate) fn of(chunk: &Chunk<'a>) -> Option<Self> {
        let kind = match &chunk.kind {
            b"tEXt" => Kind::Text,
            b"zTXt" => Kind::Compressed,
            b"iTXt" => Kind::International,
            _ => return None,
        };
        let (name, body) = split_at_nul(chunk.data)?;
        let keyword = Keyword::parse(name)?;
        let (index, after_end) = (chunk.index, chunk.after_end);
        Some(Self { keyword, kind, body, index, after_end, sound: chunk.is_sound() })
    }

    /// The chunk's name in warnings.
    pub(crate) fn at(&self) -> String {
        let kind = match self.kind {
            Kind::Text => "tEXt",
            Kind::Compressed => "zTXt",
            Kind::International => "iTXt",
        };
        format!("{kind} {} (chunk {})", self.keyword.as_str(), self.index)
    }

    /// The bytes of the card's JSON.
    pub(crate) fn unpack(&self, warnings: &mut Warnings) -> Result<Vec<u8>, Refusal> {
        if !self.sound {
            warnings.add(
                WarningCode::WrongChecksum,
                self.at(),
                "the chunk's checksum is wrong; it was read anyway",
            );
        }
        if self.after_end {
            warnings.add(
                WarningCode::AfterEnd,
                self.at(),
                "the card stands behind the picture's end; it was read anyway",
            );
        }
        payload::decode(&self.text()?, &self.at(), warnings)
    }

    fn text(&self) -> Result<Cow<'a, [u8]>, Refusal> {
        match self.kind {
            Kind::Text => Ok(Cow::Borrowed(self.body)),
            Kind::Compressed => match self.body.split_first() {
                Some((0, deflated)) => inflate(deflated).map(Cow::Owned),
                _ => Err(Refusal::BadCompression),
            },
            Kind::International => international(self.body),
        }
    }
}

/// A flag, a method, a language and a translated keyword stand before an international text.
fn international(body: &[u8]) -> Result<Cow<'_, [u8]>, Refusal> {
    let (&[compressed, method], rest) = body.split_first_chunk::<2>().ok_or(Refusal::BadCompression)?;
    let (_language, rest) = split_at_nul(rest).ok_or(Refusal::BadCompression)?;
    let (_translated, text) = split_at_nul(rest).ok_or(Refusal::BadCompression)?;
    match (compressed, method) {
        (0, _) => Ok(Cow::Borrowed(text)),
        (1, 0) => inflate(text).map(Cow::Owned),
        _ => Err(Refusal::BadCompression),
    }
}

fn inflate(deflated: &[u8]) -> Result<Vec<u8>, Refusal> {
    let mut text = Vec::new();
    // One byte beyond the bound tells a text that fills it from one that exceeds it.
    let mut bounded = ZlibDecoder::new(deflated).take(bounds::INFLATED_BYTES as u64 + 1);
    bounded.read_to_end(&mut text).map_err(|_| Refusal::BadCompression)?;
    bounds::hold("inflated text of the card", text.len(), bounds::INFLATED_BYTES)?;
    Ok(text)
}

fn split_at_nul(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let nul = bytes.iter().position(|&byte| byte == 0)?;
    Some((&bytes[..nul], &bytes[nul + 1..]))
}

/// A `tEXt` chunk with the JSON in base64.
pub(crate) fn write(keyword: Keyword, json: &str) -> Result<Vec<u8>, Refusal> {
    let mut data = Vec::from(keyword.as_str());
    data.push(0);
    data.extend(STANDARD.encode(json).into_bytes());
    chunks::write(*b"tEXt", &data).ok_or(Refusal::TooLarge { what: "card's JSON", limit: bounds::JSON_BYTES })
}
