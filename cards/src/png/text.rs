//! The three kinds of text chunk, and which of them hold cards.
//!
//! The specification of cards knows only `tEXt`, but picture editors and optimisers turn text into `zTXt` and `iTXt`
//! when they save, so all three are read. Of our own accord only `tEXt` is written.

use std::borrow::Cow;
use std::io::{Read, Write};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;

use super::chunks::{self, Chunk};
use crate::refusal::Refusal;
use crate::warning::{WarningCode, Warnings};
use crate::{bounds, payload};

/// The names under which cards are stored, in the order of trust. All but two are inventions of single programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Keyword {
    Ccv3,
    CharaCardV3,
    Chara,
    Ccv2,
    Card,
    Character,
}

impl Keyword {
    const ALL: [Self; 6] =
        [Self::Ccv3, Self::CharaCardV3, Self::Chara, Self::Ccv2, Self::Card, Self::Character];

    /// Real files spell it in every case.
    fn parse(name: &[u8]) -> Option<Self> {
        Self::ALL.into_iter().find(|k| name.eq_ignore_ascii_case(k.as_str().as_bytes()))
    }

    fn as_str(self) -> &'static str {
        match self {
            Self::Ccv3 => "ccv3",
            Self::CharaCardV3 => "chara_card_v3",
            Self::Chara => "chara",
            Self::Ccv2 => "ccv2",
            Self::Card => "card",
            Self::Character => "character",
        }
    }

    /// Whether a chunk of this name is a card by that alone. The other names are used by painters as well.
    fn is_certain(self) -> bool {
        matches!(self, Self::Ccv3 | Self::Chara)
    }
}

/// A text chunk.
#[derive(Debug)]
pub(super) struct Text<'a> {
    kind: Kind,
    pub(super) name: &'a [u8],
    /// What follows the keyword: text, or the small header that two of the kinds put before it.
    body: &'a [u8],
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    Compressed,
    International,
}

impl<'a> Text<'a> {
    pub(super) fn of(chunk: &Chunk<'a>) -> Option<Self> {
        let kind = match &chunk.kind {
            b"tEXt" => Kind::Text,
            b"zTXt" => Kind::Compressed,
            b"iTXt" => Kind::International,
            _ => return None,
        };
        let (name, body) = split_at_nul(chunk.data)?;
        Some(Self { kind, name, body })
    }

    pub(super) fn content(&self, limit: usize) -> Result<Cow<'a, [u8]>, Refusal> {
        match self.kind {
            Kind::Text => Ok(Cow::Borrowed(self.body)),
            Kind::Compressed => match self.body.split_first() {
                Some((0, deflated)) => inflate(deflated, limit).map(Cow::Owned),
                _ => Err(Refusal::BadCompression),
            },
            Kind::International => {
                let parts = International::of(self.body).ok_or(Refusal::BadCompression)?;
                match parts.head {
                    [0, _] => Ok(Cow::Borrowed(parts.text)),
                    [1, 0] => inflate(parts.text, limit).map(Cow::Owned),
                    _ => Err(Refusal::BadCompression),
                }
            }
        }
    }

    /// The data of a chunk like this one with another text.
    fn with(&self, text: &[u8]) -> Result<Vec<u8>, Refusal> {
        let name = [self.name, b"\0"].concat();
        match self.kind {
            Kind::Text => Ok([&name, text].concat()),
            Kind::Compressed => Ok([&name, &b"\0"[..], &deflate(text)?].concat()),
            Kind::International => {
                let parts = International::of(self.body).ok_or(Refusal::BadCompression)?;
                let text = if parts.head[0] == 0 { text.to_vec() } else { deflate(text)? };
                let between = &self.body[2..self.body.len() - parts.text.len()];
                Ok([&name, &parts.head[..], between, &text].concat())
            }
        }
    }
}

/// A flag, a method, a language and a translated keyword stand before an international text.
#[derive(Debug)]
struct International<'a> {
    head: [u8; 2],
    text: &'a [u8],
}

impl<'a> International<'a> {
    fn of(body: &'a [u8]) -> Option<Self> {
        let (&head, rest) = body.split_first_chunk::<2>()?;
        let (_language, rest) = split_at_nul(rest)?;
        let (_translated, text) = split_at_nul(rest)?;
        Some(Self { head, text })
    }
}

/// A text chunk under a card's keyword.
#[derive(Debug)]
pub(crate) struct CardText<'a> {
    pub(crate) keyword: Keyword,
    /// Its place in the file, from 0.
    pub(crate) index: usize,
    text: Text<'a>,
    after_end: bool,
    sound: bool,
}

impl<'a> CardText<'a> {
    pub(crate) fn of(chunk: &Chunk<'a>) -> Option<Self> {
        let text = Text::of(chunk)?;
        let keyword = Keyword::parse(text.name)?;
        let is_card = keyword.is_certain() || text.kind == Kind::Text && payload::looks_like_card(text.body);
        let (index, after_end) = (chunk.index, chunk.after_end);
        is_card.then(|| Self { keyword, index, text, after_end, sound: chunk.is_sound() })
    }

    /// The chunk's name in warnings.
    pub(crate) fn at(&self) -> String {
        let kind = match self.text.kind {
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
        payload::decode(&self.text.content(bounds::INFLATED_BYTES)?, &self.at(), warnings)
    }

    /// The same chunk with other JSON, in base64 unless it was plain.
    pub(crate) fn repacked(&self, json: &[u8]) -> Result<Vec<u8>, Refusal> {
        let is_plain = payload::is_plain(&self.text.content(bounds::INFLATED_BYTES)?);
        let text = if is_plain { json.to_vec() } else { STANDARD.encode(json).into_bytes() };
        let kind = match self.text.kind {
            Kind::Text => *b"tEXt",
            Kind::Compressed => *b"zTXt",
            Kind::International => *b"iTXt",
        };
        chunks::write(kind, &self.text.with(&text)?).ok_or(TOO_LARGE)
    }
}

fn inflate(deflated: &[u8], limit: usize) -> Result<Vec<u8>, Refusal> {
    let mut text = Vec::new();
    // One byte beyond the bound tells a text that fills it from one that exceeds it.
    let mut bounded = ZlibDecoder::new(deflated).take(limit as u64 + 1);
    bounded.read_to_end(&mut text).map_err(|_| Refusal::BadCompression)?;
    bounds::hold("inflated text of the card", text.len(), limit)?;
    Ok(text)
}

fn deflate(text: &[u8]) -> Result<Vec<u8>, Refusal> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text).and_then(|()| encoder.finish()).map_err(|_| Refusal::BadCompression)
}

fn split_at_nul(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let nul = bytes.iter().position(|&byte| byte == 0)?;
    Some((&bytes[..nul], &bytes[nul + 1..]))
}

const TOO_LARGE: Refusal = Refusal::TooLarge { what: "card's JSON", limit: bounds::JSON_BYTES };

/// A `tEXt` chunk with the JSON in base64.
pub(crate) fn write(keyword: Keyword, json: &str) -> Result<Vec<u8>, Refusal> {
    let mut data = Vec::from(keyword.as_str());
    data.push(0);
    data.extend(STANDARD.encode(json).into_bytes());
    chunks::write(*b"tEXt", &data).ok_or(TOO_LARGE)
}
